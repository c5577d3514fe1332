"""The double as an application: ``/api``, incoming webhooks, later answers and the side door."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mocks.faults import SIDE_DOOR_PREFIX, Application, FaultMiddleware, FaultPlan
from mocks.sidedoor import Journal, SideDoorRefused, side_door
from mocks.slack.settings import SlackSettings, changed
from mocks.slack.state import (
    INVALID_AUTH,
    INVALID_BLOCKS,
    INVALID_JSON,
    NO_TEXT,
    NOT_AUTHED,
    Refused,
    State,
    TooMany,
    acted,
)

__all__ = ["SlackSettings", "build_app", "describe"]

SECTION_MOST = 3000
BLOCKS_MOST = 50


class Double:
    """One workspace behind the HTTP interface."""

    def __init__(self, settings: SlackSettings, journal: Journal) -> None:
        """Open a fresh workspace."""
        self.state = State(settings)
        self.url = ""
        self._journal = journal

    async def post_message(self, request: Request) -> Response:
        """Take a message of the bot; failures come with HTTP 200 (5.5)."""
        await asyncio.sleep(self.state.settings.latency_s)
        try:
            self._admit(request)
            body = await _json(request)
            made = self.state.post(
                str(body.get("channel", "")), str(body.get("text", "")), _blocks(body)
            )
        except TooMany as over:
            self._note(request, "refused", 429)
            headers = {"Retry-After": str(over.wait_s)}
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)
        except Refused as refused:
            self._note(request, "refused", 200)
            return JSONResponse({"ok": False, "error": str(refused)})
        self._note(request, "created", 200)
        message = {"type": "message", "text": made.text, "ts": made.ts}
        return JSONResponse(
            {"ok": True, "channel": made.channel, "ts": made.ts, "message": message}
        )

    async def unknown(self, request: Request) -> Response:
        """Refuse a method that is not there."""
        self._note(request, "refused", 200)
        return JSONResponse({"ok": False, "error": "unknown_method"})

    async def hook(self, request: Request) -> Response:
        """Take a message by an incoming webhook; its channel is fixed."""
        settings = self.state.settings
        given = f"{request.path_params['team']}/{request.path_params['bot']}/"
        given += request.path_params["secret"]
        if settings.is_hook_off or not _same(given, settings.hook):
            self._note(request, "refused", 404)
            return PlainTextResponse("no_service", 404)
        try:
            body = await _json(request)
            blocks = _said(body)
        except Refused as refused:
            self._note(request, "refused", 400)
            return PlainTextResponse(str(refused), 400)
        self.state.keep(settings.hook_channel, str(body.get("text", "")), blocks)
        self._note(request, "created", 200)
        return PlainTextResponse("ok")

    async def later(self, request: Request) -> Response:
        """Take an answer that comes later; no token is needed (5.3)."""
        try:
            body = await _json(request)
            self.state.answer_later(
                request.path_params["number"],
                str(body.get("text", "")),
                _blocks(body),
                public=body.get("response_type") == "in_channel",
            )
        except Refused as refused:
            self._note(request, "refused", 404)
            return PlainTextResponse(str(refused), 404)
        self._note(request, "created", 200)
        return PlainTextResponse("ok")

    def _admit(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if not given:
            raise Refused(NOT_AUTHED)
        if scheme != "Bearer" or not _same(given, self.state.settings.token):
            raise Refused(INVALID_AUTH)

    def _note(self, request: Request, effect: str, status: int) -> None:
        self._journal.write(
            request.method,
            request.url.path,
            op=request.url.path.rpartition("/")[2],
            key="",
            status=status,
            effect=effect,
        )


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(INVALID_JSON) from None
    if not isinstance(body, dict):
        raise Refused(INVALID_JSON)
    return body


def _said(body: Mapping[str, Any]) -> list[Any]:
    """Return the blocks of a message that says something."""
    blocks = _blocks(body)
    if not body.get("text") and not blocks:
        raise Refused(NO_TEXT)
    return blocks


def _blocks(body: Mapping[str, Any]) -> list[Any]:
    """Check the limits of blocks (5.4)."""
    blocks = body.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > BLOCKS_MOST:
        raise Refused(INVALID_BLOCKS)
    for block in blocks:
        text = block.get("text", {}) if isinstance(block, dict) else None
        if not isinstance(text, dict) or len(str(text.get("text", ""))) > SECTION_MOST:
            raise Refused(INVALID_BLOCKS)
    return blocks


def build_app(settings: SlackSettings) -> Application:
    """Return the double's application."""
    plan, journal = FaultPlan(seed=settings.seed), Journal()
    double = Double(settings, journal)
    state = double.state

    async def act(body: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return acted(state, body, double.url)
        except (KeyError, ValueError) as error:
            raise SideDoorRefused(str(error)) from error

    async def seed(body: Mapping[str, Any]) -> Mapping[str, Any]:
        double.url = str(body.get("url", double.url))
        return {"url": double.url}

    async def switch(body: Mapping[str, Any]) -> Mapping[str, Any]:
        state.settings = changed(state.settings, body)
        return {"switched": sorted(body)}

    async def messages(request: Request) -> Response:
        channel = request.query_params.get("channel")
        found = [one.as_json() for one in state.messages if channel in (None, one.channel)]
        return JSONResponse({"messages": found})

    routes = [
        Route("/api/chat.postMessage", double.post_message, methods=["POST"]),
        Route("/services/{team}/{bot}/{secret}", double.hook, methods=["POST"]),
        Route("/commands/{number}", double.later, methods=["POST"]),
        Route(SIDE_DOOR_PREFIX + "messages", messages),
        *side_door(plan, journal, act=act, seed=seed, settings=switch),
        Route("/api/{method}", double.unknown, methods=["GET", "POST"]),
    ]
    return FaultMiddleware(Starlette(routes=routes), plan)


def describe(settings: SlackSettings, url: str) -> Mapping[str, Any]:
    """Return address and credentials."""
    return {
        "url": f"{url}/api",
        "token": settings.token,
        "webhook": f"{url}/services/{settings.hook}",
        "signing_secret": settings.signing_secret,
        "channels": list(settings.channels),
    }
