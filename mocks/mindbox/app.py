"""The double as an application: ``/v3/operations``, the files of exports, and the side door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.faults import (
    SIDE_DOOR_PREFIX,
    Application,
    FaultMiddleware,
    FaultPlan,
    Receive,
    Scope,
    Send,
)
from mocks.mindbox.acts import Office
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.exports import file_of
from mocks.mindbox.gate import Gate, Sent
from mocks.mindbox.keys import KeyStore
from mocks.mindbox.project import Project
from mocks.mindbox.runner import Runner
from mocks.mindbox.seeding import seed
from mocks.mindbox.settings import MindboxSettings, as_json, changed
from mocks.mindbox.webhooks import WebhookSender
from mocks.sidedoor import Journal, SideDoorRefused, side_door

__all__ = ["MindboxSettings", "build_app", "describe"]

_ROOT = "/v3/operations/"
_MODES = frozenset({"sync", "async", "bulk"})
_MODE_KEY = "mindbox.mode"
_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class OperationInPath:
    """Shows the operation in the path that the fault plan sees: ``/v3/operations/sync/{name}``."""

    def __init__(self, app: Application) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its mode and the longer path."""
        if scope["type"] == "http" and scope["path"].startswith(_ROOT):
            mode = scope["path"].removeprefix(_ROOT)
            if mode in _MODES and scope["method"] == "POST":
                query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
                path = f"{scope['path']}/{query.get('operation', '')}"
                scope = {**scope, "path": path, _MODE_KEY: mode}
        await self._app(scope, receive, send)


class Double:
    """One project behind its HTTP interface."""

    def __init__(self, settings: MindboxSettings) -> None:
        """Open a fresh project."""
        self.project = Project(settings)
        self.journal = Journal()
        self.sender = WebhookSender(self.project)
        keys = KeyStore(self.project)
        self.runner = Runner(self.project, keys, self.sender.flush)
        self.gate = Gate(self.project, self.journal, self.runner, keys)
        self.office = Office(self.project, self.runner, self.sender, self.gate)

    async def api(self, request: Request) -> Response:
        """Serve an operation; every other path does not exist."""
        body = await request.body()
        given = self.gate.handle(
            Sent(
                mode=request.scope.get(_MODE_KEY, ""),
                query=dict(parse_qsl(request.url.query, keep_blank_values=True)),
                headers=request.headers,
                body=body,
                address=request.client.host if request.client is not None else "",
                base_url=f"{request.url.scheme}://{request.url.netloc}",
            )
        )
        return Response(given.body, given.status, media_type=given.content_type)

    async def download(self, request: Request) -> Response:
        """Serve a file of an export."""
        number, part = request.path_params["number"], request.path_params["part"]
        found = file_of(self.project, self.project.exports, number, part)
        if found is None:
            return Response(b"", 404)
        if self.project.settings.export_transfer == "gzip_file":
            return Response(found, media_type="application/gzip")
        headers = {"content-encoding": "gzip"}
        return Response(found, headers=headers, media_type="application/json")

    async def act(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let somebody do something inside Mindbox."""
        return _agreed(lambda: self.office.act(sent))

    async def seed(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Load a state."""
        return seed(self.project, sent)

    async def switch(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change switches at run time."""
        self.project.settings = changed(self.project.settings, sent)
        return as_json(self.project.settings)

    async def show(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Show the switches."""
        del sent
        return as_json(self.project.settings)

    async def inspect(self, request: Request) -> Response:
        """Show a part of the state."""
        sent: dict[str, Any] = dict(request.query_params)
        if request.method == "POST":
            sent |= await request.json()
        try:
            return JSONResponse(_agreed(lambda: self.office.inspect(sent)))
        except SideDoorRefused as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=400)


def build_app(settings: MindboxSettings) -> Starlette:
    """Return the double's application with a fresh project."""
    double = Double(settings)
    plan = FaultPlan(seed=settings.seed)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        yield
        double.runner.close()
        await double.sender.close()

    door = side_door(
        plan,
        double.journal,
        act=double.act,
        seed=double.seed,
        settings=double.switch,
        show_settings=double.show,
    )
    return Starlette(
        routes=[
            *door,
            Route(f"{SIDE_DOOR_PREFIX}inspect", double.inspect, methods=["GET", "POST"]),
            Route("/exports/{number}/part-{part:int}.json.gz", double.download),
            Route("/{path:path}", double.api, methods=_VERBS),
        ],
        middleware=[Middleware(OperationInPath), Middleware(FaultMiddleware, plan=plan)],
        lifespan=lifespan,
    )


def describe(settings: MindboxSettings, url: str) -> dict[str, Any]:
    """Return where the double is and how to call it."""
    endpoint, secret = next(iter(settings.endpoints.items()))
    return {
        "url": url,
        "endpoint_id": endpoint,
        "secret_key": secret,
        "endpoints": dict(settings.endpoints),
        "balance": settings.balance_types[0].system_name,
    }


def _agreed(do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Turn a refusal of the project into one of the side door."""
    try:
        return do()
    except (ProtocolRefused, ValidationRefused) as refusal:
        raise SideDoorRefused(refusal.message) from refusal
