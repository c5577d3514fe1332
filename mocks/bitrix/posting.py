"""One HTTP POST of a form body, on the standard library alone."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

_ANSWER_LIMIT = 65536
POST_ERRORS = (
    OSError,
    TimeoutError,
    ValueError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
)


async def post_form(url: str, body: bytes, *, agent: str, signature: str = "") -> int:
    """Post a form body over HTTP/1.1 and return the status of the answer.

    Raises:
        OSError: the handler cannot be reached. ValueError: it does not speak HTTP.
    """
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(
        parts.hostname, port, ssl=is_tls or None, limit=_ANSWER_LIMIT
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        signed = f"X-Gateway-Signature: sha256={signature}\r\n" if signature else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
            f"User-Agent: {agent}\r\n{signed}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode("ascii") + body)
        await writer.drain()
        status_line = await reader.readuntil(b"\r\n")
        return int(status_line.split(b" ", 2)[1])
    except IndexError as error:
        msg = "the handler did not answer in HTTP"
        raise ValueError(msg) from error
    finally:
        writer.close()
