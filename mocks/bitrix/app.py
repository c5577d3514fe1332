"""The double's HTTP application: ``/rest/...`` as the vendor serves it, and the side door."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.bitrix.acts import perform
from mocks.bitrix.engine import Credentials, Engine, Outcome
from mocks.bitrix.errors import RestRefused
from mocks.bitrix.events import EventSender
from mocks.bitrix.params import from_body, from_query
from mocks.bitrix.seeding import plant
from mocks.bitrix.settings import BitrixSettings, with_changes
from mocks.bitrix.site import Site
from mocks.faults import FaultMiddleware, FaultPlan
from mocks.sidedoor import Journal, SideDoorRefused, side_door

__all__ = ["BitrixSettings", "build_app", "describe"]

_JSON = "application/json; charset=utf-8"
_XML = "text/xml; charset=utf-8"
_SUFFIXES = (".json", ".xml")


class LeakyBucket:
    """The cloud's limit per address.

    One drop per request, leaking steadily, refused while over the rim (1.5).
    """

    def __init__(self) -> None:
        """Start with every bucket empty."""
        self._levels: dict[str, tuple[float, float]] = {}

    def accepts(self, address: str, settings: BitrixSettings) -> bool:
        """Count one request of an address, or refuse it."""
        now = time.monotonic()
        level, at = self._levels.get(address, (0.0, now))
        level = max(level - (now - at) * settings.bucket_leak_per_s, 0.0)
        is_open = level + 1 <= settings.bucket_size
        self._levels[address] = (level + 1 if is_open else level, now)
        return is_open


class Double:
    """One shop behind its HTTP interface."""

    def __init__(self, settings: BitrixSettings) -> None:
        """Open a fresh shop."""
        self.settings = settings
        self.site = Site(settings)
        self.journal = Journal()
        self.engine = Engine(self.site, self.journal)
        self.sender = EventSender(settings)
        self.bucket = LeakyBucket()

    async def rest(self, request: Request) -> Response:
        """Serve ``/rest/{user}/{code}/{method}`` and ``/rest/{method}``.

        Both with a suffix if wanted (1.1).
        """
        name, who = _addressed(request.path_params["tail"])
        bare, is_xml = _without_suffix(name)
        body = await request.body()
        address = request.client.host if request.client is not None else ""
        if self.settings.rate_limit and not self.bucket.accepts(address, self.settings):
            self.journal.write(
                request.method, f"/rest/{bare}", op=bare.lower(), status=503, effect="refused"
            )
            return _answer(
                Outcome(
                    503, {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}
                ),
                is_xml=is_xml,
            )
        try:
            params = from_query(request.url.query) | from_body(
                body, request.headers.get("content-type", "")
            )
        except RestRefused as refusal:
            return _answer(Outcome(refusal.status, refusal.body()), is_xml=is_xml)
        with self.site.hit("rest") as hit:
            outcome = self.engine.run(request.method, bare, params, who)
        self.sender.send(hit.events)
        return _answer(outcome, is_xml=is_xml)

    async def act(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let a person do something at the site."""
        with self.site.hit("site") as hit:
            try:
                done = perform(self.site, sent)
            except RestRefused as refusal:
                msg = f"the site refuses: {refusal.code}"
                raise SideDoorRefused(msg) from refusal
        self.sender.send(hit.events)
        return done

    async def seed(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Load a state without events."""
        return plant(self.site, sent)

    async def change_settings(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change switches at run time."""
        self.settings = with_changes(self.settings, sent)
        self.site.settings = self.settings
        self.sender.configure(self.settings)
        return await self.show_settings({})

    async def show_settings(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Show the switches and what became of the events so far."""
        del sent
        return {"settings": asdict(self.settings), "events": self.sender.state()}


def build_app(settings: BitrixSettings) -> Starlette:
    """Return the double's application with a fresh shop."""
    double = Double(settings)
    plan = FaultPlan(seed=settings.seed)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        yield
        await double.sender.close()

    routes = [
        Route("/rest/{tail:path}", double.rest, methods=["GET", "POST"]),
        *side_door(
            plan,
            double.journal,
            act=double.act,
            seed=double.seed,
            settings=double.change_settings,
            show_settings=double.show_settings,
        ),
    ]
    return Starlette(
        routes=routes, middleware=[Middleware(FaultMiddleware, plan=plan)], lifespan=lifespan
    )


def describe(settings: BitrixSettings, url: str) -> dict[str, Any]:
    """Return where the double is and how to call it."""
    return {
        "url": url,
        "webhook_url": f"{url}/rest/{settings.user_id}/{settings.code}/",
        "user_id": settings.user_id,
        "code": settings.code,
        "application_token": settings.application_token,
        "member_id": settings.member_id,
        "domain": settings.domain,
    }


def _addressed(tail: str) -> tuple[str, Credentials]:
    parts = tail.strip("/").split("/")
    if len(parts) == 1:
        return parts[0], Credentials()
    user, code, *rest = parts
    return "/".join(rest), Credentials(user, code)


def _without_suffix(name: str) -> tuple[str, bool]:
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)], suffix == ".xml"
    return name, False


def _answer(outcome: Outcome, *, is_xml: bool) -> Response:
    if is_xml:
        text = '<?xml version="1.0" ?><response>' + _xml(outcome.body) + "</response>"
        return Response(text, outcome.status, media_type=_XML)
    text = json.dumps(outcome.body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, outcome.status, headers={"content-type": _JSON})


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(item)}</{key}>" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_xml(item)}</item>" for item in value)
    if isinstance(value, bool):
        return str(int(value))
    return escape("" if value is None else str(value))
