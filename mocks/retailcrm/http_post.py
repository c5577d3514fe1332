"""A small HTTP/1.1 client for what the CRM itself sends: callbacks and triggers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

_ANSWER_LIMIT = 1 << 20


class Received(NamedTuple):
    """An answer: status and body."""

    status: int
    body: str


async def send_form(
    method: str, url: str, pairs: Iterable[tuple[str, str]], *, timeout_s: float
) -> Received:
    """Send form fields (in the query for GET) and return the answer.

    Raises:
        OSError: nobody is there, or no answer in time. ValueError: it does not speak HTTP.
    """
    text = urlencode(list(pairs))
    parts = urlsplit(url)
    query = "&".join(one for one in (parts.query, text if method == "GET" else "") if one)
    body = b"" if method == "GET" else text.encode()
    target = (parts.path or "/") + (f"?{query}" if query else "")
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
        "User-Agent: RetailCRM\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )
    async with asyncio.timeout(timeout_s):
        return await _exchange(url, head.encode("ascii") + body)


async def _exchange(url: str, request: bytes) -> Received:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if tls else 80), ssl=tls or None, limit=_ANSWER_LIMIT
    )
    try:
        writer.write(request)
        await writer.drain()
        raw = await reader.read(-1)
    finally:
        writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    try:
        status = int(head.split(b" ", 2)[1])
    except IndexError as error:
        msg = "the other side did not answer in HTTP"
        raise ValueError(msg) from error
    if b"transfer-encoding: chunked" in head.lower():
        body = _unchunked(body)
    return Received(status, body.decode("utf-8", "replace"))


def _unchunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.partition(b";")[0] or b"0", 16)
        if not length:
            break
        parts.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(parts)
