"""Transactional outbox of events: the part of a transaction for what listeners are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports import EventRow
from gateway.store.columns import COUNT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables import event

GIVEN = shape(event, "entity_id", "kind", "version", "at", "sealed")
SHOWN = [event.c.id, *(event.c[name] for name in GIVEN)]


@statement("event put")
def _put(d: Dialect) -> Executable:
    return d.insert(event, GIVEN)


@statement("event next")
def _next(_: Dialect) -> Executable:
    return sa.select(*SHOWN).order_by(event.c.id).limit(param("limit", COUNT))


@statement("event drop")
def _drop(_: Dialect) -> Executable:
    return sa.delete(event).where(event.c.id == param("of_id", COUNT))


class EventPart(Part):
    """See ``gateway.ports.EventTx``."""

    def put_events(self, rows: Sequence[EventRow]) -> None:
        """Append events, in order."""
        self._session.each(_put, [self._event_record(row) for row in rows])

    def next_events(self, *, limit: int) -> Sequence[EventRow]:
        """The oldest events."""
        return [self._event(row) for row in self._session.all(_next, limit=limit)]

    def drop_events(self, ids: Sequence[int]) -> None:
        """Forget events."""
        for one in ids:
            self._session.all(_drop, of_id=one)

    def _event_record(self, row: EventRow) -> dict[str, Any]:
        return {
            "entity_id": row.entity_id,
            "kind": row.kind.value,
            "version": row.version,
            "at": row.at,
            "sealed": self._sealer.seal("event", row.fields),
        }

    def _event(self, row: tuple[Any, ...]) -> EventRow:
        number, entity_id, kind, version, at, sealed = row
        fields = self._sealer.open("event", sealed)
        return EventRow(entity_id, Kind(kind), version, at, fields, number)
