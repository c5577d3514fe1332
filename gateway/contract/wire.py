"""Wires: what carries an account's requests, and httpx's transports as one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import httpx


class Sending(NamedTuple):
    """One request, ready to leave: whole address, all headers, the body if there is one."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None


class Wire(Protocol):
    """What carries an account's requests. Safe for concurrent use on one event loop."""

    async def send(self, sending: Sending) -> httpx.Response:
        """Send once and return the answer, whose body is read and decompressed.

        Raises: one of ``TRANSPORT_ERRORS``; ``never_connected`` tells what it proves.
        """

    async def aclose(self) -> None:
        """Release connections."""


class HttpxWire:
    """Any transport of httpx: its own, or a mock. Its limits are per read, not for the whole."""

    def __init__(self, transport: httpx.AsyncBaseTransport, *, timeout_s: float) -> None:
        self._transport = transport
        connect_s = connect_timeout_s(timeout_s)
        limits = {"connect": connect_s, "pool": connect_s, "read": timeout_s, "write": timeout_s}
        self._extensions = {"timeout": limits}

    async def send(self, sending: Sending) -> httpx.Response:
        """Send once; see ``Wire.send``."""
        request = httpx.Request(
            sending.method,
            sending.url,
            headers=sending.headers,
            content=sending.content,
            extensions=self._extensions,
        )
        response = await self._transport.handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response

    async def aclose(self) -> None:
        """Release connections."""
        await self._transport.aclose()


class ReadResponse(httpx.Response):
    """An answer whose body is here already; httpx's own way of reading it costs five times more.

    A compressed body is decompressed at once, so that a broken one fails here and not in a room.
    """

    def __init__(
        self, status: int, headers: Mapping[str, str] | list[tuple[str, str]], body: bytes
    ) -> None:
        super().__init__(status, headers=headers, stream=httpx.ByteStream(body))
        self._body = self.read() if "Content-Encoding" in self.headers else body

    @property
    def content(self) -> bytes:
        """The whole body."""
        return self._body


def connect_timeout_s(timeout_s: float) -> float:
    """Return the part of a call's time that making the connection may take.

    Much less than the whole, so that a connection that was not made is known as such.
    """
    return min(5.0, timeout_s / 3)
