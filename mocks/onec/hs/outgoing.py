"""Calls that a till makes: synchronous as ``HTTPСоединение`` is, in a thread of their own (5.5)."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

# What an HTTP request line cannot hold; everything else goes as it is (2.5).
_LEFT_ALONE = "".join(chr(code) for code in range(0x21, 0x7F))


@dataclass(frozen=True)
class Outgoing:
    """One request to somebody's server."""

    verb: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout_s: float = 60.0


@dataclass(frozen=True)
class Received:
    """The answer; ``status`` is 0 and ``error`` tells why when there is none."""

    status: int
    content: bytes = b""
    error: str = ""

    def json_or_text(self) -> Any:
        """Return the body as JSON if it is JSON, else its text."""
        text = self.content.decode("utf-8-sig", errors="replace")
        try:
            return json.loads(text)
        except ValueError:
            return text


async def send(request: Outgoing) -> Received:
    """Make one call; failures of the network are told in the answer."""
    return await asyncio.to_thread(_send, request)


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of Basic credentials in UTF-8."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {pair}"}


def _send(request: Outgoing) -> Received:
    parts = urlsplit(request.url)
    is_tls = parts.scheme == "https"
    connect = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=request.timeout_s)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            request.verb, quote(target, safe=_LEFT_ALONE), request.body, dict(request.headers)
        )
        answer = connection.getresponse()
        return Received(answer.status, answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Received(0, error=type(error).__name__)
    finally:
        connection.close()
