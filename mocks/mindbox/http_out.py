"""One outgoing HTTP/1.1 request, for webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

_LIMIT = 1 << 20
_HTTPS = 443
_HTTP = 80


async def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Send a request and return status and body of the answer.

    Raises:
        OSError: nobody is there. ValueError, asyncio.IncompleteReadError: it is no HTTP.
    """
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    port = parts.port or (_HTTPS if is_tls else _HTTP)
    reader, writer = await asyncio.open_connection(
        parts.hostname, port, ssl=is_tls or None, limit=_LIMIT
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode("latin-1", "replace") + body)
        await writer.drain()
        answer = await reader.read()
    finally:
        writer.close()
    return _parsed(answer)


def _parsed(answer: bytes) -> tuple[int, bytes]:
    head, found, body = answer.partition(b"\r\n\r\n")
    first = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if not found or len(first) < 2:  # noqa: PLR2004 - protocol and status
        msg = "the receiver did not answer in HTTP"
        raise ValueError(msg)
    if b"transfer-encoding: chunked" in head.lower():
        body = _joined(body)
    return int(first[1]), body


def _joined(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        parts.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(parts)
