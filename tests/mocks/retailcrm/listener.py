"""The other side of the CRM's own calls: a served application that keeps what it received."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.serving import serve


@dataclass
class Listener:
    """What came in, and what is answered by path (default: 200 ``{"success": true}``)."""

    url: str = ""
    answers: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """Keep a call and answer it."""
        body = (await request.body()).decode()
        text = body if request.method == "POST" else request.url.query
        fields = dict(parse_qsl(text, keep_blank_values=True))
        self.seen.append((request.method, request.url.path, fields))
        status, answer = self.answers.get(request.url.path, (200, {"success": True}))
        return JSONResponse(answer, status)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Serve a listener until the block ends."""
    listener = Listener()
    route = Route("/{path:path}", listener.take, methods=["GET", "POST"])
    async with serve(Starlette(routes=[route])) as url:
        listener.url = url
        yield listener
