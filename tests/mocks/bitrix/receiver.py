"""A handler of the shop's events, served on the loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from mocks.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

LIMIT_S = 10.0


@dataclass
class Receiver:
    """What arrived; ``refusals`` is how many of the next requests are answered with 503."""

    refusals: int = 0
    bodies: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: Request) -> Response:
        """Keep one event."""
        body = await request.body()
        async with self.news:
            self.raw.append(body)
            self.bodies.append(dict(parse_qsl(body.decode(), strict_parsing=True)))
            self.signatures.append(request.headers.get("x-gateway-signature", ""))
            self.news.notify_all()
        if self.refusals:
            self.refusals -= 1
            return Response(status_code=503)
        return Response()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the events bring."""
        async with asyncio.timeout(LIMIT_S), self.news:
            await self.news.wait_for(holds)


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, Receiver]]:
    """Serve a handler and yield its URL."""
    hook = Receiver()
    app = Starlette(routes=[Route("/hooks/shop", hook.receive, methods=["POST"])])
    async with serve(app) as url:
        yield f"{url}/hooks/shop", hook
