"""Pages of questionnaires: ``/forms/{name}`` shows the step at which a visitor is.

One address for all steps, so that the back button, a reload and a second tab all show where the
questionnaire stands. What is sent names its step and does nothing at another one. Every answer is a
redirect to the page, but for a form with errors. Nothing typed ever stands in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from gateway.contract import StoreError
from gateway.identity.merging.asking import FORM
from gateway.identity.questionnaire.desk import Desk, Said, Sight, Told
from gateway.identity.questionnaire.outside import Visitor
from gateway.ingress.forms.frame import HEADERS, Frame, unknown_form
from gateway.ingress.forms.merges import merge_routes
from gateway.ingress.forms.part import FormsPart
from gateway.ingress.forms.view import FormWords, consents_of, fields_of, minutes, typed_of
from gateway.ingress.forms.visit import Look, Visit, digest, is_own, sent, visit_of
from gateway.ports import FormStep

_CODE_STEPS = {"email": FormStep.EMAIL, "phone": FormStep.PHONE}


class Pages:
    """The pages of all forms."""

    def __init__(self, part: FormsPart, frame: Frame) -> None:
        self._part = part
        self._frame = frame

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
        if visit.is_new or not is_own(request, typed.get("csrf", ""), self._frame.csrf(visit)):
            return self._page(visit, "notice.html", HTTPStatus.FORBIDDEN, said="stale")
        try:
            return await self._done(desk, visit, typed)
        except StoreError as error:
            return self._away(visit, error)

    async def check(self, request: Request, name: str) -> Response:
        """Say what is wrong with a field that is being typed."""
        desk, visit = self._visit(request, name)
        typed = await sent(request)
        if visit.is_new or not is_own(request, typed.get("csrf", ""), self._frame.csrf(visit)):
            return JSONResponse({"message": None}, HTTPStatus.FORBIDDEN, headers=HEADERS)
        field = typed.get("field", "")
        code = desk.check(field, typed.get("value", ""), Visitor(visit.address))
        known = code and code != "unknown"
        message = self._words(visit).problem(field, code) if known and code else ""
        shown = {"message": message if code is not None else None}
        return JSONResponse(shown, headers=HEADERS)

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
        return self._frame.back(visit, told.said, told.wait_s)

    def _page(
        self, visit: Visit, template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> Response:
        return self._frame.page(visit, self._words(visit), template, status, **values)

    def _away(self, visit: Visit, error: StoreError) -> Response:
        self._part.log.warning("forms.postponed", form=visit.name, cause=type(error).__name__)
        return self._frame.away(visit, self._words(visit))

    def _visit(self, request: Request, name: str) -> tuple[Desk, Visit]:
        desk = self._part.desks.get(name)
        if desk is None:
            raise unknown_form()
        return desk, visit_of(request, name, desk.form.section)

    def _words(self, visit: Visit) -> FormWords:
        return FormWords(visit.language, self._part.desks[visit.name].form.section)

    def _token(self, visit: Visit) -> str:
        return digest(self._part.secret, "token", visit.name, visit.token)


def form_pages(part: FormsPart) -> APIRouter:
    """Return the routes of questionnaires, and of the page of merges where there is one."""
    router = APIRouter(include_in_schema=False)
    looks: dict[str, Look] = {name: desk.form.section for name, desk in part.desks.items()}
    if part.merges is not None:
        looks[FORM] = part.merges.look
    frame = Frame(part.secret, looks)
    pages = Pages(part, frame)

    @router.get("/forms/-/{name}", response_model=None)
    async def file(name: str) -> Response:
        return frame.file(name)

    @router.get("/forms/{name}/logo", response_model=None)
    async def logo(name: str) -> Response:
        return frame.logo(name)

    @router.get("/forms/{name}", response_model=None)
    async def show(name: str, request: Request) -> Response:
        return await pages.show(request, name)

    @router.post("/forms/{name}", response_model=None)
    async def take(name: str, request: Request) -> Response:
        return await pages.take(request, name)

    @router.post("/forms/{name}/check", response_model=None)
    async def check(name: str, request: Request) -> Response:
        return await pages.check(request, name)

    if part.merges is not None:
        merge_routes(router, part.merges, frame)
    return router
