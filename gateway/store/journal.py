"""Sync log: one sentence per step, read as the story of an entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports import JournalRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables import journal

GIVEN = shape(
    journal,
    "at",
    "entity_id",
    "kind",
    "account",
    "event",
    "outcome",
    "correlation_id",
    "detail",
    "count",
)
SHOWN = [*(journal.c[name] for name in GIVEN), journal.c.id]


@statement("journal write")
def _write(d: Dialect) -> Executable:
    return d.insert(journal, GIVEN)


@statement("journal story")
def _story(_: Dialect) -> Executable:
    of_one = journal.c.entity_id != sa.literal_column("''")
    found = sa.select(*SHOWN).where(journal.c.entity_id == param("entity_id"), of_one)
    return found.order_by(journal.c.id.desc()).limit(param("limit", COUNT))


@statement("journal of nobody")
def _of_nobody(_: Dialect) -> Executable:
    """Read what concerns no entity; it is in no index, for it is a third of the journal."""
    found = sa.select(*SHOWN).where(journal.c.entity_id == sa.literal_column("''"))
    return found.order_by(journal.c.id.desc()).limit(param("limit", COUNT))


@statement("journal count")
def _count(_: Dialect) -> Executable:
    group = (journal.c.account, journal.c.event, journal.c.outcome)
    # PostgreSQL sums bigint as numeric.
    total = sa.cast(sa.func.sum(journal.c["count"]), COUNT)
    return sa.select(*group, total).group_by(*group)


@statement("journal purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(journal.c.id)
        .where(journal.c.at < param("before", MOMENT))
        .order_by(journal.c.at)
        .limit(param("limit", COUNT))
    )
    return sa.delete(journal).where(journal.c.id.in_(old)).returning(journal.c.id)


class JournalPart(Part):
    """The journal of ``gateway.ports.PeopleTx``."""

    def write_journal(self, rows: Sequence[JournalRow]) -> None:
        """Append sentences, in order."""
        self._session.each(_write, [_record(row) for row in rows])

    def story(self, entity_id: str, *, limit: int) -> Sequence[JournalRow]:
        """The newest ``limit`` sentences of an entity, oldest of them first."""
        if entity_id:
            found = self._session.all(_story, entity_id=entity_id, limit=limit)
        else:
            found = self._session.all(_of_nobody, limit=limit)
        return [row_of(row) for row in reversed(found)]

    def count_journal(self) -> Mapping[tuple[str, str, str], int]:
        """(account, event, outcome) → happenings; reads the whole journal."""
        found = self._session.all(_count)
        return {(account, event, outcome): total for account, event, outcome, total in found}

    def _purge_journal(self, before: datetime, limit: int) -> int:
        return len(self._session.all(_purge, before=before, limit=limit))


def _record(row: JournalRow) -> dict[str, Any]:
    return {
        "at": row.at,
        "entity_id": row.entity_id,
        "kind": row.kind.value,
        "account": row.account,
        "event": row.event,
        "outcome": row.outcome,
        "correlation_id": row.correlation_id,
        "detail": orjson.dumps(row.detail).decode(),
        "count": row.count,
    }


def row_of(row: tuple[Any, ...]) -> JournalRow:
    """Return a sentence of the columns ``SHOWN``."""
    values = dict(zip(GIVEN, row[:-1], strict=True))
    values["kind"] = Kind(values["kind"])
    values["detail"] = orjson.loads(values["detail"])
    return JournalRow(**values, id=row[-1])
