"""The double as an application: one infobase, its interfaces, the side door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from mocks.faults import FaultMiddleware, FaultPlan
from mocks.onec.acts import act
from mocks.onec.demo import NODE, load_demo
from mocks.onec.front import web_server_page
from mocks.onec.hs.routes import HttpServices
from mocks.onec.infobase import Infobase
from mocks.onec.odata.routes import odata_routes
from mocks.onec.seeding import seed
from mocks.onec.settings import OneCSettings, as_json, changed
from mocks.onec.soap.endpoint import soap_routes
from mocks.sidedoor import side_door

__all__ = ["OneCSettings", "build_app", "describe"]


def build_app(settings: OneCSettings) -> Starlette:
    """Return a fresh infobase behind its interfaces; it hangs at ``app.state.infobase``."""
    infobase = Infobase(settings)
    if settings.demo_data:
        load_demo(infobase)
    plan = FaultPlan(seed=settings.seed)
    services = HttpServices(infobase)

    async def do(body: Mapping[str, Any]) -> Mapping[str, Any]:
        return await services.act(body) if services.knows(body) else act(infobase, body)

    async def load(body: Mapping[str, Any]) -> Mapping[str, Any]:
        return seed(infobase, body)

    async def switch(body: Mapping[str, Any]) -> Mapping[str, Any]:
        infobase.settings = changed(infobase.settings, body)
        return as_json(infobase.settings)

    async def show(body: Mapping[str, Any]) -> Mapping[str, Any]:
        del body
        return as_json(infobase.settings)

    routes: list[BaseRoute] = [
        *side_door(plan, infobase.journal, act=do, seed=load, settings=switch, show_settings=show),
        *odata_routes(infobase),
        *soap_routes(infobase, services.loyalty),
        *services.routes(),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(FaultMiddleware, plan=plan)],
        exception_handlers={HTTPException: web_server_page},
    )
    app.state.infobase = infobase
    return app


def describe(settings: OneCSettings, url: str) -> Mapping[str, Any]:
    """Return the addresses and the credentials of a served double."""
    base = f"{url}/{settings.publication}"
    return {
        "url": url,
        "base_url": base,
        "odata_url": f"{base}/odata/standard.odata/",
        "ws_url": f"{base}/ws/",
        "hs_url": f"{base}/hs/",
        "users": {user.name: user.password for user in settings.users},
        "time_zone": settings.time_zone,
        "node": NODE if settings.demo_data else "",
    }
