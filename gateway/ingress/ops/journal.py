"""Journal: search, one entity with its story, and the whole journal by pages and as a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from gateway.canonical import Kind
from gateway.ingress.ops.part import OpsPart, plain
from gateway.ops.actions import Action, ActionKind
from gateway.ops.entity_view import EntityView, Related
from gateway.ops.journal import StoryPage
from gateway.ops.livelog import Export, Form, LogPage, Tail, arguments_of, filter_of
from gateway.ops.search import Found
from gateway.ops.story import Step
from gateway.ports import JournalFilter

_TYPES = {Form.NDJSON: "application/x-ndjson", Form.CSV: "text/csv; charset=utf-8"}
_JSON = "application/json"


class Lang(StrEnum):
    """Languages of the sentences."""

    EN = "en"
    RU = "ru"


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody looks behind the mask; it is written down."""

    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is. Shape: at most one of ``before`` and ``after``, both ids of sentences."""

    before: Annotated[int | None, Query(ge=1)] = None
    after: Annotated[int | None, Query(ge=0)] = None
    limit: Annotated[int, Query(ge=1, le=100)] = 100
    lang: Lang = Lang.EN


def wanted_of(
    *,
    account: str = "",
    kind: str = "",
    event: str = "",
    outcome: str = "",
    entity_id: str = "",
    correlation_id: str = "",
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> JournalFilter:
    """Read which sentences are asked for; an empty argument asks for all."""
    return filter_of(
        {
            "account": account, "kind": kind, "event": event, "outcome": outcome,
            "entity_id": entity_id, "correlation_id": correlation_id, "text": text,
            "since": since.isoformat() if since else "",
            "until": until.isoformat() if until else "",
        }
    )  # fmt: skip


Wanted = Annotated[JournalFilter, Depends(wanted_of)]
Where = Annotated[Place, Depends()]


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router = part.router("journal")
    _entities(router, part)
    _around(router, part)
    _journal(router, part)
    return router


def _entities(router: APIRouter, part: OpsPart) -> None:
    desk = part.backstage

    @router.get("/search")
    async def search(
        q: Annotated[str, Query(max_length=200)],
        lang: Lang = Lang.EN,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Found:
        """Find entities by an order number, phone, e-mail, card, id or correlation id."""
        found = await desk.search.look(q, limit=limit)
        return replace(found, steps=_spoken(found.steps, lang))

    @router.get("/entities/{entity_id}", response_model=None, responses=_answers(EntityView))
    async def entity(
        entity_id: str,
        lang: Lang = Lang.EN,
        steps: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """Return an entity: snapshot, origins, copies side by side, letters, relatives, story."""
        view = await desk.journal.entity(entity_id, steps=steps)
        told = replace(view, story=_spoken(view.story, lang))
        return Response(plain(told), media_type=_JSON)

    @router.get("/entities/{entity_id}/story")
    async def story(entity_id: str, where: Where) -> StoryPage:
        """Return a part of a story, in order."""
        page = await desk.journal.story(
            entity_id, before=where.before, after=where.after, limit=where.limit
        )
        return replace(page, steps=_spoken(page.steps, where.lang))


def _around(router: APIRouter, part: OpsPart) -> None:
    desk = part.backstage

    @router.get("/entities/{entity_id}/related/{kind}")
    async def related(entity_id: str, kind: Kind, before: str | None = None) -> Related:
        """Return what belongs to a customer, the newest first."""
        return await desk.journal.belongings(entity_id, kind, before=before)

    @router.post("/entities/{entity_id}/unmask", response_model=None)
    async def unmask(request: Request, entity_id: str, why: Why) -> Response:
        """Return an entity, or a letter by its id, with personal data; it is written down."""
        action = Action(ActionKind.UNMASK, (entity_id,), {"reason": why.reason})
        answer = await part.perform(request, action)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _journal(router: APIRouter, part: OpsPart) -> None:
    log = part.backstage.livelog

    @router.get("/journal")
    async def journal(wanted: Wanted, where: Where) -> LogPage:
        """Return sentences, the newest first; ``older`` is the next page's ``before``."""
        page = await log.page(wanted, before=where.before, after=where.after, limit=where.limit)
        return replace(page, steps=_spoken(page.steps, where.lang))

    @router.get("/journal/tail")
    async def tail(
        wanted: Wanted,
        cursor: Annotated[str, Query(max_length=4000)] = "",
        limit: Annotated[int, Query(ge=1, le=400)] = 100,
        lang: Lang = Lang.EN,
    ) -> Tail:
        """Return what came since a cursor, in order; without one the newest sentences."""
        found = await log.tail(wanted, cursor=cursor, limit=limit)
        return replace(found, steps=_spoken(found.steps, lang))

    @router.get("/journal/export", response_model=None)
    async def export(
        request: Request,
        wanted: Wanted,
        form: Form = Form.NDJSON,
        before: Annotated[int | None, Query(ge=1)] = None,
        lang: Lang = Lang.EN,
    ) -> Response:
        """Return a bounded part as a file, the newest first; the header ``Link`` leads on."""
        made = await log.export(wanted, form, before=before)
        return StreamingResponse(
            log.written(made, language=str(lang)),
            media_type=_TYPES[form],
            headers=_headers(request, made, str(lang)),
        )


def _headers(request: Request, made: Export, lang: str) -> dict[str, str]:
    headers = {
        "Content-Disposition": f'attachment; filename="journal.{made.form}"',
        "Cache-Control": "no-store",
    }
    if made.goes_on is not None:
        arguments = {
            **arguments_of(made.wanted), "form": str(made.form), "lang": lang,
            "before": str(made.goes_on),
        }  # fmt: skip
        following = request.url.replace(query="").include_query_params(**arguments)
        headers |= {"Link": f'<{following}>; rel="next"', "X-Continue-Before": str(made.goes_on)}
    return headers


def _spoken(steps: Iterable[Step], lang: Lang) -> tuple[Step, ...]:
    return tuple(step.spoken(str(lang)) for step in steps)


def _answers(model: type) -> dict[int | str, dict[str, object]]:
    return {200: {"model": model}}
