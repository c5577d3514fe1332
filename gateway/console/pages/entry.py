"""Coming and going: log in, log out, language and colours."""

from __future__ import annotations

import secrets

from starlette.responses import RedirectResponse, Response

from gateway.console.cookies import SESSION, Cookies
from gateway.console.frame import Open
from gateway.console.texts import LANGUAGES
from gateway.console.visit import TOKEN_FIELD, Page, Visit
from gateway.ops.entrance import LoginRefused, is_token

_LOGIN_TOKEN = "gateway_login"  # noqa: S105 - the name of a cookie
_THEMES = ("light", "dark", "auto")


async def show_login(visit: Visit, cookies: Cookies) -> Response:
    """Show the form; its token is bound to the browser, since there is no session yet."""
    return _form(visit, cookies)


async def log_in(visit: Visit, cookies: Cookies) -> Response:
    """Open a session under a new cookie, whatever cookie came."""
    form = await visit.form()
    given, expected = form.get(TOKEN_FIELD), cookies.get(_LOGIN_TOKEN)
    if not expected or not is_token(given, expected):
        return _form(visit, cookies, problem=visit._("The page was too old. Try again."))
    address = visit.request.client.host if visit.request.client else ""
    try:
        entered = await visit.backstage.entrance.by_password(
            form.get("name").strip(), form.get("password"), address=address
        )
    except LoginRefused as refused:
        problem = (
            visit._("Too many tries. Wait {n} s and try again.", n=round(refused.wait_s) + 1)
            if refused.wait_s
            else visit._("The name or the password is wrong.")
        )
        return _form(visit, cookies, problem=problem, status=401)
    old = cookies.get(SESSION)
    if old:
        await visit.backstage.entrance.leave(old)
    cookies.enter(entered.cookie)
    return RedirectResponse(visit.url("/"), status_code=303)


async def log_out(visit: Visit) -> Response:
    """End the session, not only in this browser."""
    await visit.backstage.entrance.leave(visit.request.cookies.get(SESSION, ""))
    response = visit.redirect("/login")
    response.delete_cookie(SESSION, path=visit.root or "/")
    return response


async def like(visit: Visit, cookies: Cookies) -> Response:
    """Keep a language or colours in the browser and go back."""
    form = await visit.form()
    if form.get("lang") in LANGUAGES:
        cookies.like("lang", form.get("lang"))
    if form.get("theme") in _THEMES:
        cookies.like("theme", form.get("theme"))
    back = form.get("back")
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return RedirectResponse(visit.url(back if is_ours else "/"), status_code=303)


def _form(visit: Visit, cookies: Cookies, *, problem: str = "", status: int = 200) -> Response:
    token = cookies.get(_LOGIN_TOKEN) or secrets.token_urlsafe(32)
    response = visit.render("login.html", status=status, token=token, problem=problem)
    secure = visit.backstage.entrance.console.url.startswith("https://")
    response.set_cookie(
        _LOGIN_TOKEN, token, path=visit.root or "/", secure=secure, httponly=True, samesite="lax"
    )
    return response


PAGES = (Page("/logout", log_out, methods=("POST",)),)
DOORS = (
    Open("/login", show_login),
    Open("/login", log_in, methods=("POST",)),
    Open("/like", like, methods=("POST",)),
)
