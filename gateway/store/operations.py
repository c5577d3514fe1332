"""Idempotent operations: the part of a transaction for what must happen once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports import DeliveryState, OperationRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables import operation

DUE, RETRY, WAITING, SENDING = (
    const(state)
    for state in (
        DeliveryState.DUE,
        DeliveryState.RETRY,
        DeliveryState.WAITING,
        DeliveryState.SENDING,
    )
)
GIVEN = shape(
    operation,
    "key",
    "name",
    "account",
    "state",
    "due_at",
    "entity_id",
    "attempts",
    "unknown",
    "cause_code",
    "cause",
    "remedy",
    "correlation_id",
    "payload",
    "result",
)
SHOWN = [operation.c[name] for name in GIVEN]
SETTLED = ("state", "due_at", "attempts", "unknown", "cause_code", "cause", "remedy", "result")
PAYLOAD, RESULT = "operation.payload", "operation.result"


@statement("operation put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(operation, GIVEN).on_conflict_do_nothing(index_elements=["key"])
    return insert.returning(operation.c.key)


def _picked() -> sa.Select[Any]:
    """Claimable rows as they are before the claim, but for ``unknown``."""
    now = param("now", MOMENT)
    lost = operation.c.state == SENDING
    waits = [DUE, RETRY, WAITING]
    free = sa.or_(
        sa.and_(operation.c.state.in_(waits), operation.c.due_at <= now),
        sa.and_(lost, operation.c.leased_until <= now),
    )
    shown = [operation.c[name] for name in GIVEN if name != "unknown"]
    return (
        sa.select(*shown, sa.or_(operation.c.unknown, lost).label("unknown"))
        .where(
            operation.c.account == param("account"),
            operation.c.state.in_([*waits, SENDING]),  # as the index says it
            free,
        )
        .order_by(operation.c.due_at, operation.c.key)
        .limit(param("limit", COUNT))
        .with_for_update(skip_locked=True)
    )


@statement("operation claimable")
def _claimable(_: Dialect) -> Executable:
    """Read what ``claim`` will take; SQLite only, which cannot return old values."""
    picked = _picked().cte("picked")
    return sa.select(*(picked.c[name] for name in GIVEN))


@statement("operation claim")
def _claim(d: Dialect) -> Executable:
    """Take rows; PostgreSQL returns them as they were."""
    picked = _picked().cte("picked")
    update = (
        sa.update(operation)
        .where(operation.c.key == picked.c.key)
        .values(
            state=SENDING,
            unknown=picked.c.unknown,
            holder=param("holder"),
            leased_until=param("until", MOMENT),
        )
    )
    if d.name == "sqlite":
        return update
    return update.returning(*(picked.c[name] for name in GIVEN))


@statement("operation settle")
def _settle(_: Dialect) -> Executable:
    return (
        sa.update(operation)
        .where(
            operation.c.key == param("of_key"),
            operation.c.state == SENDING,
            operation.c.holder == param("of_holder"),
        )
        .values(
            **{name: param(name, GIVEN[name]) for name in SETTLED},
            holder=sa.null(),
            leased_until=sa.null(),
        )
        .returning(operation.c.key)
    )


@statement("operation read")
def _operations(d: Dialect) -> Executable:
    return sa.select(*SHOWN).where(d.among(operation.c.key, "ids"))


@statement("operation retry")
def _retry(_: Dialect) -> Executable:
    held = operation.c.state == const(DeliveryState.HELD)
    return (
        sa.update(operation)
        .where(operation.c.key == param("of_key"), operation.c.state != SENDING)
        .values(
            state=DUE,
            due_at=param("due_at", MOMENT),
            attempts=sa.literal_column("0"),
            unknown=sa.case((held, sa.false()), else_=operation.c.unknown),
        )
        .returning(operation.c.key)
    )


class OperationPart(Part):
    """See ``gateway.ports.OperationTx``."""

    def put_operations(self, rows: Sequence[OperationRow]) -> Sequence[bool]:
        """Store new operations; False for a key that exists, or came before in ``rows``."""
        first: dict[str, OperationRow] = {}
        for row in rows:
            first.setdefault(row.key, row)
        records = [self._operation_record(first[key]) for key in sorted(first)]
        made = {row[0] for row in self._session.each(_put, records)}
        return [first[row.key] is row and row.key in made for row in rows]

    def claim_operations(
        self, account: str, *, now: datetime, holder: str, until: datetime, limit: int
    ) -> Sequence[OperationRow]:
        """Move due operations to ``sending``, oldest first."""
        what = {"account": account, "now": now, "limit": limit}
        lease = {"holder": holder, "until": until}
        if self._session.serial:
            found = self._session.all(_claimable, **what)
            self._session.all(_claim, **what, **lease)
        else:
            found = self._session.all(_claim, **what, **lease)
        rows = [self._operation(row) for row in found]
        return sorted(rows, key=lambda row: (row.due_at, row.key))

    def settle_operation(self, row: OperationRow, *, holder: str) -> bool:
        """End an attempt; the payload stays as it was stored."""
        record = self._operation_record(row)
        values = {name: record[name] for name in SETTLED}
        return bool(self._session.all(_settle, of_key=row.key, of_holder=holder, **values))

    def retry_operation(self, key: str, *, due_at: datetime) -> bool:
        """Operator's hand; False while it is being sent, and for an unknown key."""
        return bool(self._session.all(_retry, of_key=key, due_at=due_at))

    def operations(self, keys: Sequence[str]) -> Mapping[str, OperationRow]:
        """Operations by key."""
        found = self._about(_operations, keys)
        return {row[0]: self._operation(row) for row in found}

    def _operation_record(self, row: OperationRow) -> dict[str, Any]:
        return {name: getattr(row, name) for name in GIVEN} | {
            "state": row.state.value,
            "payload": self._sealer.seal(PAYLOAD, row.payload),
            "result": self._sealer.seal(RESULT, row.result),
        }

    def _operation(self, row: tuple[Any, ...]) -> OperationRow:
        values = dict(zip(GIVEN, row, strict=True))
        values["state"] = DeliveryState(values["state"])
        values["payload"] = self._sealer.open(PAYLOAD, values["payload"])
        values["result"] = self._sealer.open(RESULT, values["result"])
        return OperationRow(**values)
