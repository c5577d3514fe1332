"""Letters: dead and held ones by cause, in pages, and one whole."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.console.pages.letters_words import Words
from gateway.console.visit import Page, Visit
from gateway.contract import GatewayError
from gateway.ops.faults import NotFound
from gateway.ops.letters import (
    CONFLICT,
    DELIVERY,
    DROPPED,
    INBOX,
    OPEN,
    OPERATION,
    REPLAYED,
    LetterView,
)
from gateway.ops.letters_actions import CHOICE
from gateway.ops.masked import HIDDEN
from gateway.ops.sales import SaleView
from gateway.ops.sayings import Saying
from gateway.ops.trend import Trend
from gateway.ports import LetterFilter

SALE = "sale"
LINES = 50
STATES = (OPEN, REPLAYED, DROPPED)
SOURCES = (DELIVERY, INBOX, CONFLICT, OPERATION, SALE)
KINDS = ("customer", "card", "product", "order")
EDITED_ROWS = 4
_FILTERS = ("state", *CHOICE)


async def groups(visit: Visit) -> Response:
    """Show letters by account and cause, with their trend."""
    where, now = wanted(visit), visit.backstage.clock.now()
    by_hour = visit.query.get("trend") == "hours"
    trend = Trend.hours(now) if by_hour else Trend.days(now, visit.zone)
    found = await visit.backstage.letters.groups(where, trend=trend)
    return visit.render(
        "letters/groups.html", words=words(visit), found=found, where=where, by_hour=by_hour,
        most=max((max(one.opened) for one in found.groups), default=0),
        letters=sum(one.letters for one in found.groups),
        held=sum(one.held for one in found.groups),
        address=address, choices=choices(visit),
    )  # fmt: skip


async def listed(visit: Visit) -> Response:
    """Show a page of letters, with boxes to choose some."""
    where, after = wanted(visit), visit.query.get("after", "")
    page = await visit.backstage.letters.page(where, limit=LINES, after=after)
    following = ""
    if page.following is not None:
        following = address("/dead/list", where, after=page.following)
    newest = max((one.last_at for one in page.letters), default=page.as_of)
    return visit.render(
        "letters/list.html", words=words(visit), page=page, where=where, following=following,
        newest=newest, first=address("/dead/list", where) if after else "",
        address=address, choices=choices(visit),
    )  # fmt: skip


async def one(visit: Visit) -> Response:
    """Show one letter."""
    view = await visit.backstage.letters.show(visit.argument("id"))
    return await shown(visit, view)


async def shown(
    visit: Visit,
    view: LetterView,
    *,
    problem: GatewayError | None = None,
    pairs: tuple[tuple[str, str], ...] = (),
    unmasked: bool = False,
) -> Response:
    """Return the page of a letter; ``problem`` is why an edit could not be looked at."""
    run = None
    if view.state == OPEN and not unmasked:
        (run,) = await visit.backstage.dry_runs.of_letters([view.line.id])
    said = visit.query.get("said", "")
    rows = [*pairs, *[("", "")] * EDITED_ROWS][: max(EDITED_ROWS, len(pairs))]
    return visit.render(
        "letters/letter.html", words=words(visit), view=view, run=run,
        sale=await _sale(visit, view), problem=problem, rows=rows, unmasked=unmasked,
        paths=[path for path in view.request if HIDDEN not in path],
        said=Saying(said) if said in set(Saying) else None, newer=visit.query.get("newer", "0"),
        can_edit=view.state == OPEN and _is_fit(view),
        can_replay=view.state == OPEN and view.line.source not in {CONFLICT, SALE},
    )  # fmt: skip


def words(visit: Visit) -> Words:
    """Return what services' words are said with."""
    return Words(visit.language.code)


def wanted(visit: Visit) -> LetterFilter:
    """Read the filters of an address; what is none is left out."""
    given = {name: visit.query.get(name, "").strip() for name in _FILTERS}
    allowed = {"state": STATES, "kind": KINDS, "source": SOURCES}
    fit = {
        name: value if name not in allowed or value in allowed[name] else ""
        for name, value in given.items()
    }
    return LetterFilter(
        fit["state"] or OPEN, fit["account"] or None, fit["cause_code"] or None,
        fit["kind"] or None, fit["source"] or None,
    )  # fmt: skip


def address(path: str, where: LetterFilter, **more: object) -> str:
    """Return an address with filters, so that it can be passed on."""
    given: Mapping[str, object] = {name: getattr(where, name) for name in _FILTERS} | more
    return f"{path}?{urlencode({name: value for name, value in given.items() if value})}"


def choices(visit: Visit) -> dict[str, object]:
    """Return what can be chosen in the filters."""
    accounts = sorted(visit.backstage.accounts)
    return {"states": STATES, "sources": SOURCES, "kinds": KINDS, "accounts": accounts}


def _is_fit(view: LetterView) -> bool:
    line = view.line
    return line.source == CONFLICT or (line.source == DELIVERY and not line.held)


async def _sale(visit: Visit, view: LetterView) -> SaleView | None:
    if view.line.source != SALE:
        return None
    try:
        return await visit.backstage.sales.show(view.line.subject, who=visit.operator.name)
    except NotFound:
        return None


PAGES = (
    Page("/dead", groups),
    Page("/dead/list", listed),
)
LAST = (Page("/dead/{id}", one),)
"""Behind all that begin like it."""
