"""Backlog: what waits, counted and page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports import (
    DeliveryRow,
    DeliveryState,
    Hurry,
    OperationRow,
    Place,
    Waiting,
)
from gateway.store import outbox
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Row, const, param, statement
from gateway.store.tables import delivery, inbox, lease, operation
from gateway.store.tables_letters import dead_letter

OPEN = tuple(
    const(state)
    for state in (
        DeliveryState.DUE, DeliveryState.RETRY, DeliveryState.WAITING, DeliveryState.SENDING,
    )
)  # fmt: skip
RETRY, DONE = const(DeliveryState.RETRY), const(DeliveryState.DONE)
OPERATION = (
    "key", "name", "account", "state", "due_at", "entity_id", "attempts", "unknown",
    "cause_code", "cause", "remedy", "correlation_id",
)  # fmt: skip
BEFORE_ALL = Place(datetime(1970, 1, 1, tzinfo=UTC), "")


@statement("inbox count")
def _inbox(_: Dialect) -> Executable:
    """Count by two reads, each along its own partial index: what is done is nearly all there is."""
    open_rows = sa.union_all(
        *(
            sa.select(inbox.c.account, inbox.c.received_at).where(inbox.c.state == const(state))
            for state in ("new", "working")
        )
    ).subquery()
    found = sa.select(open_rows.c.account, sa.func.count(), sa.func.min(open_rows.c.received_at))
    return found.group_by(open_rows.c.account)


@statement("operation count")
def _operations(_: Dialect) -> Executable:
    group = (operation.c.account, operation.c.state)
    found = sa.select(*group, sa.func.count()).where(operation.c.state.in_(OPEN))
    return found.group_by(*group)


@statement("dead letter count")
def _letters(_: Dialect) -> Executable:
    group = (dead_letter.c.account, dead_letter.c.cause_code)
    found = sa.select(*group, sa.func.count(), sa.func.max(dead_letter.c.last_at))
    return found.where(dead_letter.c.state == const("open")).group_by(*group)


def _behind(table: sa.Table, name: str) -> sa.ColumnElement[bool]:
    """Condition: behind the last row of the page before."""
    at, key = param("after_at", MOMENT), param("after_key")
    return sa.and_(table.c.due_at >= at, sa.or_(table.c.due_at > at, table.c[name] > key))


@statement("delivery page")
def _page_deliveries(_: Dialect) -> Executable:
    return (
        sa.select(*outbox.SHOWN)
        .where(
            delivery.c.state != DONE,
            delivery.c.state == param("state"),
            delivery.c.account == param("account"),
            _behind(delivery, "entity_id"),
        )
        .order_by(delivery.c.due_at, delivery.c.entity_id)
        .limit(param("limit", COUNT))
    )


@statement("delivery oldest")
def _oldest_delivery(_: Dialect) -> Executable:
    """Read one row along the index; an order within equal times would sort all of them."""
    return (
        sa.select(*outbox.SHOWN)
        .where(
            delivery.c.state != DONE,
            delivery.c.state == param("state"),
            delivery.c.account == param("account"),
        )
        .order_by(delivery.c.due_at)
        .limit(sa.literal_column("1"))
    )


@statement("operation page")
def _page_operations(_: Dialect) -> Executable:
    return (
        sa.select(*(operation.c[name] for name in OPERATION))
        .where(
            operation.c.account == param("account"),
            operation.c.state.in_(OPEN),
            _behind(operation, "key"),
        )
        .order_by(operation.c.due_at, operation.c.key)
        .limit(param("limit", COUNT))
    )


def _hurried(d: Dialect, table: sa.Table, name: str) -> sa.CTE:
    """Rows that wait for a later try; those that others hold are under way already."""
    code, everyone = param("cause_code"), param("everyone", sa.Boolean())
    return (
        sa.select(table.c[name].label("key"))
        .where(
            table.c.account == param("account"),
            table.c.state == RETRY,
            table.c.due_at > param("now", MOMENT),
            sa.or_(everyone, d.among(table.c[name], "ids")),
            sa.or_(code == sa.literal_column("''"), table.c.cause_code == code),
        )
        .order_by(table.c.due_at, table.c[name])
        .limit(param("limit", COUNT))
        .with_for_update(skip_locked=True)
        .cte("hurried")
    )


@statement("delivery hurry")
def _hurry_deliveries(d: Dialect) -> Executable:
    found = _hurried(d, delivery, "entity_id")
    mine = (delivery.c.account == param("account"), delivery.c.entity_id == found.c.key)
    update = sa.update(delivery).where(*mine).values(due_at=param("now", MOMENT))
    return update.returning(delivery.c.entity_id)


@statement("operation hurry")
def _hurry_operations(d: Dialect) -> Executable:
    found = _hurried(d, operation, "key")
    update = sa.update(operation).where(operation.c.key == found.c.key)
    return update.values(due_at=param("now", MOMENT)).returning(operation.c.key)


@statement("lease read all")
def _leases(_: Dialect) -> Executable:
    return sa.select(lease.c.name, lease.c.until)


class BacklogPart(Part):
    """See ``gateway.ports.BacklogTx``."""

    def count_inbox(self) -> Mapping[str, Waiting]:
        """Account → inbox rows that are not finished."""
        return {account: Waiting(*rest) for account, *rest in self._session.all(_inbox)}

    def count_operations(self) -> Mapping[tuple[str, str], int]:
        """(account, state) → operations that are not ended."""
        found = self._session.all(_operations)
        return {(account, state): rows for account, state, rows in found}

    def count_letters(self) -> Mapping[tuple[str, str], Waiting]:
        """(account, cause code) → open letters."""
        found = self._session.all(_letters)
        return {(account, code): Waiting(*rest) for account, code, *rest in found}

    def oldest_delivery(self, account: str, state: DeliveryState) -> DeliveryRow | None:
        """The delivery that has been due for longest."""
        found = self._session.all(_oldest_delivery, account=account, state=state.value)
        return _delivery(found[0]) if found else None

    def page_deliveries(
        self, account: str, state: DeliveryState, *, after: Place | None, limit: int
    ) -> Sequence[DeliveryRow]:
        """Deliveries of an account in a state, oldest due first."""
        found = self._session.all(
            _page_deliveries, account=account, state=state.value, limit=limit, **_from(after)
        )
        return [_delivery(row) for row in found]

    def page_operations(
        self, account: str, *, after: Place | None, limit: int
    ) -> Sequence[OperationRow]:
        """Operations of an account that are not ended, oldest due first."""
        found = self._session.all(_page_operations, account=account, limit=limit, **_from(after))
        rows = (dict(zip(OPERATION, row, strict=True)) for row in found)
        return [
            OperationRow(**(row | {"state": DeliveryState(row["state"]), "payload": {}}))
            for row in rows
        ]

    def hurry_deliveries(self, choice: Hurry, *, now: datetime, limit: int) -> Sequence[str]:
        """Make due at once what waits to be told again."""
        found = self._session.all(_hurry_deliveries, now=now, limit=limit, **_chosen(choice))
        return sorted(entity_id for (entity_id,) in found)

    def hurry_operations(self, choice: Hurry, *, now: datetime, limit: int) -> Sequence[str]:
        """Make due at once operations that wait to be tried again."""
        found = self._session.all(_hurry_operations, now=now, limit=limit, **_chosen(choice))
        return sorted(key for (key,) in found)

    def leases(self) -> Mapping[str, datetime]:
        """Named leases and until when they are taken."""
        return dict(self._session.all(_leases))


def _delivery(row: Row) -> DeliveryRow:
    return DeliveryRow(row[0], Kind(row[1]), row[2], DeliveryState(row[3]), *row[4:])


def _from(after: Place | None) -> dict[str, object]:
    place = after or BEFORE_ALL
    return {"after_at": place.due_at, "after_key": place.key}


def _chosen(choice: Hurry) -> dict[str, object]:
    return {
        "account": choice.account,
        "everyone": not choice.ids,
        "ids": list(choice.ids),
        "cause_code": choice.cause_code,
    }
