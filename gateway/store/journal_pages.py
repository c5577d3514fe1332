"""Pages of the sync log: keyset reading that looks through a bounded number of rows.

A page is driven by one index (an entity, a correlation, an account) or by the
primary key; what the index does not answer is compared row by row, and how far that came is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.ports import JournalFilter, JournalPage, JournalRow, Span
from gateway.store.columns import COUNT, MOMENT
from gateway.store.journal import SHOWN, row_of
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, statement
from gateway.store.statement import Statement as Stated
from gateway.store.tables import journal

_NONE = const("")
_BOUND_ROWS = 1_000
"""Rows by time that are asked for the ids between which a time lies: the two run almost together,
but a sentence may be written long after what it tells."""
_LONGEST_TEXT = 200

Columns = sa.sql.base.ReadOnlyColumnCollection[str, Any]


def _text_in(c: Columns) -> sa.ColumnElement[bool]:
    """Compare as typed, and in small letters; SQLite knows those of ASCII only."""
    detail = c["detail"]
    spelled = [detail.like(param(name), escape="\\") for name in ("text_typed", "text_capital")]
    return sa.or_(sa.func.lower(detail).like(param("text_small"), escape="\\"), *spelled)


_CONDITIONS: Mapping[str, Callable[[Columns], sa.ColumnElement[bool]]] = {
    "account": lambda c: c["account"] == param("account"),
    "kind": lambda c: c["kind"] == param("kind"),
    "event": lambda c: c["event"] == param("event"),
    "outcome": lambda c: c["outcome"] == param("outcome"),
    "entity_id": lambda c: c["entity_id"] == param("entity_id"),
    "correlation_id": lambda c: c["correlation_id"] == param("correlation_id"),
    "text": _text_in,
    "since": lambda c: c["at"] >= param("since", MOMENT),
    "until": lambda c: c["at"] < param("until", MOMENT),
}
_DRIVERS: Mapping[str, Callable[[Columns], Sequence[sa.ColumnElement[bool]]]] = {
    "entity_id": lambda c: (c["entity_id"] == param("entity_id"), c["entity_id"] != _NONE),
    "correlation_id": lambda c: (
        c["correlation_id"] == param("correlation_id"),
        c["correlation_id"] != _NONE,
    ),
    "account": lambda c: (c["account"] == param("account"),),
    "": lambda _: (),
}


def _looked(driver: str, *, newest_first: bool, bounded: bool) -> sa.Select[Any]:
    """Select the rows that one page looks through."""
    found = sa.select(*SHOWN).where(
        *_DRIVERS[driver](journal.c), journal.c.id > param("after", COUNT)
    )
    if bounded:
        found = found.where(journal.c.id < param("before", COUNT))
    ordered = found.order_by(journal.c.id.desc() if newest_first else journal.c.id)
    return ordered.limit(param("scan", COUNT))


@cache
def _page(driver: str, names: frozenset[str], *, newest_first: bool, bounded: bool) -> Stated:
    def build(_: Dialect) -> Executable:
        looked = _looked(driver, newest_first=newest_first, bounded=bounded).subquery("looked")
        found = sa.select(*looked.c).where(*(_CONDITIONS[name](looked.c) for name in sorted(names)))
        ordered = found.order_by(looked.c.id.desc() if newest_first else looked.c.id)
        return ordered.limit(param("most", COUNT))

    return Stated("journal page", build)


@cache
def _edge(driver: str, *, newest_first: bool, bounded: bool) -> Stated:
    """Tell how many rows a page looked through, and the last of them."""

    def build(_: Dialect) -> Executable:
        looked = _looked(driver, newest_first=newest_first, bounded=bounded).subquery("looked")
        last = sa.func.min(looked.c.id) if newest_first else sa.func.max(looked.c.id)
        return sa.select(sa.func.count(), last).select_from(looked)

    return Stated("journal edge", build)


@statement("journal id at")
def _first_since(_: Dialect) -> Executable:
    near = sa.select(journal.c.id).where(journal.c.at >= param("at", MOMENT))
    first = near.order_by(journal.c.at).limit(_BOUND_ROWS).subquery("near")
    return sa.select(sa.func.min(first.c.id))


@statement("journal id until")
def _last_until(_: Dialect) -> Executable:
    near = sa.select(journal.c.id).where(journal.c.at < param("at", MOMENT))
    last = near.order_by(journal.c.at.desc()).limit(_BOUND_ROWS).subquery("near")
    return sa.select(sa.func.max(last.c.id))


@statement("journal head")
def _head(_: Dialect) -> Executable:
    return sa.select(sa.func.max(journal.c.id))


@statement("journal gaps")
def _gaps(_: Dialect) -> Executable:
    """Compare each id with the one before it; the first one with where the look begins."""
    before = sa.func.lag(journal.c.id, 1, param("after", COUNT)).over(order_by=journal.c.id)
    between = sa.and_(journal.c.id > param("after", COUNT), journal.c.id <= param("until", COUNT))
    pairs = sa.select(journal.c.id, before.label("previous")).where(between).subquery("pairs")
    found = sa.select(pairs.c.previous + 1, pairs.c.id - 1).where(pairs.c.id - pairs.c.previous > 1)
    return found.order_by(pairs.c.id.desc()).limit(param("most", COUNT))


@statement("journal between")
def _between(_: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(journal.c.id.between(param("low", COUNT), param("high", COUNT)))
    return found.order_by(journal.c.id)


class JournalPages(Part):
    """The journal of ``gateway.ports.JournalTx``."""

    def journal_page(self, wanted: JournalFilter, span: Span) -> JournalPage:
        """Look through at most ``span.scan`` rows."""
        driver, names = _driven(wanted)
        if driver in {"", "account"}:
            span = self._narrowed(wanted, span)
        shape = {"newest_first": span.newest_first, "bounded": span.before is not None}
        looked: dict[str, object] = {
            "after": span.after, "scan": span.scan if names else span.most + 1,
        }  # fmt: skip
        if span.before is not None:
            looked["before"] = span.before
        if driver:
            looked[driver] = getattr(wanted, driver)
        found = self._session.all(
            _page(driver, names, **shape), **looked, **_values(wanted, names), most=span.most + 1
        )
        rows = [row_of(row) for row in found[: span.most]]
        if len(found) > span.most:
            return JournalPage(rows, rows[-1].id)
        if not names:
            return JournalPage(rows, None)
        ((count, last),) = self._session.all(_edge(driver, **shape), **looked)
        return JournalPage(rows, int(last) if count >= span.scan else None)

    def _narrowed(self, wanted: JournalFilter, span: Span) -> Span:
        """Return the ids between which a time lies."""
        after, before = span.after, span.before
        if wanted.since is not None:
            first = self._id_at(_first_since, wanted.since)
            after = max(after, first - 1 if first is not None else self.journal_head())
        if wanted.until is not None:
            last = self._id_at(_last_until, wanted.until)
            past = last + 1 if last is not None else 0
            before = past if before is None else min(before, past)
        return replace(span, after=after, before=before)

    def _id_at(self, asked: Stated, at: datetime) -> int | None:
        found = self._session.all(asked, at=at)[0][0]
        return None if found is None else int(found)

    def journal_head(self) -> int:
        """The largest id that can be seen."""
        return int(self._session.all(_head)[0][0] or 0)

    def journal_gaps(self, after: int, until: int, *, most: int) -> Sequence[tuple[int, int]]:
        """Ranges of ids that are not there, the newest first."""
        found = self._session.all(_gaps, after=after, until=until, most=most)
        return [(int(low), int(high)) for low, high in found]

    def journal_ids(self, ranges: Sequence[tuple[int, int]]) -> Sequence[JournalRow]:
        """Sentences whose ids lie in ranges, in order."""
        rows: list[JournalRow] = []
        for low, high in sorted(ranges):
            rows += [row_of(row) for row in self._session.all(_between, low=low, high=high)]
        return rows


def _driven(wanted: JournalFilter) -> tuple[str, frozenset[str]]:
    """Return which index drives a page, and the names of what is compared row by row."""
    names = {name for name in _CONDITIONS if getattr(wanted, name)}
    driver = next((name for name in _DRIVERS if name in names), "")
    return driver, frozenset(names - {driver})


def _values(wanted: JournalFilter, names: frozenset[str]) -> dict[str, object]:
    values = {name: getattr(wanted, name) for name in names if name != "text"}
    if "text" in names:
        text = wanted.text[:_LONGEST_TEXT]
        spelled = {"typed": text, "small": text.lower(), "capital": text[:1].upper() + text[1:]}
        values |= {f"text_{name}": _pattern(one) for name, one in spelled.items()}
    return values


def _pattern(text: str) -> str:
    """Return the pattern of a text inside a JSON document."""
    inside = orjson.dumps(text).decode()[1:-1]
    for char in "\\%_":
        inside = inside.replace(char, f"\\{char}")
    return f"%{inside}%"
