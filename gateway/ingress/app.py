"""HTTP application: the routes of the door, put together."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from gateway.contract import Log
from gateway.ingress.correlation import Correlation
from gateway.ingress.door import Door
from gateway.ingress.exchange import exchange
from gateway.ingress.forms.pages import form_pages
from gateway.ingress.hooks import hooks
from gateway.ingress.ops.part import PREFIX, OpsPart
from gateway.ingress.ops.routes import answer_refusals, operator_routes
from gateway.ingress.pos.describe import described, problem_response
from gateway.ingress.pos.routes import till_routes
from gateway.ingress.problems import Unforeseen, answer_problems
from gateway.ingress.support import support
from gateway.ingress.till_doors import till_doors
from gateway.ingress.vitals import Probed, probes
from gateway.telemetry import NO_SPANS, Spans


class Application(FastAPI):
    """The framework's application, which describes also what it does not route by itself.

    The operators' routes are made when they are first asked for: their schemas take longer than
    anything else at a start, and many a process never serves an operator.
    """

    serves_tills = False
    operators: OpsPart | None = None

    def __init__(self) -> None:
        """Make an application without routes."""
        super().__init__(title="Integration gateway", docs_url=None, redoc_url=None)
        self._turn = threading.Lock()
        self._is_whole = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        asked = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        if asked and not self._is_whole:
            await asyncio.to_thread(self._complete)
        await super().__call__(scope, receive, send)

    def _complete(self) -> None:
        with self._turn:
            if not self._is_whole and self.operators is not None:
                self.router.routes.extend(operator_routes(self.operators))
            self._is_whole = True

    def openapi(self) -> dict[str, Any]:
        """Return the description of all that is served."""
        self._complete()
        if self.openapi_schema is None:
            schema = super().openapi()
            tills = described()
            _describe_problems(schema["paths"])
            components = schema.setdefault("components", {})
            components["schemas"] = {
                **components.get("schemas", {}),
                **tills["components"]["schemas"],
            }
            if self.serves_tills:
                schema["paths"] |= tills["paths"]
                components["securitySchemes"] = tills["components"]["securitySchemes"]
        return self.openapi_schema or {}


def build_http(door: Door) -> FastAPI:
    """Build the application; it starts nothing and owns nothing."""
    app = Application()
    if door.till is not None:
        app.serves_tills = True
        app.router.routes.extend(till_routes(door.till))
    if door.forms is not None:
        app.router.routes.extend(form_pages(door.forms).routes)
    app.router.routes.extend(hooks(door).routes)
    app.router.routes.extend(exchange(door).routes)
    app.router.routes.extend(till_doors(door).routes)
    app.router.routes.extend(support(door).routes)
    app.router.routes.extend(probes(Probed(door.health, door.metrics, door.gauges)).routes)
    app.operators = door.ops
    return _finished(app, door.log, door.spans)


def build_operators_http(part: OpsPart, probed: Probed) -> FastAPI:
    """Build an application that serves nobody but operators."""
    app = Application()
    app.router.routes.extend(probes(probed).routes)
    app.operators = part
    return _finished(app, part.log)


def _finished(app: FastAPI, log: Log, spans: Spans = NO_SPANS) -> FastAPI:
    answer_problems(app)
    answer_refusals(app)
    app.add_middleware(Unforeseen, log=log)
    app.add_middleware(Correlation, spans=spans)
    return app


def _describe_problems(paths: dict[str, Any]) -> None:
    """Say of the framework's own routes that they refuse as all others do."""
    for path in paths.values():
        for call in path.values():
            call["responses"].pop("422", None)
            call["responses"]["default"] = problem_response("Refused, or not possible now")
