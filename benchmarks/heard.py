"""Heard: what a connector really says over the wire, to be said again by a bench."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from gateway.contract.wire import Sending, Wire

Heard = list[tuple[Sending, str]]
"""Requests with the text of their answers, in the order in which they were made."""


@dataclass(slots=True)
class Listening:
    """A wire that writes down what passes."""

    inner: Wire
    heard: Heard

    async def send(self, sending: Sending) -> httpx.Response:
        """Send, and remember."""
        answer = await self.inner.send(sending)
        self.heard.append((sending, answer.text))
        return answer

    async def aclose(self) -> None:
        """Release connections."""
        await self.inner.aclose()


def raw(sending: Sending) -> bytes:
    """Return a request as it goes over a connection."""
    url = urlsplit(sending.url)
    body = sending.content or b""
    path = f"{url.path}?{url.query}" if url.query else url.path
    head = [f"{sending.method} {path} HTTP/1.1", f"Host: {url.netloc}"]
    head += [f"{name}: {value}" for name, value in sending.headers.items()]
    head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
