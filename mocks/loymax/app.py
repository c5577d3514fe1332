"""The double as an application: all the vendor's prefixes on one host, and the side door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.faults import FaultMiddleware, FaultPlan
from mocks.loymax.acts import act
from mocks.loymax.auth import TokenService
from mocks.loymax.call import Services
from mocks.loymax.codes import Codes
from mocks.loymax.envelope import Bare, dump
from mocks.loymax.gate import Gate, Sent
from mocks.loymax.guard import Guard
from mocks.loymax.inspecting import dump as dump_state
from mocks.loymax.installation import Installation
from mocks.loymax.processing import Processing
from mocks.loymax.seeding import seed
from mocks.loymax.settings import LoymaxSettings, as_json, changed
from mocks.loymax.smart import SmartCommunications
from mocks.loymax.till import Till
from mocks.loymax.tokens import Tokens
from mocks.sidedoor import Journal, SideDoorRefused, side_door

__all__ = ["LoymaxSettings", "build_app", "describe"]

_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
TILL_PATH = "pos/xml"
SC_PREFIX = "sc"
_TEXT = ("text/", "application/xml")

Answering = Callable[[Sent], Bare]


def build_app(settings: LoymaxSettings) -> Starlette:
    """Return a fresh installation behind the vendor's APIs; it hangs at ``app.state``."""
    installation = Installation(settings)
    tokens, codes, guard = Tokens(installation), Codes(installation), Guard(installation)
    services = Services(installation, tokens, codes, guard, Processing(installation, codes))
    journal, plan = Journal(), FaultPlan(seed=settings.seed)
    gate = Gate(services, TokenService(installation, tokens, codes, guard), journal)
    till = Till(services, journal)
    smart = SmartCommunications(installation, journal)
    door = _Door(services)
    app = Starlette(
        routes=[
            *side_door(
                plan,
                journal,
                act=door.act,
                seed=door.seed,
                settings=door.switch,
                show_settings=door.show,
            ),
            Route("/__mock__/inspect", door.inspect, methods=["GET"]),
            Route("/__mock__/clock", door.clock, methods=["GET", "POST"]),
            Route(f"/{TILL_PATH}", _endpoint(till.handle), methods=["POST"]),
            Route(f"/{SC_PREFIX}/{{path:path}}", _endpoint(smart.handle), methods=_VERBS),
            Route("/{path:path}", _endpoint(gate.handle), methods=_VERBS),
        ],
        middleware=[Middleware(FaultMiddleware, plan=plan)],
    )
    app.state.installation = installation
    return app


class _Door:
    """The side door's own actions."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def act(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return act(self._services, body)

    async def seed(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return seed(self._services.installation, body)

    async def switch(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        installation = self._services.installation
        installation.settings = changed(installation.settings, body)
        return as_json(installation.settings)

    async def show(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        del body
        return as_json(self._services.installation.settings)

    async def inspect(self, request: Request) -> Response:
        """Show the state, or with ``?part=`` one part of it."""
        part = request.query_params.get("part")
        try:
            return JSONResponse(dump_state(self._services.installation, part))
        except SideDoorRefused as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    async def clock(self, request: Request) -> Response:
        """Show the time; ``freeze`` (a date-time or null) sets it, ``advance`` adds seconds."""
        clock = self._services.installation.clock
        if request.method == "POST":
            try:
                self._set(await request.json())
            except (SideDoorRefused, TypeError, ValueError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"now": clock.now().isoformat()})

    def _set(self, body: Any) -> None:
        unknown = sorted(set(body) - {"freeze", "advance"})
        if unknown:
            msg = f"unknown field {unknown[0]}; known are freeze, advance"
            raise SideDoorRefused(msg)
        clock = self._services.installation.clock
        if "freeze" in body:
            clock.freeze(body["freeze"])
        clock.advance(float(body.get("advance", 0)))


def _endpoint(handle: Answering) -> Callable[[Request], Awaitable[Response]]:
    """Build an endpoint; the raw path keeps encoded slashes in identifiers."""

    async def _answer(request: Request) -> Response:
        raw_path = request.scope.get("raw_path") or request.url.path.encode()
        path = raw_path.decode("latin-1").partition("?")[0]
        body = await request.body()
        client = request.client.host if request.client is not None else ""
        given = handle(Sent(request.method, path, request.url.query, request.headers, body, client))
        if given.body is None:
            content = b""
        elif given.content_type.startswith(_TEXT):
            content = str(given.body).encode()
        else:
            content = dump(given.body)
        headers = {"content-type": given.content_type, **given.headers}
        return Response(content, given.status, headers)

    return _answer


def describe(settings: LoymaxSettings, url: str) -> Mapping[str, Any]:
    """Return the addresses and the credentials of a served double."""
    return {
        "url": url,
        "operator_login": settings.operator_login,
        "operator_password": settings.operator_password,
        "applications": [
            {"client_id": one.client_id, "client_secret": one.secret, "device": one.device}
            for one in settings.applications
        ],
        "till_url": f"{url}/{TILL_PATH}",
        "devices": {one.code: [one.login, one.password] for one in settings.devices},
        "sc_url": f"{url}/{SC_PREFIX}",
        "sc_login": settings.sc_login,
        "sc_password": settings.sc_password,
    }
