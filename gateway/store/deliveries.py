"""Deliveries: what accounts shall be told, over the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.canonical import Kind
from gateway.ports import DeliveryRow, DeliveryState, Settlement
from gateway.store import outbox
from gateway.store.part import Grouped, Part


class DeliveryPart(Part):
    """See ``gateway.ports.DeliveryTx``."""

    def mark_due(self, rows: Sequence[DeliveryRow]) -> None:
        """Make deliveries due; of several for one entity and account the last counts."""
        self._session.each(outbox.mark_due, _due_records(rows))

    def start(
        self, rows: Sequence[DeliveryRow], *, holder: str, until: datetime
    ) -> Sequence[DeliveryRow]:
        """Make deliveries due and claim what is free, in one step."""
        found = self._session.each(outbox.start, _due_records(rows), holder=holder, until=until)
        return [_row(row[:-1]) for row in found if row[-1] == holder]

    def claim(
        self,
        account: str,
        entity_ids: Sequence[str],
        *,
        now: datetime,
        holder: str,
        until: datetime,
    ) -> Sequence[DeliveryRow]:
        """Move due rows to ``sending``, in the order asked for."""
        who = {"account": account, "now": now}
        lease = {"holder": holder, "until": until}
        if self._session.serial:
            found = self._about(outbox.claimable, entity_ids, **who)
            self._about(outbox.claim, entity_ids, **who, **lease)
        else:
            found = self._about(outbox.claim, entity_ids, **who, **lease)
        by_id = {row[0]: _row(row) for row in found}
        return [by_id[key] for key in dict.fromkeys(entity_ids) if key in by_id]

    def settle(self, rows: Sequence[Settlement], *, holder: str) -> Mapping[str, DeliveryState]:
        """End attempts of this holder; ``again`` is due at once by the store's clock."""
        common = {"holder": holder, "now": self._clock.now()}
        last = {(row.entity_id, row.account): row for row in rows}
        records = [
            {name: getattr(last[key], name) for name in outbox.SETTLED}
            | {"state": last[key].state.value}
            for key in sorted(last)
        ]
        ended = self._session.each(outbox.settle, records, **common)
        return {entity_id: DeliveryState(state) for entity_id, state in ended}

    def wake_waiting(
        self, account: str, entity_ids: Sequence[str], *, now: datetime
    ) -> Sequence[tuple[str, Kind]]:
        """Make ``due`` what waits for these entities."""
        found = self._about(outbox.wake, entity_ids, account=account, now=now)
        return [(entity_id, Kind(kind)) for entity_id, kind in sorted(found)]

    def due_deliveries(
        self, *, now: datetime, silent_since: datetime, limit: int
    ) -> Sequence[DeliveryRow]:
        """Rows for the relay, oldest first."""
        found = self._session.all(outbox.due, now=now, silent_since=silent_since, limit=limit)
        return [_row(row) for row in found]

    def deliveries_of(self, entity_ids: Sequence[str]) -> Mapping[str, Sequence[DeliveryRow]]:
        """All deliveries of entities; an entity without deliveries reads as empty."""
        grouped: Grouped[DeliveryRow] = Grouped()
        for row in self._about(outbox.of_entities, entity_ids):
            grouped.add(row[0], _row(row))
        return grouped

    def list_deliveries(
        self, *, states: Sequence[DeliveryState], account: str | None, limit: int
    ) -> Sequence[DeliveryRow]:
        """Deliveries for people, oldest due first."""
        names = [state.value for state in states]
        return [
            _row(row)
            for row in self._session.all(outbox.listed, states=names, account=account, limit=limit)
        ]

    def set_delivery(
        self, entity_id: str, account: str, state: DeliveryState, *, due_at: datetime
    ) -> bool:
        """Set state and time by hand; False while ``sending`` or when there is none."""
        given = {"entity_id": entity_id, "account": account, "state": state.value, "due_at": due_at}
        return bool(self._session.all(outbox.set_by_hand, **given))

    def count_deliveries(self) -> Mapping[tuple[str, str], int]:
        """(account, state) → rows."""
        return {
            (account, state): rows for account, state, rows in self._session.all(outbox.counted)
        }


def _due_records(rows: Sequence[DeliveryRow]) -> list[dict[str, Any]]:
    last = {(row.entity_id, row.account): row for row in rows}
    return [
        {
            "entity_id": row.entity_id,
            "account": row.account,
            "kind": row.kind.value,
            "due_at": row.due_at,
            "correlation_id": row.correlation_id,
        }
        for _, row in sorted(last.items())
    ]


def _row(row: tuple[Any, ...]) -> DeliveryRow:
    return DeliveryRow(row[0], Kind(row[1]), row[2], DeliveryState(row[3]), *row[4:])
