"""Batches: a decision about many letters, frozen in one statement and worked off row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from gateway.ports.letters import ChoiceState, LetterBatch, LetterChoice, LetterFilter
from gateway.store.columns import COUNT, MOMENT
from gateway.store.letter_pages import conditions, given
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Statement, const, param, shape, statement
from gateway.store.tables_letters import dead_letter, letter_batch, letter_choice

FILTERS = ("account", "cause_code", "kind", "source")
NAMES = (
    "id",
    "deed",
    "who",
    "reason",
    *FILTERS,
    "as_of",
    "begun_at",
    "ended_at",
    "chosen",
    "done",
    "left",
)
GIVEN = shape(letter_batch, *NAMES)
SHOWN = [letter_batch.c[name] for name in NAMES]
CHOICE = ("letter_id", "last_at", "state", "said", "newer")
CHOSEN = [letter_choice.c[name] for name in CHOICE]
NOTED = shape(letter_choice, "letter_id", "state", "said", "newer")
WAITING = const(ChoiceState.WAITING)
OF_BATCH = letter_choice.c.batch_id == param("batch_id")


@statement("letter batch put")
def _put(d: Dialect) -> Executable:
    return d.insert(letter_batch, GIVEN)


@lru_cache(maxsize=64)
def _choose(names: frozenset[str]) -> Statement:
    def build(_: Dialect) -> Executable:
        empty: sa.ColumnElement[Any] = sa.literal_column("''")
        zero: sa.ColumnElement[Any] = sa.literal_column("0")
        source = sa.select(
            param("batch_id"), dead_letter.c.id, dead_letter.c.last_at, WAITING, empty, zero
        ).where(*conditions(names))
        columns = ["batch_id", *CHOICE]
        return sa.insert(letter_choice).from_select(columns, source, include_defaults=False)

    return Statement("letter batch choose", build)


@statement("letter batch count")
def _count(_: Dialect) -> Executable:
    """Count what was chosen into the batch's own row."""
    chosen = sa.select(sa.func.count()).where(OF_BATCH).scalar_subquery()
    update = sa.update(letter_batch).where(letter_batch.c.id == param("batch_id"))
    return update.values(chosen=chosen).returning(letter_batch.c.chosen)


@statement("letter batch read")
def _read(_: Dialect) -> Executable:
    return sa.select(*SHOWN).where(letter_batch.c.id == param("batch_id"))


@statement("letter batch hold")
def _hold(_: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(letter_batch.c.id == param("batch_id"))
    return found.with_for_update()


@lru_cache(maxsize=2)
def _list(*, goes_on: bool) -> Statement:
    def build(_: Dialect) -> Executable:
        place = (letter_batch.c.begun_at, letter_batch.c.id)
        found = sa.select(*SHOWN)
        if goes_on:
            last = sa.tuple_(param("before_at", MOMENT), param("before_id"))
            found = found.where(sa.tuple_(*place) < last)
        return found.order_by(*(one.desc() for one in place)).limit(param("limit", COUNT))

    return Statement("letter batch list", build)


@statement("letter batches open")
def _open(_: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(letter_batch.c.ended_at.is_(None))
    return found.order_by(letter_batch.c.begun_at).limit(param("limit", COUNT))


@statement("letter choices waiting")
def _waiting(_: Dialect) -> Executable:
    found = sa.select(*CHOSEN).where(OF_BATCH, letter_choice.c.state == WAITING)
    return found.order_by(letter_choice.c.letter_id).limit(param("limit", COUNT))


@statement("letter choices")
def _choices(_: Dialect) -> Executable:
    found = sa.select(*CHOSEN).where(OF_BATCH, letter_choice.c.letter_id > param("after"))
    return found.order_by(letter_choice.c.letter_id).limit(param("limit", COUNT))


@statement("letter choice note")
def _note(d: Dialect) -> Executable:
    rows = d.given(NOTED)
    values = {name: rows.c[name] for name in ("state", "said", "newer")}
    mine = (OF_BATCH, letter_choice.c.letter_id == rows.c.letter_id)
    update = sa.update(letter_choice).where(*mine, letter_choice.c.state == WAITING)
    return update.values(**values).returning(letter_choice.c.state)


@statement("letter batch grow")
def _grow(_: Dialect) -> Executable:
    grown = {name: letter_batch.c[name] + param(f"more_{name}", COUNT) for name in ("done", "left")}
    return sa.update(letter_batch).where(letter_batch.c.id == param("batch_id")).values(**grown)


@statement("letter batch end")
def _end(_: Dialect) -> Executable:
    mine = (letter_batch.c.id == param("batch_id"), letter_batch.c.ended_at.is_(None))
    return sa.update(letter_batch).where(*mine).values(ended_at=param("now", MOMENT))


@statement("letter batch purge")
def _purge(_: Dialect) -> Executable:
    """One batch may have very many letters: ``limit`` counts batches."""
    old = (
        sa.select(letter_batch.c.id)
        .where(letter_batch.c.ended_at < param("before", MOMENT))
        .order_by(letter_batch.c.ended_at)
        .limit(param("limit", COUNT))
    )
    return sa.delete(letter_batch).where(letter_batch.c.id.in_(old)).returning(letter_batch.c.id)


@statement("letter choice purge")
def _purge_choices(d: Dialect) -> Executable:
    return sa.delete(letter_choice).where(d.among(letter_choice.c.batch_id, "ids"))


class LetterBatchPart(Part):
    """The deciding half of ``gateway.ports.LetterTx``."""

    def put_batch(self, batch: LetterBatch) -> int:
        """Freeze the choice in one statement, however many letters it has."""
        record = {name: getattr(batch, name) for name in GIVEN if name not in {*FILTERS, "as_of"}}
        where = batch.where
        record |= {name: getattr(where, name) for name in FILTERS}
        record |= {"as_of": where.until or batch.begun_at}
        record["reason"] = self._sealer.seal("letter_batch.reason", batch.reason)
        self._session.each(_put, [record])
        filters = given(where)
        self._session.all(_choose(frozenset(filters)), **filters, batch_id=batch.id)
        ((chosen,),) = self._session.all(_count, batch_id=batch.id)
        return int(chosen)

    def letter_batch(self, batch_id: str, *, lock: bool = False) -> LetterBatch | None:
        """One batch; SQLite has one writer at a time anyway."""
        found = self._session.all(_hold if lock else _read, batch_id=batch_id)
        return self._batch(found[0]) if found else None

    def letter_batches(
        self, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> Sequence[LetterBatch]:
        """Batches, the newest first."""
        place = {} if before is None else {"before_at": before[0], "before_id": before[1]}
        page = _list(goes_on=before is not None)
        return [self._batch(row) for row in self._session.all(page, **place, limit=limit)]

    def open_batches(self, *, limit: int) -> Sequence[LetterBatch]:
        """Batches that are not worked off."""
        return [self._batch(row) for row in self._session.all(_open, limit=limit)]

    def batch_waiting(self, batch_id: str, *, limit: int) -> Sequence[LetterChoice]:
        """Letters that are still to be decided."""
        found = self._session.all(_waiting, batch_id=batch_id, limit=limit)
        return [_choice(row) for row in found]

    def batch_choices(
        self, batch_id: str, *, limit: int, after: str = ""
    ) -> Sequence[LetterChoice]:
        """Letters of a batch."""
        found = self._session.all(_choices, batch_id=batch_id, limit=limit, after=after)
        return [_choice(row) for row in found]

    def note_choices(self, batch_id: str, choices: Sequence[LetterChoice]) -> None:
        """Write down what became of letters; what was written down before stays."""
        records = [
            {"letter_id": one.letter_id, "state": str(one.state), "said": one.said,
             "newer": one.newer}
            for one in choices
        ]  # fmt: skip
        noted = [row[0] for row in self._session.each(_note, records, batch_id=batch_id)]
        more = {f"more_{name}": noted.count(name) for name in ("done", "left")}
        self._session.all(_grow, batch_id=batch_id, **more)

    def end_batch(self, batch_id: str, *, now: datetime) -> None:
        """Write down that a batch is worked off."""
        self._session.all(_end, batch_id=batch_id, now=now)

    def purge_batches(self, *, before: datetime, limit: int) -> int:
        """Delete batches with their letters."""
        gone = [row[0] for row in self._session.all(_purge, before=before, limit=limit)]
        self._about(_purge_choices, gone)
        return len(gone)

    def _batch(self, row: tuple[Any, ...]) -> LetterBatch:
        values = dict(zip(NAMES, row, strict=True))
        where = {name: values.pop(name) for name in FILTERS}
        values["reason"] = self._sealer.open("letter_batch.reason", values["reason"])
        return LetterBatch(where=LetterFilter(**where, until=values.pop("as_of")), **values)


def _choice(row: tuple[Any, ...]) -> LetterChoice:
    letter_id, last_at, state, said, newer = row
    return LetterChoice(letter_id, last_at, ChoiceState(state), said, newer)
