"""The double as an application: the API under ``/api/``, the side door under ``/__mock__/``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.faults import FaultMiddleware, FaultPlan
from mocks.retailcrm.account import Account
from mocks.retailcrm.gate import Gate, Sent
from mocks.retailcrm.module_acts import MODULE_ACTS
from mocks.retailcrm.operator_acts import act
from mocks.retailcrm.seeding import seed
from mocks.retailcrm.settings import RetailCrmSettings, as_json, changed
from mocks.retailcrm.triggers import TriggerDesk, read_trigger
from mocks.sidedoor import Journal, side_door

__all__ = ["RetailCrmSettings", "build_app", "describe"]

_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_app(settings: RetailCrmSettings) -> Starlette:
    """Return a fresh account behind the vendor's API; it hangs at ``app.state.account``."""
    account = Account(settings)
    journal, plan = Journal(), FaultPlan()
    triggers = TriggerDesk(account)

    async def do(body: Mapping[str, Any]) -> Mapping[str, Any]:
        return await _do(account, triggers, body)

    async def load(body: Mapping[str, Any]) -> Mapping[str, Any]:
        return seed(account, body)

    async def switch(body: Mapping[str, Any]) -> Mapping[str, Any]:
        account.settings = changed(account.settings, body)
        account.follow_settings(hide="history_hidden" in body)
        return as_json(account.settings)

    async def show(body: Mapping[str, Any]) -> Mapping[str, Any]:
        del body
        return as_json(account.settings)

    door = side_door(plan, journal, act=do, seed=load, settings=switch, show_settings=show)
    api = _api(Gate(account, journal), triggers)
    app = Starlette(
        routes=[*door, Route("/api/{path:path}", api, methods=_VERBS)],
        middleware=[Middleware(FaultMiddleware, plan=plan)],
        lifespan=_closing(triggers),
    )
    app.state.account = account
    return app


def _closing(triggers: TriggerDesk) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Build the life of the application: what triggers still send ends with it."""

    @asynccontextmanager
    async def _life(app: Starlette) -> AsyncIterator[None]:
        del app
        yield
        await triggers.close()

    return _life


async def _do(
    account: Account, triggers: TriggerDesk, body: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Do one act; those of modules and triggers speak to the world outside."""
    name = str(body.get("action"))
    if name in MODULE_ACTS:
        return await MODULE_ACTS[name](account, body)
    if name == "trigger.set":
        triggers.flush()
        triggers.triggers = [read_trigger(row) for row in body["triggers"]]
        return {"triggers": len(triggers.triggers)}
    if name == "trigger.settle":
        return await triggers.settle()
    answer = act(account, body)
    triggers.flush()
    return answer


def _api(gate: Gate, triggers: TriggerDesk) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint of all methods; the raw path keeps encoded slashes in externalIds."""

    async def _answer(request: Request) -> Response:
        raw_path = request.scope.get("raw_path") or request.url.path.encode()
        path = raw_path.decode("latin-1").partition("?")[0]
        body = await request.body()
        given = gate.handle(Sent(request.method, path, request.url.query, request.headers, body))
        triggers.flush()
        headers = {"Retry-After": given.retry_after} if given.retry_after is not None else None
        return Response(given.body, given.status, headers, given.content_type)

    return _answer


def describe(settings: RetailCrmSettings, url: str) -> Mapping[str, Any]:
    """Return the address and the credentials of a served double."""
    return {
        "url": url,
        "api_key": settings.keys[0].value,
        "keys": {key.name: key.value for key in settings.keys},
        "site": settings.shops[0].code,
        "sites": [shop.code for shop in settings.shops],
        "time_zone": settings.time_zone,
    }
