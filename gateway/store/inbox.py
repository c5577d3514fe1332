"""Idempotent receiver: the inbox part of a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports import InboxRow, InboxState
from gateway.store.columns import COUNT, MOMENT, TEXT
from gateway.store.part import Part
from gateway.store.statement import (
    Dialect,
    Executable,
    Statement,
    by_key_only,
    const,
    param,
    shape,
    statement,
)
from gateway.store.tables import inbox
from gateway.store.tables_letters import dead_letter

NEW, WORKING, DONE, INVALID = (
    const(state)
    for state in (InboxState.NEW, InboxState.WORKING, InboxState.DONE, InboxState.INVALID)
)
STATE = by_key_only(inbox.c.state)
FINISHED = inbox.c.state.in_([DONE, INVALID])

SHOWN = (
    inbox.c.id,
    inbox.c.account,
    inbox.c.kind,
    inbox.c.external_id,
    inbox.c.token,
    inbox.c.event,
    inbox.c.received_at,
    inbox.c.correlation_id,
    inbox.c.attempts,
    inbox.c.repeats,
)

GIVEN = shape(
    inbox,
    "id",
    "account",
    "kind",
    "external_id",
    "token",
    "event",
    "received_at",
    "correlation_id",
    "attempts",
    "repeats",
)


@statement("inbox receive")
def _receive(d: Dialect) -> Executable:
    """Insert hints. A finished row becomes the new hint (with its id); one in work is noted."""
    insert = d.insert(
        inbox,
        {**GIVEN, "receipt": TEXT},
        due_at=sa.literal_column("given.received_at"),
        state=NEW,
        again=sa.false(),
    )
    new = insert.excluded

    def if_finished(name: str) -> sa.ColumnElement[Any]:
        return sa.case((FINISHED, new[name]), else_=inbox.c[name])

    taken = ("id", "event", "received_at", "correlation_id", "due_at", "attempts", "receipt")
    return insert.on_conflict_do_update(
        index_elements=["account", "token"],
        set_={
            **{name: if_finished(name) for name in taken},
            "state": sa.case((FINISHED, NEW), else_=inbox.c.state),
            "repeats": sa.case((FINISHED, inbox.c.repeats + 1), else_=inbox.c.repeats),
            "again": sa.case((inbox.c.state == WORKING, sa.true()), else_=sa.false()),
            "finished_at": sa.case((FINISHED, sa.null()), else_=inbox.c.finished_at),
        },
    ).returning(inbox.c.account, inbox.c.token, inbox.c.receipt)


@statement("inbox note")
def _note(d: Dialect) -> Executable:
    """Insert messages that are finished with this commit, or count that one came again."""
    received_at: sa.ColumnElement[Any] = sa.literal_column("given.received_at")
    insert = d.insert(
        inbox,
        {**GIVEN, "receipt": TEXT},
        due_at=received_at,
        finished_at=received_at,
        state=DONE,
        again=sa.false(),
    )
    return insert.on_conflict_do_update(
        index_elements=["account", "token"],
        set_={"repeats": inbox.c.repeats + 1, "finished_at": insert.excluded.finished_at},
    ).returning(inbox.c.account, inbox.c.token, inbox.c.receipt)


@statement("inbox take")
def _take(d: Dialect) -> Executable:
    """Lock in id order, so that two processes taking the same rows wait instead of deadlocking."""
    free = sa.or_(
        STATE == NEW,
        sa.and_(STATE == WORKING, inbox.c.leased_until <= param("now", MOMENT)),
    )
    picked = (
        sa.select(inbox.c.id)
        .where(d.among(inbox.c.id, "ids"), free)
        .order_by(inbox.c.id)
        .with_for_update()
        .cte("picked")
    )
    return (
        sa.update(inbox)
        .where(inbox.c.id == picked.c.id)
        .values(
            state=WORKING,
            again=sa.false(),
            holder=param("holder"),
            leased_until=param("until", MOMENT),
        )
        .returning(*SHOWN)
    )


@statement("inbox finish")
def _finish(d: Dialect) -> Executable:
    return (
        sa.update(inbox)
        .where(d.among(inbox.c.id, "ids"), STATE == WORKING)
        .values(
            state=sa.case((inbox.c.again, NEW), else_=param("state")),
            due_at=sa.case((inbox.c.again, param("now", MOMENT)), else_=inbox.c.due_at),
            finished_at=sa.case((inbox.c.again, sa.null()), else_=param("now", MOMENT)),
            repeats=sa.case((inbox.c.again, inbox.c.repeats + 1), else_=inbox.c.repeats),
            again=sa.false(),
            holder=sa.null(),
            leased_until=sa.null(),
        )
    )


@statement("inbox release")
def _release(d: Dialect) -> Executable:
    return (
        sa.update(inbox)
        .where(d.among(inbox.c.id, "ids"), STATE.in_([WORKING, INVALID]))
        .values(
            state=NEW,
            due_at=param("due_at", MOMENT),
            attempts=inbox.c.attempts + 1,
            again=sa.false(),
            holder=sa.null(),
            leased_until=sa.null(),
            finished_at=sa.null(),
        )
    )


@statement("inbox due")
def _due(_: Dialect) -> Executable:
    """Two ordered reads, each along its own index, then the older of both."""
    limit = param("limit", COUNT)
    now = param("now", MOMENT)
    new = (
        sa.select(*SHOWN, inbox.c.due_at.label("since"))
        .where(inbox.c.state == NEW, inbox.c.due_at <= now)
        .order_by(inbox.c.due_at)
        .limit(limit)
        .subquery()
    )
    lost = (
        sa.select(*SHOWN, inbox.c.leased_until.label("since"))
        .where(inbox.c.state == WORKING, inbox.c.leased_until <= now)
        .order_by(inbox.c.leased_until)
        .limit(limit)
        .subquery()
    )
    both = sa.union_all(sa.select(new), sa.select(lost)).subquery()
    shown = [both.c[column.name] for column in SHOWN]
    return sa.select(*shown).order_by(both.c.since, both.c.id).limit(limit)


@statement("inbox purge")
def _purge(d: Dialect) -> Executable:
    """An unreadable row stays while a human may still decide to read it again."""
    asked = sa.exists().where(
        dead_letter.c.subject == inbox.c.id, d.usual(dead_letter.c.state == const("open"))
    )
    old = (
        sa.select(inbox.c.id)
        .where(FINISHED, inbox.c.finished_at < param("before", MOMENT), ~asked)
        .order_by(inbox.c.finished_at)
        .limit(param("limit", COUNT))
    )
    return sa.delete(inbox).where(inbox.c.id.in_(old)).returning(inbox.c.id)


class InboxPart(Part):
    """See ``gateway.ports.InboxTx``."""

    def receive(self, rows: Sequence[InboxRow]) -> Sequence[bool]:
        """Store received rows; True for each that must be worked on.

        A row that was finished and comes again takes the id that it is received under, so that the
        caller's wake-up names it.
        """
        return self._put(_receive, rows)

    def note_messages(self, rows: Sequence[InboxRow]) -> Sequence[bool]:
        """Store messages that are merged in this transaction; False for each that came before."""
        return self._put(_note, rows)

    def _put(self, how: Statement, rows: Sequence[InboxRow]) -> Sequence[bool]:
        """Tell by a receipt, which only the rows that are new or new again take."""
        first: dict[tuple[str, str], InboxRow] = {}
        for row in rows:
            first.setdefault((row.account, row.token), row)
        receipt = self._stamp()
        records = [_record(first[key], receipt) for key in sorted(first)]
        made = self._session.each(how, records)
        taken = {(account, token) for account, token, mine in made if mine == receipt}
        fresh = {key: key in taken for key in first}
        return [fresh.pop((row.account, row.token), False) for row in rows]

    def take_inbox(self, ids: Sequence[str], *, holder: str, until: datetime) -> Sequence[InboxRow]:
        """Move free rows to ``working``; a lease has ended by the store's clock."""
        now = self._clock.now()
        found = self._about(_take, ids, holder=holder, until=until, now=now)
        by_id = {row.id: row for row in map(_row, found)}
        return [by_id[key] for key in dict.fromkeys(ids) if key in by_id]

    def finish_inbox(self, ids: Sequence[str], *, state: InboxState, now: datetime) -> None:
        """Finish rows in work; noted ones become ``new`` again."""
        self._about(_finish, ids, state=state.value, now=now)

    def release_inbox(self, ids: Sequence[str], *, due_at: datetime) -> None:
        """Give rows back that are in work or unreadable."""
        self._about(_release, ids, due_at=due_at)

    def due_inbox(self, *, now: datetime, limit: int) -> Sequence[InboxRow]:
        """Rows for the relay, oldest first."""
        return [_row(row) for row in self._session.all(_due, now=now, limit=limit)]

    def _purge_inbox(self, before: datetime, limit: int) -> int:
        return len(self._session.all(_purge, before=before, limit=limit))


def _record(row: InboxRow, receipt: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "account": row.account,
        "kind": row.kind.value,
        "external_id": row.external_id,
        "token": row.token,
        "event": row.event,
        "received_at": row.received_at,
        "correlation_id": row.correlation_id,
        "attempts": row.attempts,
        "repeats": row.repeats,
        "receipt": receipt,
    }


def _row(row: tuple[Any, ...]) -> InboxRow:
    return InboxRow(row[0], row[1], Kind(row[2]), *row[3:])
