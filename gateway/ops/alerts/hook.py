"""Hook: alerts as a signed POST to an address of the shop's own.

The signature is ``v1=`` and the hexadecimal HMAC-SHA256 of ``v1:TIMESTAMP:BODY`` under the shared
secret; the timestamp goes in a header of its own, so that a receiver can refuse old calls.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from gateway.contract import Clock, ConnectorError, HttpClient

TIMESTAMP, SIGNATURE = "X-Gateway-Timestamp", "X-Gateway-Signature"
MESSAGE = "X-Gateway-Message"


class HookFailed(Exception):
    """The receiver did not take a message; the text holds no part of its answer."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One receiver."""

    client: HttpClient = field(repr=False)
    url: str = field(repr=False)
    secret: str = field(repr=False)
    clock: Clock = field(repr=False)

    async def post(self, message: str, body: Mapping[str, Any]) -> None:
        """Send a message; the receiver knows a repeated one by its id. Raises ``HookFailed``."""
        content = orjson.dumps(body)
        stamp = str(int(self.clock.now().timestamp()))
        parts = urlsplit(self.url)
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: stamp,
            SIGNATURE: signature(self.secret, stamp, content),
            MESSAGE: message,
        }
        try:
            answer = await self.client.call(
                "POST",
                parts.path or "/",
                operation="alert",
                repeatable=True,
                query=parse_qsl(parts.query, keep_blank_values=True),
                content=content,
                headers=headers,
            )
        except ConnectorError as error:
            raise HookFailed(error.reason) from None
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            msg = f"HTTP {answer.status_code}"
            raise HookFailed(msg)


def base_of(url: str) -> str:
    """Return the part of an address that a client is made for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def signature(secret: str, stamp: str, content: bytes) -> str:
    """Sign a body with its moment."""
    signed = b"v1:" + stamp.encode() + b":" + content
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
