"""Fast wire: pyreqwest spoken to directly.

Its transport for httpx hands every answer on as a stream, over several crossings between threads,
and costs three times as much per call.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.http import HeaderMap

from gateway.contract.wire import ReadResponse, Sending, connect_timeout_s

_ALWAYS_SIZED = frozenset({"POST", "PUT", "PATCH"})
"""Methods that announce a body of no bytes too: some servers answer 411 otherwise."""


class FastWire:
    """HTTP/1.1 by pyreqwest; trusts the system's certificates, leaves decompression to httpx."""

    def __init__(self, *, timeout_s: float) -> None:
        builder = (
            ClientBuilder()
            .http1_only()
            .follow_redirects(enable=False)
            .referer(enable=False)
            .default_cookie_store(enable=False)
            .no_proxy()
            .gzip(enable=False)
            .brotli(enable=False)
            .zstd(enable=False)
            .deflate(enable=False)
            .connect_timeout(timedelta(seconds=connect_timeout_s(timeout_s)))
            # Its own deadline, because a call that is merely cancelled from here goes on in there.
            .timeout(timedelta(seconds=timeout_s))
        )
        self._client: Client = builder.build()

    async def send(self, sending: Sending) -> httpx.Response:
        """Send once; see ``Wire.send``."""
        builder = self._client.request(sending.method, sending.url).headers(sending.headers)
        if sending.content:
            builder = builder.body_bytes(sending.content)
        elif sending.method in _ALWAYS_SIZED:
            builder = builder.header("Content-Length", "0")
        answer = await builder.build().send()
        body = await answer.bytes()
        return ReadResponse(answer.status, _pairs(answer.headers), body.to_bytes())

    async def aclose(self) -> None:
        """Release connections."""
        await self._client.close()


def _pairs(headers: HeaderMap) -> list[tuple[str, str]]:
    """Return names and values, without the values that pyreqwest cannot read (beyond ASCII)."""
    try:
        found = headers.dict_multi_value()
    except ValueError:
        return list(_readable(headers))
    pairs: list[tuple[str, str]] = []
    for name, value in found.items():
        if isinstance(value, str):
            pairs.append((name, value))
        else:
            pairs.extend((name, one) for one in value)
    return pairs


def _readable(headers: HeaderMap) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(headers):
        try:
            values = headers.getall(name)
        except ValueError:
            continue
        for value in values:
            yield name, value
