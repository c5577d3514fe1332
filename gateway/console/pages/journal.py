"""Journal: search, the page of one entity with its story, the live log, and the audit log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from gateway.canonical import Kind
from gateway.console.shown import when
from gateway.console.visit import Page, Visit
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.entity_view import EntityView
from gateway.ops.faults import NotFound, Refused
from gateway.ops.journal import StoryPage
from gateway.ops.livelog import MOST_LINES, Form, LogPage, filter_of
from gateway.ops.search import How
from gateway.ops.words import Phrase
from gateway.ports import JournalFilter
from gateway.sync.correct import OPERATOR

STORY_STEPS = 100
LINES = 100
_FILTERS = ("account", "kind", "event", "outcome", "entity_id", "correlation_id", "text")
_TIMES = ("since", "until")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*")
_TYPES = {Form.NDJSON: "application/x-ndjson", Form.CSV: "text/csv; charset=utf-8"}


async def search(visit: Visit) -> Response:
    """Find what somebody has in hand; one exact find leads straight to its page."""
    query = visit.query.get("q", "").strip()
    found = await visit.backstage.search.look(query)
    if found.how is How.EXACT and len(found.lines) == 1 and not visit.is_fragment:
        return visit.redirect(f"/object/{found.lines[0].id}")
    return visit.render("journal/search.html", query=query, found=found, **_telling(visit))


async def show(visit: Visit) -> Response:
    """Show one entity; ``at`` in the address is the sentence that a permalink leads to."""
    entity_id = visit.argument("id")
    journal = visit.backstage.journal
    at = _number(visit, "at")
    before, after = _number(visit, "before"), _number(visit, "after")
    view = await journal.entity(entity_id, steps=1)
    page = await journal.story(
        entity_id, before=at + 1 if at else before, after=after, limit=STORY_STEPS
    )
    return _object(visit, view, page, at=at)


async def unmask(visit: Visit) -> Response:
    """Show one entity once with its personal data; what is shown is kept nowhere."""
    reason = (await visit.form()).get("reason")
    entity_id = visit.argument("id")
    outcome = await visit.act(Action(ActionKind.UNMASK, (entity_id,), {"reason": reason}))
    if isinstance(outcome, Asked):
        return visit.redirect("/approvals")
    view = outcome.result
    if not isinstance(view, EntityView):
        msg = "the action shows something else"
        raise TypeError(msg)
    page = await visit.backstage.journal.story(entity_id, limit=STORY_STEPS)
    return _object(visit, view, page, at=None)


async def related(visit: Visit) -> Response:
    """Show more of what belongs to a customer."""
    kind = visit.argument("kind")
    if kind not in set(Kind):
        msg = "there is no such list"
        raise NotFound(msg)
    found = await visit.backstage.journal.belongings(
        visit.argument("id"), Kind(kind), before=visit.query.get("before")
    )
    return visit.render(
        "journal/related.html", found=found, entity_id=visit.argument("id"), **_telling(visit)
    )


async def live(visit: Visit) -> Response:
    """Show the newest sentences, which go on by themselves; an older page stands still."""
    wanted, typed = _wanted(visit)
    before, after = _number(visit, "before"), _number(visit, "after")
    stands = "pause" in visit.query or before is not None or after is not None
    log = visit.backstage.livelog
    cursor = ""
    if stands:
        page = await log.page(wanted, before=before, after=after, limit=LINES)
    else:
        tail = await log.tail(wanted, limit=LINES)
        cursor = tail.cursor
        page = LogPage(tail.steps[::-1], tail.steps[0].id if tail.steps else None, None, None)
    return visit.render(
        "journal/live.html", page=page, cursor=cursor, typed=typed, most=MOST_LINES, stands=stands,
        link=_linker(typed), accounts=sorted(visit.backstage.accounts), kinds=list(Kind),
        **_telling(visit),
    )  # fmt: skip


async def poll(visit: Visit) -> Response:
    """Answer with what came since the cursor, and 204 when that is nothing."""
    wanted, typed = _wanted(visit)
    cursor = visit.query.get("cursor", "")
    tail = await visit.backstage.livelog.tail(wanted, cursor=cursor, limit=MOST_LINES)
    if tail.cursor == cursor and not tail.steps:
        return Response(status_code=204)
    return visit.render(
        "journal/poll.html", steps=tail.steps[::-1], cursor=tail.cursor, link=_linker(typed),
        **_telling(visit),
    )  # fmt: skip


async def export(visit: Visit) -> Response:
    """Offer a part of the journal as a file, and the way to the next part."""
    wanted, typed = _wanted(visit)
    made = await visit.backstage.livelog.export(wanted, Form.CSV, before=_number(visit, "before"))
    return visit.render("journal/export.html", made=made, typed=typed, link=_linker(typed))


async def download(visit: Visit) -> Response:
    """Stream a part of the journal as a file."""
    wanted, _ = _wanted(visit)
    form = visit.query.get("form", Form.CSV)
    if form not in set(Form):
        msg = "form: csv or ndjson"
        raise Refused(msg)
    log = visit.backstage.livelog
    made = await log.export(wanted, Form(form), before=_number(visit, "before"))
    return StreamingResponse(
        log.written(made, language=visit.language.code),
        media_type=_TYPES[made.form],
        headers={"Content-Disposition": f'attachment; filename="journal.{made.form}"'},
    )


async def audit(visit: Visit) -> Response:
    """Show what operators did and what they were refused."""
    typed = {name: visit.query.get(name, "").strip() for name in ("who", "event", "outcome")}
    typed |= _typed_times(visit)
    wanted = filter_of({**typed, **_moments(visit), "account": OPERATOR, "text": typed["who"]})
    page = await visit.backstage.livelog.page(
        wanted, before=_number(visit, "before"), after=_number(visit, "after"), limit=LINES
    )
    steps = [one for one in page.steps if typed["who"] in str(one.detail.get("who", ""))]
    return visit.render(
        "journal/audit.html", page=page, steps=steps, typed=typed, link=_linker(typed),
        **_telling(visit),
    )  # fmt: skip


def _object(visit: Visit, view: EntityView, page: StoryPage, *, at: int | None) -> Response:
    return visit.render(
        "journal/object.html", view=view, page=page, at=at, entity_id=view.id,
        differing=[row for row in view.across if row.differs], **_telling(visit),
    )  # fmt: skip


def _telling(visit: Visit) -> dict[str, Any]:
    """Return how templates say sentences: in the viewer's language and zone."""
    code = visit.language.code

    def local(at: datetime) -> str:
        return when(at, visit.zone, code)

    def tell(phrase: Phrase) -> str:
        return phrase.said(code, local)

    def moment(text: str) -> str:
        try:
            return local(datetime.fromisoformat(text))
        except ValueError:
            return ""

    def shown(value: object) -> str:
        at = isinstance(value, str) and _TIME.fullmatch(value) and moment(value)
        return at or _shown(value)

    return {"tell": tell, "moment": moment, "shown": shown}


def _shown(value: object) -> str:
    """Show a field's value as people read it; the marker of an item and nothing at all alike."""
    if isinstance(value, Mapping) and {"amount", "currency"} <= set(value):
        return f"{value['amount']} {value['currency']}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "—"
    if value is True:
        return "✓"
    return "—" if value is None or value == "" else str(value)


def _wanted(visit: Visit) -> tuple[JournalFilter, dict[str, str]]:
    """Return the filter of an address, and its arguments as they were typed."""
    typed = {name: visit.query.get(name, "").strip() for name in _FILTERS} | _typed_times(visit)
    return filter_of({**typed, **_moments(visit)}), {k: v for k, v in typed.items() if v}


def _typed_times(visit: Visit) -> dict[str, str]:
    """Return the times of an address as a field of a form takes them, in the viewer's zone."""
    found = {}
    for name, text in _moments(visit).items():
        try:
            local = datetime.fromisoformat(text).astimezone(visit.zone)
        except ValueError:
            found[name] = text
        else:
            found[name] = local.strftime("%Y-%m-%dT%H:%M")
    return found


def _moments(visit: Visit) -> Mapping[str, str]:
    """Return the times of an address; one without a zone is the viewer's."""
    found = {}
    for name in _TIMES:
        text = visit.query.get(name, "").strip()
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            found[name] = text  # refused by whoever reads it, with the way to write one
        else:
            found[name] = (at if at.tzinfo else at.replace(tzinfo=visit.zone)).isoformat()
    return found


def _number(visit: Visit, name: str) -> int | None:
    text = visit.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None  # noqa: PLR2004 - a bigint's digits


def _linker(typed: Mapping[str, str]) -> Callable[..., str]:
    """Return what makes addresses of the same filter, with more arguments or others."""

    def link(path: str, **more: object) -> str:
        arguments = {**typed, **{name: str(value) for name, value in more.items()}}
        query = urlencode({name: value for name, value in arguments.items() if value})
        return f"{path}?{query}" if query else path

    return link


PAGES = (
    Page("/search", search),
    Page("/object/{id}", show),
    Page("/object/{id}/unmask", unmask, methods=("POST",)),
    Page("/object/{id}/{kind}", related),
    Page("/live", live),
    Page("/live/poll", poll),
    Page("/live/export", export),
    Page("/live/file", download),
    Page("/audit", audit),
)
