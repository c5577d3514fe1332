"""What stands before every interface: web server, login, licences (reference, 0 and 1.10)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mocks.onec.hs.tokens import TokenRules, subject
from mocks.onec.infobase import Infobase
from mocks.onec.sessions import PoolExhausted
from mocks.onec.settings import InfobaseUser

BOM = "\ufeff"
_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_EXCEPTION = "{http://v8.1c.ru/8.2/virtual-resource-system}Exception"

Handler = Callable[[Request, InfobaseUser], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def page(status: int, title: str) -> Response:
    """Return a page of the web server rather than of 1C."""
    return Response(_PAGE.format(title), status, media_type="text/html; charset=utf-8")


async def web_server_page(request: Request, error: Exception) -> Response:
    """Return the web server's own page for an address or a method that it does not know."""
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    return page(status, HTTPStatus(status).phrase)


def unauthorized() -> Response:
    """Return the answer to wrong credentials: an empty 401 that asks for Basic."""
    return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="1C:Enterprise 8"'})


def locked(text: str) -> Response:
    """Return the error document of a maintenance lock: 403, JSON with a BOM."""
    inner = {"descr": f"Начало сеанса с информационной базой запрещено.\n{text}"}
    descr = "HTTP: Forbidden\nОшибка при выполнении запроса"
    body = {"#exception": _EXCEPTION, "exception": {"reason": 403, "descr": descr, "inner": inner}}
    text = BOM + json.dumps(body, ensure_ascii=False)
    return Response(text, 403, media_type="application/json;charset=utf-8")


def user_of(infobase: Infobase, request: Request) -> InfobaseUser | None:
    """Return the user that Basic credentials (UTF-8) or an accepted token name, or None."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _user_of_token(infobase, encoded)
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    for user in infobase.settings.users:
        if user.name == name and hmac.compare_digest(user.password.encode(), password.encode()):
            return user
    return None


def _user_of_token(infobase: Infobase, token: str) -> InfobaseUser | None:
    settings = infobase.settings
    rules = TokenRules(settings.token_key, settings.token_issuer, settings.token_audience)
    zone = ZoneInfo(settings.time_zone)
    name = subject(token, rules, infobase.clock.now().replace(tzinfo=zone).timestamp())
    return next((user for user in settings.users if user.name == name), None)


def guarded(infobase: Infobase, handler: Handler, *, takes_seat: bool = True) -> Endpoint:
    """Return an endpoint that lets a call through to ``handler`` with its user.

    In order: HTML trouble, maintenance lock, login, a seat of the session pool, the delay. Without
    ``takes_seat`` the handler looks after its session itself.
    """

    async def _endpoint(request: Request) -> Response:
        settings = infobase.settings
        if settings.answer_html:
            return page(200, "1C:Enterprise")
        if settings.locked:
            return locked(settings.locked)
        user = user_of(infobase, request)
        if user is None:
            return unauthorized()
        if not takes_seat:
            return await handler(request, user)
        try:
            async with infobase.sessions.seat():
                if settings.call_delay_s:
                    await asyncio.sleep(settings.call_delay_s)
                return await handler(request, user)
        except PoolExhausted:
            infobase.journal.write(
                request.method, request.url.path, op="session", status=406, effect="refused"
            )
            return page(406, "Not Acceptable")

    return _endpoint
