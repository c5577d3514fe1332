"""The double's HTTP application: ``/rest/...`` as the vendor serves it, and the side door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from typing import Any
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mocks.bitrix.acts import perform
from mocks.bitrix.engine import Credentials, Engine, Outcome
from mocks.bitrix.errors import RestRefused
from mocks.bitrix.events import EventSender
from mocks.bitrix.exchange.endpoint import PATH, Asked, Exchange
from mocks.bitrix.limits import LeakyBucket
from mocks.bitrix.oauth import authorize, token
from mocks.bitrix.outgoing import deliveries
from mocks.bitrix.params import from_body, from_query
from mocks.bitrix.seeding import plant
from mocks.bitrix.settings import BitrixSettings, with_changes
from mocks.bitrix.site import Hit, Site
from mocks.faults import FaultMiddleware, FaultPlan
from mocks.sidedoor import Journal, SideDoorRefused, side_door

__all__ = ["BitrixSettings", "build_app", "describe"]

_JSON = "application/json; charset=utf-8"
_XML = "text/xml; charset=utf-8"
_SUFFIXES = (".json", ".xml")


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
        self.exchange = Exchange(self.site, self.journal)

    async def rest(self, request: Request) -> Response:
        """Serve ``/rest/{user}/{code}/{method}`` and ``/rest/{method}``.

        Both with a suffix if wanted (1.1).
        """
        if self.settings.moved_to:
            return RedirectResponse(self.settings.moved_to + request.url.path, 302)
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
                self.settings,
                is_xml=is_xml,
            )
        try:
            params = from_query(request.url.query) | from_body(
                body, request.headers.get("content-type", "")
            )
        except RestRefused as refusal:
            return _answer(Outcome(refusal.status, refusal.body()), self.settings, is_xml=is_xml)
        await self._take_time(bare, params)
        with self.site.hit("rest") as hit:
            outcome = self.engine.run(request.method, bare, params, self._who(who, request, params))
        self._announce(hit)
        return _answer(outcome, self.settings, is_xml=is_xml)

    async def _take_time(self, name: str, params: Mapping[str, Any]) -> None:
        """Let a write of the extension run for a while; its key is in progress meanwhile."""
        key = str(params.get("idempotencyKey", ""))
        is_new = key not in self.site.running and key not in self.site.operations
        if self.settings.write_s and name.lower().startswith("gateway.") and key and is_new:
            self.site.running.add(key)
            try:
                await asyncio.sleep(self.settings.write_s)
            finally:
                self.site.running.discard(key)

    def _who(self, who: Credentials, request: Request, params: Mapping[str, Any]) -> Credentials:
        """Complete the credentials: the token of an application, and whether TLS was used."""
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        sent = str(params.get("auth", ""))
        if not sent and self.settings.app.bearer and kind.lower() == "bearer":
            sent = bearer.strip()
        return replace(who, token=sent, is_tls=request.url.scheme == "https")

    async def commerceml(self, request: Request) -> Response:
        """Serve the exchange with 1C (3)."""
        if request.query_params.get("type") == "listen":
            return await self.exchange.listen()
        asked = Asked(
            method=request.method,
            query=request.query_params,
            cookies=request.cookies,
            authorization=request.headers.get("authorization", ""),
            body=await request.body(),
        )
        with self.site.hit("1c") as hit:
            answer = self.exchange.handle(asked)
        self._announce(hit)
        return answer

    async def authorize(self, request: Request) -> Response:
        """Serve ``/oauth/authorize/``: the administrator agrees at once (1.8)."""
        try:
            return RedirectResponse(authorize(self.site, request.query_params), 302)
        except RestRefused as refusal:
            return _plain(refusal.status, refusal.body())

    async def token(self, request: Request) -> Response:
        """Serve ``/oauth/token/``; no secret of it is journaled (1.8)."""
        params = from_query(request.url.query) | from_body(
            await request.body(), request.headers.get("content-type", "")
        )
        try:
            answer = token(self.site, params)
        except RestRefused as refusal:
            self.journal.write(
                request.method,
                "/oauth/token/",
                op="oauth.token",
                status=refusal.status,
                effect="refused",
            )
            return _plain(refusal.status, refusal.body())
        self.journal.write(request.method, "/oauth/token/", op="oauth.token", effect="created")
        return _plain(200, answer)

    def _announce(self, hit: Hit) -> None:
        self.sender.send(deliveries(self.site, hit.events))
        self.exchange.wake()

    async def act(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let a person do something at the site."""
        with self.site.hit("site") as hit:
            try:
                done = perform(self.site, sent)
            except RestRefused as refusal:
                msg = f"the site refuses: {refusal.code}"
                raise SideDoorRefused(msg) from refusal
        self._announce(hit)
        return done

    async def seed(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Load a state without events."""
        return plant(self.site, sent)

    async def change_settings(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change switches at run time."""
        self.settings = with_changes(self.settings, sent)
        self.site.settings = self.settings
        self.site.clock.cuts_offset = self.settings.filter_offset == "cut"
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
        Route(PATH, double.commerceml, methods=["GET", "POST"]),
        Route("/oauth/authorize/", double.authorize, methods=["GET"]),
        Route("/oauth/token/", double.token, methods=["GET", "POST"]),
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
        "client_id": settings.app.client_id,
        "client_secret": settings.app.client_secret,
        "token_url": f"{url}/oauth/token/",
        "exchange_url": url + PATH,
        "exchange_login": settings.exchange.login,
        "exchange_password": settings.exchange.password,
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


def _answer(outcome: Outcome, settings: BitrixSettings, *, is_xml: bool) -> Response:
    """Write an answer; escapes and empty maps by switch S21."""
    if is_xml:
        text = '<?xml version="1.0" ?><response>' + _xml(outcome.body) + "</response>"
        return Response(text, outcome.status, media_type=_XML)
    body = _with_maps(outcome.body) if settings.empty_maps == "{}" else outcome.body
    text = json.dumps(body, ensure_ascii=settings.escaped, separators=(",", ":"))
    if settings.escaped:
        text = text.replace("/", "\\/")
        for sign in "&<>'":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Response(text, outcome.status, headers={"content-type": _JSON})


def _plain(status: int, body: Mapping[str, Any]) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers={"content-type": _JSON})


def _with_maps(body: Mapping[str, Any]) -> dict[str, Any]:
    """Write the empty maps of a batch as maps."""
    result = body.get("result")
    if not isinstance(result, dict) or "result_error" not in result:
        return dict(body)
    maps = {name: {} if value == [] else value for name, value in result.items()}
    return {**body, "result": maps}


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(item)}</{key}>" for key, item in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_xml(item)}</item>" for item in value)
    if isinstance(value, bool):
        return str(int(value))
    return escape("" if value is None else str(value))
