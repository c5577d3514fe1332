"""HTTP application: the routes of the door, put together."""

from __future__ import annotations

from fastapi import FastAPI

from gateway.ingress.correlation import Correlation
from gateway.ingress.door import Door
from gateway.ingress.exchange import exchange
from gateway.ingress.hooks import hooks
from gateway.ingress.problems import Unforeseen, answer_problems
from gateway.ingress.till_doors import till_doors
from gateway.ingress.vitals import probes


def build_http(door: Door) -> FastAPI:
    """Build the application; it starts nothing and owns nothing."""
    app = FastAPI(title="Integration gateway", docs_url=None, redoc_url=None)
    app.include_router(hooks(door))
    app.include_router(exchange(door))
    app.include_router(till_doors(door))
    app.include_router(probes(door))
    answer_problems(app)
    app.add_middleware(Unforeseen, log=door.log)
    app.add_middleware(Correlation)
    return app
