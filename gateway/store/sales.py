"""Sales of tills: each one's last version, and what the settler looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports import COUNTED_PROGRESS, Asked, SaleKind, SaleProgress, SaleRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.report_changes import note_sales
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables_sales import OPEN, sale

GIVEN = shape(
    sale,
    "id",
    "kind",
    "caller",
    "shop",
    "brand",
    "processor",
    "progress",
    "version",
    "place",
    "at",
    "changed_at",
    "due_at",
    "of",
    "attempts",
    "unknown",
    "cause_code",
    "cause",
    "remedy",
    "correlation_id",
    "content",
    "kept",
    "asked",
)
SHOWN = [sale.c[name] for name in GIVEN]
SEALED_NAMES = ("content", "kept", "asked")
TOLD = ("cause", "remedy", "correlation_id")
"""Texts that others wrote; PostgreSQL keeps every character in a text but one."""
DEAD = const(SaleProgress.DEAD)
FINISHED = [const(one) for one in sorted(COUNTED_PROGRESS)]


@statement("sale put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(sale, GIVEN)
    return insert.on_conflict_do_update(
        index_elements=["id"],
        set_={name: insert.excluded[name] for name in GIVEN if name != "id"},
        where=sale.c.version < insert.excluded.version,
    )


@statement("sale begin")
def _begin(d: Dialect) -> Executable:
    return d.insert(sale, GIVEN).on_conflict_do_nothing(index_elements=["id"]).returning(sale.c.id)


@statement("sale swap")
def _swap(d: Dialect) -> Executable:
    rows = d.given(GIVEN)
    return (
        sa.update(sale)
        .where(sale.c.id == rows.c.id, sale.c.version == rows.c.version - sa.literal_column("1"))
        .values({name: rows.c[name] for name in GIVEN if name != "id"})
        .returning(sale.c.id)
    )


@statement("sale read")
def _read(d: Dialect) -> Executable:
    return sa.select(*SHOWN).where(d.among(sale.c.id, "ids"))


@statement("sale versions")
def _versions(d: Dialect) -> Executable:
    return sa.select(sale.c.id, sale.c.version).where(d.among(sale.c.id, "ids"))


@statement("sale open")
def _open(_: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(sa.text(OPEN), sale.c.id > param("after"))
    return found.order_by(sale.c.id).limit(param("limit", COUNT))


@statement("sale due")
def _due(_: Dialect) -> Executable:
    due = sale.c.due_at <= param("now", MOMENT)
    found = sa.select(*SHOWN).where(sa.text(OPEN), due)
    return found.order_by(sale.c.caller, sale.c.place).limit(param("limit", COUNT))


@statement("sale last place")
def _last_place(_: Dialect) -> Executable:
    found = sa.select(sale.c.place).where(sale.c.caller == param("caller"))
    return found.order_by(sale.c.place.desc()).limit(sa.literal_column("1"))


def _listed() -> sa.Select[Any]:
    processor = param("processor")
    return (
        sa.select(*SHOWN)
        .where(sa.or_(processor.is_(None), sale.c.processor == processor))
        .order_by(sale.c.changed_at.desc(), sale.c.id)
        .limit(param("limit", COUNT))
    )


@statement("sale list")
def _list(_: Dialect) -> Executable:
    return _listed()


@statement("sale list in")
def _list_in(_: Dialect) -> Executable:
    return _listed().where(sale.c.progress == param("progress"))


@statement("sale count")
def _count(_: Dialect) -> Executable:
    """Count in two halves, each by its index: a planner would read the table for an OR."""
    group = (sale.c.processor, sale.c.progress)
    each = sa.select(*group, sa.func.count())
    still = each.where(sa.text(OPEN)).group_by(*group)
    dead = each.where(sale.c.progress == DEAD, sale.c.due_at.is_(None)).group_by(*group)
    return sa.union_all(still, dead)


@statement("sale purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(sale.c.id)
        .where(
            sale.c.changed_at < param("before", MOMENT),
            sale.c.progress.in_(FINISHED),
            sale.c.due_at.is_(None),
        )
        .order_by(sale.c.changed_at)
        .limit(param("limit", COUNT))
    )
    return sa.delete(sale).where(sale.c.id.in_(old)).returning(sale.c.id)


class SalePart(Part):
    """See ``gateway.ports.SaleTx``."""

    def put_sales(self, rows: Sequence[SaleRow]) -> None:
        """Store the last version of each row, unless a later one is there."""
        last = latest(rows)
        self._session.each(_put, [self._sale_record(last[key]) for key in sorted(last)])
        note_sales(
            self._session, (row.id for row in last.values() if row.progress in COUNTED_PROGRESS)
        )

    def swap_sales(self, rows: Sequence[SaleRow]) -> Sequence[bool]:
        """Compare and set; versions of one id that come together follow each other."""
        swapped = [False] * len(rows)
        for places in _rounds(rows):
            records = [self._sale_record(rows[place]) for place in places]
            first = [record for record in records if record["version"] == 1]
            later = [record for record in records if record["version"] != 1]
            made = {row[0] for row in self._session.each(_begin, first)}
            made |= {row[0] for row in self._session.each(_swap, later)}
            for place in places:
                swapped[place] = rows[place].id in made
        done = (row for row, is_made in zip(rows, swapped, strict=True) if is_made)
        note_sales(self._session, (row.id for row in done if row.progress in COUNTED_PROGRESS))
        return swapped

    def sales(self, ids: Sequence[str]) -> Mapping[str, SaleRow]:
        """Rows by id."""
        return {row[0]: self._sale(row) for row in self._about(_read, ids)}

    def sale_versions(self, ids: Sequence[str]) -> Mapping[str, int]:
        """Stored versions by id."""
        return {row[0]: row[1] for row in self._about(_versions, ids)}

    def open_sales(self, *, limit: int, after: str = "") -> Sequence[SaleRow]:
        """Rows that the settler still looks at."""
        return [self._sale(row) for row in self._session.all(_open, limit=limit, after=after)]

    def due_sales(self, *, now: datetime, limit: int) -> Sequence[SaleRow]:
        """Rows whose time came."""
        return [self._sale(row) for row in self._session.all(_due, now=now, limit=limit)]

    def last_place(self, caller: str) -> int:
        """The largest place of a caller."""
        found = self._session.all(_last_place, caller=caller)
        return int(found[0][0]) if found else 0

    def list_sales(
        self, *, progress: SaleProgress | None, processor: str | None, limit: int
    ) -> Sequence[SaleRow]:
        """Rows, the last changed first."""
        wanted = {"processor": processor, "limit": limit}
        if progress is None:
            found = self._session.all(_list, **wanted)
        else:
            found = self._session.all(_list_in, **wanted, progress=progress.value)
        return [self._sale(row) for row in found]

    def count_sales(self) -> Mapping[tuple[str, str], int]:
        """(processor, progress) → open rows, and dead ones."""
        counts: dict[tuple[str, str], int] = {}
        for processor, progress, rows in self._session.all(_count):
            counts[processor, progress] = counts.get((processor, progress), 0) + rows
        return counts

    def purge_sales(self, *, before: datetime, limit: int) -> int:
        """Delete finished rows; dead ones wait for a person."""
        return len(self._session.all(_purge, before=before, limit=limit))

    def _sale_record(self, row: SaleRow) -> dict[str, Any]:
        asked = {step: asdict(one) for step, one in row.asked.items()}
        return (
            {name: getattr(row, name) for name in GIVEN}
            | {name: getattr(row, name).replace("\0", "\ufffd") for name in TOLD}
            | {
                "kind": row.kind.value,
                "progress": row.progress.value,
                "content": self._sealer.seal("sale.content", row.content),
                "kept": self._sealer.seal("sale.kept", row.kept),
                "asked": self._sealer.seal("sale.asked", asked),
            }
        )

    def _sale(self, row: tuple[Any, ...]) -> SaleRow:
        values = dict(zip(GIVEN, row, strict=True))
        for name in SEALED_NAMES:
            values[name] = self._sealer.open(f"sale.{name}", values[name])
        return sale_row(values)


def latest(rows: Iterable[SaleRow]) -> dict[str, SaleRow]:
    """Keep the last version of each row."""
    last: dict[str, SaleRow] = {}
    for row in rows:
        known = last.get(row.id)
        if known is None or known.version < row.version:
            last[row.id] = row
    return last


def sale_row(values: Mapping[str, Any]) -> SaleRow:
    """Make a row of its values as JSON has them, but for its moments."""
    asked = {step: Asked(**one) for step, one in values["asked"].items()}
    kind, progress = SaleKind(values["kind"]), SaleProgress(values["progress"])
    return SaleRow(**{**values, "kind": kind, "progress": progress, "asked": asked})


def _rounds(rows: Sequence[SaleRow]) -> Iterator[list[int]]:
    """Split the places of rows so that no id is twice in a round, each round in order of ids.

    The n-th row of an id is in the n-th round.
    """
    rounds: list[list[int]] = []
    seen: dict[str, int] = {}
    for place, row in enumerate(rows):
        turn = seen[row.id] = seen.get(row.id, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
    for places in rounds:
        yield sorted(places, key=lambda place: rows[place].id)
