"""CSV of reports and facts: for spreadsheets and programs, the same from both databases.

UTF-8 with a byte order mark, so that spreadsheets read Cyrillic; commas, points in numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from decimal import Decimal
from itertools import chain

from gateway.ops.faults import NotFound
from gateway.ops.reports import ReportView
from gateway.ports import Store

BOM = "\ufeff"
FACTS = ("purchases", "people", "cards")
_PAGE = 1000
_FLAGS = ("has_", "is_")
_FLAG_NAMES = frozenset({"identified", "counted", "matched", "phone_confirmed", "email_confirmed"})
_PLACES = {
    "amount": Decimal("0.01"),
    "points_earned": Decimal("0.0001"),
    "points_spent": Decimal("0.0001"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(view: ReportView, language: str = "en") -> str:
    """Return a report as CSV, with headings in a language."""
    info = view.info
    heads = ["from", "to"] if language == "en" else ["с", "по"]
    shop = "shop" if language == "en" else "магазин"
    with_shop = view.query.each_shop and info.has_shops
    heads += [shop] if with_shop else []
    heads += [info.tag.of(language)] if info.tag is not None else []
    heads += [column.title.of(language) for column in info.columns]
    rows = (
        [
            row.since, row.until,
            *([row.shop] if with_shop else []),
            *([row.tag] if info.tag is not None else []),
            *row.values,
        ]
        for row in view.rows
    )  # fmt: skip
    return BOM + _written(chain([heads], rows))


async def facts_csv(store: Store, what: str) -> AsyncIterator[str]:
    """Yield facts as parts of one CSV. Raises ``NotFound`` for facts that are none."""
    if what not in FACTS:
        msg = f"no facts {what}: there are {', '.join(FACTS)}"
        raise NotFound(msg)
    columns = await store.read(lambda tx: tx.fact_columns(what))
    yield BOM + _written([columns])
    after = ""
    while rows := await _page(store, what, after):
        after = str(rows[-1][0])
        yield _written([_cell(*pair) for pair in zip(columns, row, strict=True)] for row in rows)


async def _page(store: Store, what: str, after: str) -> list[tuple[object, ...]]:
    return list(await store.read(lambda tx: tx.fact_rows(what, after=after, limit=_PAGE)))


def _cell(name: str, value: object) -> object:
    """Spell a value alike, whichever database it comes from."""
    if value is None:
        return ""
    if name in _PLACES:
        return Decimal(str(value)).quantize(_PLACES[name])
    if name in _FLAG_NAMES or name.startswith(_FLAGS):
        return int(bool(value))
    return value.isoformat() if isinstance(value, datetime) else value


def _written(rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
    return out.getvalue()


def _harmless(value: object) -> object:
    """Keep a spreadsheet from taking a text of others, such as a source, for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
