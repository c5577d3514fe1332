"""The double as an application: ``/sys/*.php``, ``/rest/send/`` and the side door."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.faults import SIDE_DOOR_PREFIX, Application, FaultMiddleware, FaultPlan
from mocks.sidedoor import Journal, SideDoorRefused, side_door
from mocks.smsc.answers import JSON, TEXT, fields, refusal, status_of, statuses
from mocks.smsc.settings import SmscSettings, changed
from mocks.smsc.state import BAD_PARAMETERS, BUSY, LARGEST_ID, Refused, State, acted

__all__ = ["SmscSettings", "build_app", "describe"]

MOST_AT_ONCE = 14
"""Fifteen and more requests at once under one login are refused (1.2)."""

_CHARSETS = {"windows-1251": "cp1251", "utf-8": "utf-8", "koi8-r": "koi8-r"}
_METHODS = ["GET", "POST"]
_PARTS = 20

Call = Mapping[str, str]
Handler = Callable[[Call], Response]


class Double:
    """One account behind the HTTP interface."""

    def __init__(self, settings: SmscSettings, journal: Journal) -> None:
        """Open a fresh account."""
        self.state = State(settings)
        self._journal = journal
        self._at_once = 0

    def guarded(self, name: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Read the parameters, check who calls, and refuse in the vendor's way."""

        async def handle(request: Request) -> Response:
            call = await _parameters(request)
            fmt = call.get("fmt", TEXT)
            self._at_once += 1
            code = 0
            try:
                await asyncio.sleep(self.state.settings.latency_s)
                self._admit(call)
                answer = handler(call)
            except Refused as refused:
                code = refused.code
                answer = refusal(refused, fmt)
            finally:
                self._at_once -= 1
            sends = name == "send" and not code and call.get("cost") != "1"
            self._journal.write(
                request.method,
                request.url.path,
                op=name,
                key=call.get("id", ""),
                status=code or answer.status_code,
                effect="refused" if code else "created" if sends else "none",
            )
            return answer

        return handle

    def send(self, call: Call) -> Response:
        """Take or price a message (1.1, 1.2)."""
        phones = [one.strip().lstrip("+") for one in call["phones"].replace(";", ",").split(",")]
        phones = [one for one in phones if one]
        text = call["mes"]
        if not phones or not text:
            raise Refused(BAD_PARAMETERS)
        most = _number(call.get("maxsms", str(_PARTS)), _PARTS)
        cost_mode = call.get("cost", "0")
        if cost_mode == "1":
            parts, cost = self.state.price(phones, text, most_parts=most)
            return fields({"cnt": parts, "cost": str(cost)}, call.get("fmt", TEXT))
        number, parts, cost = self.state.send(
            phones,
            text,
            sender=call.get("sender", ""),
            message_id=_number(call["id"], LARGEST_ID) if "id" in call else None,
            most_parts=most,
        )
        told: dict[str, Any] = {"id": number, "cnt": parts}
        told |= {"cost": str(cost)} if cost_mode in {"2", "3"} else {}
        told |= {"balance": str(self.state.balance)} if cost_mode == "3" else {}
        return fields(told, call.get("fmt", TEXT))

    def status(self, call: Call) -> Response:
        """Tell what became of messages (1.3)."""
        phones, ids = call["phone"].split(","), call["id"].split(",")
        as_list = len(phones) > 1
        pairs = [one for one in zip(phones, ids, strict=True) if all(one)]
        if not pairs:
            raise Refused(BAD_PARAMETERS)
        told = []
        for phone, text in pairs:
            number = _number(text, LARGEST_ID)
            found = self.state.find(phone.lstrip("+"), number)
            detail = call.get("all", "0")
            told.append(
                status_of(found, phone=phone, message_id=number, detail=detail, as_list=as_list)
            )
            if found is not None and call.get("del") == "1":
                self.state.forget(found)
        return statuses(told, call.get("fmt", TEXT), as_list=as_list)

    def balance(self, call: Call) -> Response:
        """Tell the money that is left (1.3)."""
        told = {"balance": str(self.state.balance)}
        told |= {"currency": "RUR"} if call.get("cur") == "1" else {}
        return fields(told, call.get("fmt", TEXT))

    def _admit(self, call: Call) -> None:
        settings = self.state.settings
        if settings.is_address_blocked:
            raise Refused(4)
        if not _is_known(call, settings):
            raise Refused(2)
        if self._at_once > MOST_AT_ONCE:
            raise Refused(BUSY)


class _Checked(dict[str, str]):
    """Parameters of which an absent one is a bad call."""

    def __missing__(self, key: str) -> str:
        raise Refused(BAD_PARAMETERS)


def _is_known(call: Call, settings: SmscSettings) -> bool:
    if call.get("apikey") is not None:
        is_login = call.get("login", settings.login) == settings.login
        return is_login and hmac.compare_digest(call["apikey"].encode(), settings.api_key.encode())
    md5 = hashlib.md5(settings.password.encode(), usedforsecurity=False).hexdigest()
    given = call.get("psw", "").encode()
    is_right = any(hmac.compare_digest(given, one.encode()) for one in (settings.password, md5))
    return is_right and call.get("login") == settings.login


async def _parameters(request: Request) -> _Checked:
    """Read query and form; texts are windows-1251 unless ``charset`` says otherwise (1)."""
    if request.url.path.startswith("/rest/"):
        body = json.loads(await request.body())
        return _Checked({name: str(value) for name, value in body.items()} | {"fmt": JSON})
    raw = request.url.query.encode("latin-1")
    raw += b"&" + await request.body() if request.method == "POST" else b""
    plain = dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True))
    encoding = _CHARSETS.get(plain.get("charset", "windows-1251"), "cp1251")
    pairs = parse_qsl(
        raw.decode("latin-1"), keep_blank_values=True, encoding=encoding, errors="replace"
    )
    return _Checked(pairs)


def _number(text: str, most: int) -> int:
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise Refused(BAD_PARAMETERS)
    return int(text)


def build_app(settings: SmscSettings) -> Application:
    """Return the double's application."""
    plan, journal = FaultPlan(seed=settings.seed), Journal()
    double = Double(settings, journal)
    state = double.state

    async def act(body: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return acted(state, body)
        except ValueError as error:
            raise SideDoorRefused(str(error)) from error

    async def seed(body: Mapping[str, Any]) -> Mapping[str, Any]:
        state.balance = Decimal(str(body.get("balance", state.balance)))
        return {"balance": str(state.balance)}

    async def switch(body: Mapping[str, Any]) -> Mapping[str, Any]:
        state.settings = changed(state.settings, body)
        return {"switched": sorted(body)}

    async def messages(request: Request) -> Response:
        phone = request.query_params.get("phone")
        found = [one.as_json() for one in state.messages if phone in (None, one.phone)]
        return JSONResponse({"messages": found})

    routes = [
        Route("/sys/send.php", double.guarded("send", double.send), methods=_METHODS),
        Route("/rest/send/", double.guarded("send", double.send), methods=["POST"]),
        Route("/sys/status.php", double.guarded("status", double.status), methods=_METHODS),
        Route("/sys/balance.php", double.guarded("balance", double.balance), methods=_METHODS),
        Route(SIDE_DOOR_PREFIX + "messages", messages),
        *side_door(plan, journal, act=act, seed=seed, settings=switch),
    ]
    return FaultMiddleware(Starlette(routes=routes), plan)


def describe(settings: SmscSettings, url: str) -> Mapping[str, Any]:
    """Return address and credentials."""
    return {
        "url": f"{url}/sys",
        "login": settings.login,
        "password": settings.password,
        "api_key": settings.api_key,
        "senders": list(settings.senders),
    }
