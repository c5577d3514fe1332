"""Body: what a call brings, read to a limit. Unbounded bodies let anybody fill the memory."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.requests import ClientDisconnect

from gateway.ingress.problems import Problem


async def bounded_body(request: Request, *, most: int, what: str) -> bytes:
    """Return the whole body, never reading more than ``most`` bytes.

    Raises ``Problem``; ``what`` names the kind of call in its words.
    """
    size = request.headers.get("content-length", "0")
    if size.isdecimal() and int(size) > most:
        raise _too_large(most, what)
    parts: list[bytes] = []
    total = 0
    try:
        async for part in request.stream():
            total += len(part)
            if total > most:
                raise _too_large(most, what)
            parts.append(part)
    except ClientDisconnect as error:
        detail = "the caller hung up before the whole body came"
        raise Problem(HTTPStatus.BAD_REQUEST, "incomplete", detail) from error
    return b"".join(parts)


def _too_large(most: int, what: str) -> Problem:
    detail = f"{what} has at most {most} bytes"
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)
