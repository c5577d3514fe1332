"""Pages of questionnaires: ``/forms/{name}`` shows the step at which a visitor is.

One address for all steps, so that the back button, a reload and a second tab all show where the
questionnaire stands. What is sent names its step and does nothing at another one. Every answer is a
redirect to the page, but for a form with errors. Nothing typed ever stands in an address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from gateway.config.forms import LOGOS
from gateway.contract import StoreError
from gateway.identity.questionnaire.desk import Desk, Said, Sight, Told
from gateway.identity.questionnaire.outside import Visitor
from gateway.ingress.forms.part import FormsPart
from gateway.ingress.forms.view import (
    HERE,
    Words,
    consents_of,
    context,
    fields_of,
    minutes,
    typed_of,
)
from gateway.ingress.forms.visit import (
    COOKIE,
    SAID_COOKIE,
    SAID_S,
    Visit,
    digest,
    is_own,
    sent,
    visit_of,
)
from gateway.ingress.problems import Problem
from gateway.ports import FormStep

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FILES = {"forms.css": "text/css", "forms.js": "text/javascript", "icon.svg": "image/svg+xml"}
_LOGO_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
_KEPT = "public, max-age=3600"
_CODE_STEPS = {"email": FormStep.EMAIL, "phone": FormStep.PHONE}


class Pages:
    """The pages of all forms."""

    def __init__(self, part: FormsPart) -> None:
        """Read the templates and files; nothing is read later."""
        self._part = part
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._files = {name: (HERE / "static" / name).read_bytes() for name in _FILES}
        self._version = hashlib.sha256(b"".join(self._files.values())).hexdigest()[:12]
        self._logos = {
            name: (desk.form.section.logo.read_bytes(), LOGOS[desk.form.section.logo.suffix])
            for name, desk in part.desks.items()
            if desk.form.section.logo is not None
        }

    async def show(self, request: Request, name: str) -> Response:
        """Show the step at which the browser's questionnaire is."""
        desk, visit = self._visit(request, name)
        try:
            sight = await desk.look(self._token(visit))
        except StoreError as error:
            return self._away(visit, error)
        is_edited = request.query_params.get("edit") == "1"
        return self._step(visit, sight, is_edited=is_edited)

    async def take(self, request: Request, name: str) -> Response:
        """Take what was sent, and lead back to the page."""
        desk, visit = self._visit(request, name)
        typed = await sent(request)
        if visit.is_new or not is_own(request, typed.get("csrf", ""), self._csrf(visit)):
            return self._page(visit, "notice.html", HTTPStatus.FORBIDDEN, said="stale")
        try:
            return await self._done(desk, visit, typed)
        except StoreError as error:
            return self._away(visit, error)

    async def check(self, request: Request, name: str) -> Response:
        """Say what is wrong with a field that is being typed."""
        desk, visit = self._visit(request, name)
        typed = await sent(request)
        if visit.is_new or not is_own(request, typed.get("csrf", ""), self._csrf(visit)):
            return JSONResponse({"message": None}, HTTPStatus.FORBIDDEN, headers=HEADERS)
        field = typed.get("field", "")
        code = desk.check(field, typed.get("value", ""), Visitor(visit.address))
        known = code and code != "unknown"
        message = self._words(visit).problem(field, code) if known and code else ""
        shown = {"message": message if code is not None else None}
        return JSONResponse(shown, headers=HEADERS)

    def file(self, name: str) -> Response:
        """Return one of our own files."""
        if name not in _FILES:
            raise _unknown()
        headers = {**HEADERS, "Cache-Control": _KEPT}
        return Response(self._files[name], media_type=_FILES[name], headers=headers)

    def logo(self, name: str) -> Response:
        """Return the logo of a form; a picture is never run as a page."""
        if name not in self._logos:
            raise _unknown()
        body, kind = self._logos[name]
        headers = {**HEADERS, **_LOGO_POLICY, "Cache-Control": _KEPT}
        return Response(body, media_type=kind, headers=headers)

    async def _done(self, desk: Desk, visit: Visit, typed: Mapping[str, str]) -> Response:
        token, visitor = self._token(visit), Visitor(visit.address)
        match typed.get("step", ""):
            case "answers":
                told = await desk.submit(token, typed, visit.language, visitor)
                if told.problems or told.said is Said.LIMITED:
                    return self._answers(visit, typed, told)
            case "email" | "phone" as step:
                code = typed.get("code", "")[:20]
                told = await desk.confirm(token, _CODE_STEPS[step], code, visitor)
            case "resend":
                told = await desk.resend(token, visitor)
            case "again":
                await desk.again(token)
                told = Told()
            case _:
                told = Told()
        return self._back(visit, told)

    def _step(self, visit: Visit, sight: Sight, *, is_edited: bool) -> Response:
        if sight.step is None:
            return self._answers(visit, {}, Told())
        answers = sight.answers
        if answers is None:
            return self._page(visit, "done.html")
        if is_edited:
            typed = typed_of(answers.values, answers.consents)
            return self._answers(visit, typed, Told())
        step = str(sight.step)
        to = answers.email if sight.step is FormStep.EMAIL else answers.phone
        said, said_kind = self._said(visit)
        return self._page(
            visit, "code.html", step=step, to=to, was_sent=sight.was_sent, said=said,
            said_kind=said_kind,
        )  # fmt: skip

    def _answers(self, visit: Visit, typed: Mapping[str, str], told: Told) -> Response:
        words = self._words(visit)
        fields = fields_of(words, typed, told.problems)
        consents = consents_of(words, typed, told.problems)
        wrong = [one for one in (*fields, *consents) if one.error]
        is_fine = not told.problems and told.said is Said.NOTHING
        status = HTTPStatus.OK if is_fine else HTTPStatus.UNPROCESSABLE_ENTITY
        limited = words.say("said.limited", minutes=minutes(told.wait_s)) if told.said else ""
        return self._page(
            visit, "answers.html", status, fields=fields, consents=consents, wrong=wrong,
            limited=limited,
        )  # fmt: skip

    def _said(self, visit: Visit) -> tuple[str, str]:
        """Return what the call before left to be told, and whether it is good news."""
        name, seconds = visit.said
        if name not in {one.value for one in Said} or not name:
            return "", ""
        text = self._words(visit).say(f"said.{name}", minutes=minutes(seconds))
        return text, "fine" if name == Said.SENT else "wrong"

    def _back(self, visit: Visit, told: Told) -> Response:
        answer = RedirectResponse(visit.here, HTTPStatus.SEE_OTHER, headers=HEADERS)
        if told.said:
            answer.set_cookie(
                SAID_COOKIE, f"{told.said}.{int(told.wait_s)}", max_age=SAID_S, path=visit.path,
                secure=visit.is_secure, httponly=True, samesite="lax",
            )  # fmt: skip
        return answer

    def _page(
        self, visit: Visit, template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> Response:
        shown = context(
            self._words(visit), visit=visit, csrf=self._csrf(visit), version=self._version,
            has_logo=visit.form.name in self._logos, **values,
        )  # fmt: skip
        body = self._templates.get_template(template).render(shown)
        headers = {**HEADERS, "Content-Language": visit.language, "Vary": "Accept-Language, Cookie"}
        answer = HTMLResponse(body, status, headers=headers)
        if visit.is_new:
            answer.set_cookie(
                COOKIE, visit.token, path=visit.path, secure=visit.is_secure, httponly=True,
                samesite="lax",
            )  # fmt: skip
        if visit.said[0]:
            answer.delete_cookie(SAID_COOKIE, path=visit.path)
        return answer

    def _away(self, visit: Visit, error: StoreError) -> Response:
        self._part.log.warning("forms.postponed", form=visit.form.name, cause=type(error).__name__)
        answer = self._page(visit, "notice.html", HTTPStatus.SERVICE_UNAVAILABLE, said="away")
        answer.headers["Retry-After"] = "5"
        return answer

    def _visit(self, request: Request, name: str) -> tuple[Desk, Visit]:
        desk = self._part.desks.get(name)
        if desk is None:
            raise _unknown()
        return desk, visit_of(request, desk.form)

    def _words(self, visit: Visit) -> Words:
        return Words(visit.form.section, visit.language)

    def _token(self, visit: Visit) -> str:
        return digest(self._part.secret, "token", visit.form.name, visit.token)

    def _csrf(self, visit: Visit) -> str:
        return digest(self._part.secret, "csrf", visit.form.name, visit.token)


def _unknown() -> Problem:
    detail = "no such form: the address ends with a name from [forms] of gateway.toml"
    return Problem(HTTPStatus.NOT_FOUND, "unknown-form", detail)


def form_pages(part: FormsPart) -> APIRouter:
    """Return the routes of questionnaires."""
    router, pages = APIRouter(include_in_schema=False), Pages(part)

    @router.get("/forms/-/{name}", response_model=None)
    async def file(name: str) -> Response:
        return pages.file(name)

    @router.get("/forms/{name}/logo", response_model=None)
    async def logo(name: str) -> Response:
        return pages.logo(name)

    @router.get("/forms/{name}", response_model=None)
    async def show(name: str, request: Request) -> Response:
        return await pages.show(request, name)

    @router.post("/forms/{name}", response_model=None)
    async def take(name: str, request: Request) -> Response:
        return await pages.take(request, name)

    @router.post("/forms/{name}/check", response_model=None)
    async def check(name: str, request: Request) -> Response:
        return await pages.check(request, name)

    return router
