"""Checkpoints, leases and account states: what processes must know of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.ports import AccountState, Checkpoint, Pause, Probe, Slowed
from gateway.store.columns import MOMENT
from gateway.store.part import Part
from gateway.store.statement import (
    Dialect,
    Executable,
    Row,
    Statement,
    const,
    param,
    shape,
    statement,
)
from gateway.store.tables import checkpoint, delivery, inbox, lease, operation
from gateway.store.tables_overview import account_state

LEASE = shape(
    lease,
    "name",
    "holder",
    "until",
)
STATE = shape(
    account_state,
    "account",
    "parked",
    "reason",
    "since",
    "open_until",
    "failures",
)

DECIDED = (
    "paused_at", "paused_by", "pause_reason",
    "slowed_calls", "slowed_per_s", "slowed_at", "slowed_by", "unprepared",
    "probed_at", "probe_ok", "probe_note",
)  # fmt: skip


@statement("checkpoint read")
def _read(_: Dialect) -> Executable:
    return sa.select(checkpoint.c.cursor, checkpoint.c.at).where(
        checkpoint.c.account == param("account"), checkpoint.c.stream == param("stream")
    )


@statement("checkpoint start")
def _start(d: Dialect) -> Executable:
    insert = d.insert(checkpoint, shape(checkpoint, "account", "stream", "cursor", "at"))
    return insert.on_conflict_do_update(
        index_elements=["account", "stream"],
        set_={"cursor": insert.excluded["cursor"], "at": insert.excluded["at"]},
        where=checkpoint.c.cursor.is_(None),
    ).returning(checkpoint.c.account)


@statement("checkpoint move")
def _move(_: Dialect) -> Executable:
    return (
        sa.update(checkpoint)
        .where(
            checkpoint.c.account == param("of_account"),
            checkpoint.c.stream == param("of_stream"),
            checkpoint.c.cursor == param("old"),
        )
        .values(cursor=param("new"), at=param("now", MOMENT))
        .returning(checkpoint.c.account)
    )


@statement("lease take")
def _lease(d: Dialect) -> Executable:
    insert = d.insert(lease, LEASE)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": new["holder"], "until": new["until"]},
        where=sa.or_(lease.c.holder == new["holder"], lease.c.until <= param("now", MOMENT)),
    ).returning(lease.c.name)


@statement("account state read")
def _states(_: Dialect) -> Executable:
    return sa.select(*(account_state.c[name] for name in (*STATE, *DECIDED)))


@statement("account state put")
def _put_state(d: Dialect) -> Executable:
    insert = d.insert(account_state, STATE)
    changed = {name: insert.excluded[name] for name in STATE if name != "account"}
    return insert.on_conflict_do_update(index_elements=["account"], set_=changed)


def _working(table: sa.Table, state: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.state == const(state), table.c.leased_until.is_not(None))


def _renewing(table: sa.Table, state: str) -> Statement:
    def renewing(d: Dialect) -> Executable:
        mine = sa.and_(_working(table, state), d.among(table.c.holder, "ids"))
        return sa.update(table).where(mine).values(leased_until=param("until", MOMENT))

    return Statement(f"{table.name} renew leases", renewing)


def _ending(table: sa.Table, state: str) -> Statement:
    update = (
        sa.update(table).where(_working(table, state)).values(leased_until=param("now", MOMENT))
    )
    return Statement(f"{table.name} end leases", lambda _: update)


@statement("delivery hasten")
def _hasten(d: Dialect) -> Executable:
    """Leave out what others hold: they are at it already."""
    now = param("now", MOMENT)
    found = (
        sa.select(delivery.c.entity_id)
        .where(
            delivery.c.account == param("account"),
            delivery.c.state.in_([const("retry"), const("waiting")]),
            delivery.c.due_at > now,
            d.among(delivery.c.cause_code, "causes"),
        )
        .order_by(delivery.c.entity_id)
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    mine = (delivery.c.account == param("account"), delivery.c.entity_id == found.c.entity_id)
    return sa.update(delivery).where(*mine).values(due_at=now).returning(delivery.c.entity_id)


LEASED = ((inbox, "working"), (delivery, "sending"), (operation, "sending"))
RENEW = [_renewing(table, state) for table, state in LEASED]
END = [_ending(table, state) for table, state in LEASED]


@statement("lease end all")
def _end_named(_: Dialect) -> Executable:
    return sa.update(lease).values(until=param("now", MOMENT))


class ControlPart(Part):
    """See ``gateway.ports.ControlTx``; the transaction adds ``purge``."""

    def checkpoint(self, account: str, stream: str) -> Checkpoint | None:
        """How far a feed was read."""
        found = self._session.all(_read, account=account, stream=stream)
        return Checkpoint(account, stream, *found[0]) if found else None

    def move_checkpoint(
        self, account: str, stream: str, *, old: str | None, new: str, now: datetime
    ) -> bool:
        """Move a cursor if it still is ``old``; ``None`` means that there is none yet."""
        if old is None:
            record = {"account": account, "stream": stream, "cursor": new, "at": now}
            return bool(self._session.each(_start, [record]))
        where = {"of_account": account, "of_stream": stream}
        return bool(self._session.all(_move, **where, old=old, new=new, now=now))

    def lease(self, name: str, *, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong a named lease."""
        record = {"name": name, "holder": holder, "until": until}
        return bool(self._session.each(_lease, [record], now=now))

    def renew_leases(self, *, holders: Sequence[str], until: datetime) -> None:
        """Prolong all rows that ``holders`` are working on."""
        for renew in RENEW:
            self._about(renew, holders, until=until)

    def hasten(self, account: str, *, causes: Sequence[str], now: datetime) -> int:
        """Make due at once what waits for one of these causes."""
        return len(self._session.all(_hasten, account=account, causes=list(causes), now=now))

    def end_leases(self, *, now: datetime) -> None:
        """End all leases, of rows and named ones."""
        for end in (*END, _end_named):
            self._session.all(end, now=now)

    def account_states(self) -> Mapping[str, AccountState]:
        """States of all accounts that have one."""
        return {row[0]: _state(row) for row in self._session.all(_states)}

    def put_account_state(self, state: AccountState) -> None:
        """Store what processes know of an account; what operators decided stays."""
        self._session.each(_put_state, [{name: getattr(state, name) for name in STATE}])


def _state(row: Row) -> AccountState:
    account, parked, reason, since, open_until, failures, *decided = row
    paused_at, paused_by, why, calls, per_s, slowed_at, slowed_by, unprepared, *probe = decided
    return AccountState(
        account, parked, reason, since, open_until, failures,
        paused=Pause(paused_at, paused_by, why) if paused_at else None,
        slowed=Slowed(calls, per_s, slowed_at, slowed_by) if slowed_at else None,
        unprepared=unprepared or "",
        probe=Probe(*probe) if probe[0] else None,
    )  # fmt: skip
