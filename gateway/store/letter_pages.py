"""Dead letters for people: counted by cause, by day, and read page by page, along the indexes.

A filter is in the text of its statement only when it is given: a plan that must also fit its
absence would use no index for it. There are few filters, so there are few texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports.letters import LetterCount, LetterFilter, Opened
from gateway.ports.rows import DeadLetter
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Statement, param
from gateway.store.tables_letters import dead_letter

NAMES = (
    "id",
    "source",
    "subject",
    "kind",
    "account",
    "state",
    "cause_code",
    "cause",
    "remedy",
    "attempts",
    "version",
    "first_at",
    "last_at",
    "correlation_id",
    "held",
)
SHOWN = [dead_letter.c[name] for name in NAMES]
GROUP = (dead_letter.c.account, dead_letter.c.cause_code)
UNTIL = "until"


def given(where: LetterFilter, *but: str) -> dict[str, Any]:
    """Return the filters that are given, as parameters."""
    values = {one.name: getattr(where, one.name) for one in fields(where)}
    return {name: value for name, value in values.items() if value is not None and name not in but}


def conditions(names: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of filters, by their names."""
    equal = [dead_letter.c[name] == param(name) for name in sorted(names - {UNTIL})]
    until = [dead_letter.c.last_at <= param(UNTIL, MOMENT)] if UNTIL in names else []
    return equal + until


@lru_cache(maxsize=64)
def _counts(names: frozenset[str]) -> Statement:
    def build(_: Dialect) -> Executable:
        letters = sa.func.count().label("letters")
        held = sa.func.sum(sa.case((dead_letter.c.held, 1), else_=0))
        newest = (sa.func.max(dead_letter.c.last_at), sa.func.max(dead_letter.c.id))
        found = sa.select(*GROUP, letters, sa.cast(held, COUNT), *newest)
        found = found.where(*conditions(names)).group_by(*GROUP)
        return found.order_by(letters.desc(), *GROUP).limit(param("limit", COUNT))

    return Statement("dead letter counts", build)


@lru_cache(maxsize=64)
def _opened(names: frozenset[str]) -> Statement:
    def build(d: Dialect) -> Executable:
        since = param("since", MOMENT)
        passed = _seconds(d, dead_letter.c.opened_at) - _seconds(d, since)
        span = (passed // param("span_s", COUNT)).label("span")
        found = sa.select(*GROUP, span, sa.func.count())
        found = found.where(dead_letter.c.opened_at >= since, *conditions(names))
        return found.group_by(*GROUP, span)

    return Statement("dead letters opened", build)


def _seconds(d: Dialect, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Whole seconds of a moment since 1970."""
    if d.name == "sqlite":
        return sa.cast(sa.func.strftime("%s", moment), COUNT)
    return sa.cast(sa.func.floor(sa.extract("epoch", moment)), COUNT)


@lru_cache(maxsize=128)
def _page(names: frozenset[str], *, goes_on: bool) -> Statement:
    def build(_: Dialect) -> Executable:
        place = (dead_letter.c.last_at, dead_letter.c.id)
        found = sa.select(*SHOWN).where(*conditions(names))
        if goes_on:
            last = sa.tuple_(param("before_at", MOMENT), param("before_id"))
            found = found.where(sa.tuple_(*place) < last)
        return found.order_by(*(one.desc() for one in place)).limit(param("limit", COUNT))

    return Statement("dead letter page", build)


def _listed(d: Dialect) -> Executable:
    return sa.select(*SHOWN).where(d.among(dead_letter.c.id, "ids"))


_LISTED = Statement("dead letters by id", _listed)


class LetterPagePart(Part):
    """The reading half of ``gateway.ports.LetterTx``."""

    def letter_counts(self, where: LetterFilter, *, limit: int) -> Sequence[LetterCount]:
        """Groups by account and cause, the largest first."""
        filters = given(where)
        found = self._session.all(_counts(frozenset(filters)), **filters, limit=limit)
        return [LetterCount(*row) for row in found]

    def letters_opened(
        self, where: LetterFilter, *, since: datetime, span_s: int
    ) -> Sequence[Opened]:
        """Letters by group and span."""
        filters = given(where, "state", UNTIL)
        found = self._session.all(
            _opened(frozenset(filters)), **filters, since=since, span_s=span_s
        )
        return [Opened(*row) for row in found]

    def letter_page(
        self, where: LetterFilter, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> Sequence[DeadLetter]:
        """Letters, the last failed first."""
        filters = given(where)
        place = {} if before is None else {"before_at": before[0], "before_id": before[1]}
        page = _page(frozenset(filters), goes_on=before is not None)
        return [_letter(row) for row in self._session.all(page, **filters, **place, limit=limit)]

    def letters(self, ids: Sequence[str]) -> Mapping[str, DeadLetter]:
        """Letters by id."""
        return {row[0]: _letter(row) for row in self._about(_LISTED, ids)}


def _letter(row: tuple[Any, ...]) -> DeadLetter:
    values = dict(zip(NAMES, row, strict=True))
    return DeadLetter(**values | {"kind": Kind(values["kind"]), "held": bool(values["held"])})
