"""Merges: the page ``/forms/merge/{token}`` at which a person answers whether two records are his.

It shows what the link's own place is about, and of a link that leads nowhere (any more) the same
page, whether it never was, was answered, or is too old. Opening a link changes nothing, since mail
programs and messengers open links by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.contract import Log, StoreError
from gateway.identity.merging.answering import ENDS, Answering, Said, Sight, Told
from gateway.identity.merging.asking import FORM
from gateway.identity.questionnaire.outside import Visitor
from gateway.ingress.forms.frame import Frame
from gateway.ingress.forms.view import Words, minutes
from gateway.ingress.forms.visit import Look, Visit, is_own, sent, visit_of

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_NOBODY = "-"
"""What stands for a token that cannot be one, wherever the page writes its own address."""
_NOTICE = "merge_notice.html"
_MOST = 20
"""Characters of a code that are looked at."""


@dataclass(frozen=True, slots=True)
class MergePart:
    """What the page is built from."""

    answering: Answering
    look: Look
    log: Log


@dataclass(frozen=True, slots=True)
class MergePages:
    """The page, for whatever token."""

    part: MergePart
    frame: Frame

    async def show(self, request: Request, token: str) -> Response:
        """Show the place of a link."""
        visit = self._visit(request, token)
        try:
            sight = await self.part.answering.look(token, self._visitor(visit))
        except StoreError as error:
            return self._away(visit, error)
        if isinstance(sight, Sight):
            return self._place(visit, sight)
        if isinstance(sight, Told):
            return self._notice(visit, HTTPStatus.TOO_MANY_REQUESTS, "often")
        said = visit.said[0]
        if said in ENDS:
            return self._notice(visit, HTTPStatus.OK, said)
        return self._notice(visit, HTTPStatus.NOT_FOUND, "over")

    async def take(self, request: Request, token: str) -> Response:
        """Take what was sent, and lead back to the page."""
        visit = self._visit(request, token)
        typed = await sent(request)
        if visit.is_new or not is_own(request, typed.get("csrf", ""), self.frame.csrf(visit)):
            return self._notice(visit, HTTPStatus.FORBIDDEN, "stale")
        try:
            told = await self._done(token, typed, self._visitor(visit))
        except StoreError as error:
            return self._away(visit, error)
        return self.frame.back(visit, told.said, told.wait_s)

    async def _done(self, token: str, typed: Mapping[str, str], visitor: Visitor) -> Told:
        answering, code = self.part.answering, typed.get("code", "")[:_MOST]
        match typed.get("step", ""):
            case "code":
                return await answering.confirm(token, code, visitor)
            case "other":
                return await answering.confirm_other(token, code, visitor)
            case "resend":
                return await answering.resend(token, visitor)
            case "resend_other":
                return await answering.resend_other(token, visitor)
            case "deny":
                return await answering.deny(token, visitor)
            case _:
                return Told()

    def _place(self, visit: Visit, sight: Sight) -> Response:
        words, (name, seconds) = Words(visit.language), visit.said
        is_told = name in {one.value for one in Said} - ENDS and name
        said = words.say(f"said.{name}", minutes=minutes(seconds)) if is_told else ""
        return self.frame.page(
            visit, words, "merge.html", channel=sight.channel, is_confirmed=sight.is_confirmed,
            said=said, said_kind=("fine" if name == Said.SENT else "wrong") if said else "",
        )  # fmt: skip

    def _notice(self, visit: Visit, status: HTTPStatus, said: str) -> Response:
        return self.frame.page(visit, Words(visit.language), _NOTICE, status, said=said)

    def _away(self, visit: Visit, error: StoreError) -> Response:
        self.part.log.warning("forms.postponed", form=FORM, cause=type(error).__name__)
        return self.frame.away(visit, Words(visit.language), _NOTICE)

    def _visitor(self, visit: Visit) -> Visitor:
        return Visitor(visit.address, self.frame.browser(visit))

    def _visit(self, request: Request, token: str) -> Visit:
        shown = token if _TOKEN.fullmatch(token) else _NOBODY
        return visit_of(request, f"{FORM}/{shown}", self.part.look)


def merge_routes(router: APIRouter, part: MergePart, frame: Frame) -> None:
    """Add the page's routes."""
    pages = MergePages(part, frame)

    @router.get("/forms/merge/{token}", response_model=None)
    async def show(token: str, request: Request) -> Response:
        return await pages.show(request, token)

    @router.post("/forms/merge/{token}", response_model=None)
    async def take(token: str, request: Request) -> Response:
        return await pages.take(request, token)
