"""Receiver: an HTTP server that takes signed alerts, as a shop's own program would."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.serving import serve

SECRET = "shared-secret-of-the-receiver"


@dataclass
class Receiver:
    """What came. ``status`` is what it answers; ``forgets`` takes a message and answers wrongly."""

    url: str = ""
    status: int = 200
    forgets: bool = False
    calls: int = 0
    forged: int = 0
    bodies: dict[str, Any] = field(default_factory=dict)

    async def take(self, request: Request) -> Response:
        """Check the signature in a way of its own, and keep a message by its id."""
        body = await request.body()
        self.calls += 1
        stamp = request.headers["X-Gateway-Timestamp"]
        mac = hmac.new(SECRET.encode(), f"v1:{stamp}:".encode() + body, hashlib.sha256)
        if request.headers["X-Gateway-Signature"] != f"v1={mac.hexdigest()}":
            self.forged += 1
            return Response(status_code=401)
        if self.status == 200 or self.forgets:
            told = json.loads(body)
            assert told["id"] == request.headers["X-Gateway-Message"]
            self.bodies[told["id"]] = told
        return Response(status_code=503 if self.forgets else self.status)

    def turns(self) -> list[tuple[str, str, str]]:
        """Return (turn, rule, subject) of all that came."""
        return [
            (one["turn"], one["rule"], one["subject"])
            for body in self.bodies.values()
            for one in body["alerts"]
        ]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Serve a receiver."""
    made = Receiver()
    app = Starlette(routes=[Route("/in", made.take, methods=["POST"])])
    async with serve(app) as url:
        made.url = f"{url}/in?from=gateway"
        yield made
