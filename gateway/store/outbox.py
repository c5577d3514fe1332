"""Outbox: the statements on deliveries."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gateway.ports import DeliveryState
from gateway.store.columns import COUNT, MOMENT
from gateway.store.statement import (
    Dialect,
    Executable,
    Upsert,
    by_key_only,
    const,
    param,
    shape,
    statement,
)
from gateway.store.tables import delivery

DUE, SENDING, DONE, DEAD, RETRY, WAITING, HELD = (
    const(state)
    for state in (
        DeliveryState.DUE,
        DeliveryState.SENDING,
        DeliveryState.DONE,
        DeliveryState.DEAD,
        DeliveryState.RETRY,
        DeliveryState.WAITING,
        DeliveryState.HELD,
    )
)
NAMES = (
    "entity_id",
    "kind",
    "account",
    "state",
    "due_at",
    "attempts",
    "unknown",
    "again",
    "waits_for",
    "cause_code",
    "cause",
    "remedy",
    "correlation_id",
    "first_failed_at",
    "sent_version",
)
SHOWN = [delivery.c[name] for name in NAMES]
STATE = by_key_only(delivery.c.state)
GIVEN = shape(delivery, "entity_id", "account", "kind", "due_at", "correlation_id")
SETTLED = shape(
    delivery,
    "entity_id",
    "account",
    "state",
    "due_at",
    "attempts",
    "unknown",
    "waits_for",
    "cause_code",
    "cause",
    "remedy",
    "first_failed_at",
    "sent_version",
)
CAUSES = ("cause_code", "cause", "remedy")


@statement("delivery mark due")
def mark_due(d: Dialect) -> Executable:
    """Insert due rows; wake finished ones and those that were held for this very change.

    What is being sent is only noted.
    """
    return _put_due(d, DUE)


@statement("delivery start")
def start(d: Dialect) -> Executable:
    """As ``mark_due``, but what could be claimed is the holder's at once."""
    lease = {"holder": param("holder"), "leased_until": param("until", MOMENT)}
    return _put_due(d, SENDING, **lease).returning(*SHOWN, delivery.c.holder)


def _put_due(d: Dialect, state: sa.ColumnElement[Any], **lease: Any) -> Upsert:
    empty: sa.ColumnElement[Any] = sa.literal_column("''")
    zero: sa.ColumnElement[Any] = sa.literal_column("0")
    insert = d.insert(
        delivery,
        GIVEN,
        state=state,
        attempts=zero,
        unknown=sa.false(),
        again=sa.false(),
        sent_version=zero,
        **lease,
        **dict.fromkeys(CAUSES, empty),
    )
    new, old = insert.excluded, delivery.c
    held_for_news = sa.and_(old.state == HELD, old.waits_for == old.entity_id)
    ended = sa.or_(old.state.in_([DONE, DEAD]), held_for_news)
    earlier = sa.and_(old.state == DUE, new.due_at < old.due_at)
    taken = sa.or_(ended, old.state == DUE) if lease else ended
    return insert.on_conflict_do_update(
        index_elements=["entity_id", "account"],
        set_={
            "state": sa.case((taken, state), else_=old.state),
            **{name: sa.case((taken, value), else_=old[name]) for name, value in lease.items()},
            "due_at": sa.case((sa.or_(ended, earlier), new.due_at), else_=old.due_at),
            "attempts": sa.case((ended, zero), else_=old.attempts),
            "again": sa.or_(old.again, old.state == SENDING),
            # A dead one may have an open letter until it arrives.
            "first_failed_at": sa.case((old.state == DONE, sa.null()), else_=old.first_failed_at),
            "waits_for": sa.case((ended, sa.null()), else_=old.waits_for),
            **{name: sa.case((ended, empty), else_=old[name]) for name in CAUSES},
            "correlation_id": new.correlation_id,
        },
    )


def _picked(d: Dialect) -> sa.Select[Any]:
    """Claimable rows as they are before the claim, but for ``unknown``."""
    now = param("now", MOMENT)
    lost = STATE == SENDING
    free = sa.or_(
        sa.and_(STATE.in_([DUE, RETRY, WAITING]), delivery.c.due_at <= now),
        sa.and_(lost, delivery.c.leased_until <= now),
    )
    shown = [delivery.c[name] for name in NAMES if name != "unknown"]
    return (
        sa.select(*shown, sa.or_(delivery.c.unknown, lost).label("unknown"))
        .where(delivery.c.account == param("account"), d.among(delivery.c.entity_id, "ids"), free)
        .order_by(delivery.c.entity_id)
        .with_for_update(skip_locked=True)
    )


@statement("delivery claimable")
def claimable(d: Dialect) -> Executable:
    """Read what ``claim`` will take; SQLite only, which cannot return old values."""
    picked = _picked(d).cte("picked")
    return sa.select(*(picked.c[name] for name in NAMES))


@statement("delivery claim")
def claim(d: Dialect) -> Executable:
    """Take rows; PostgreSQL returns them as they were."""
    picked = _picked(d).cte("picked")
    update = (
        sa.update(delivery)
        .where(delivery.c.account == param("account"), delivery.c.entity_id == picked.c.entity_id)
        .values(
            state=SENDING,
            unknown=picked.c.unknown,
            again=sa.false(),
            holder=param("holder"),
            leased_until=param("until", MOMENT),
        )
    )
    if d.name == "sqlite":
        return update
    return update.returning(*(picked.c[name] for name in NAMES))


@statement("delivery settle")
def settle(d: Dialect) -> Executable:
    """Lock the holder's rows in key order, then end their attempts."""
    given = d.given(SETTLED)
    key = ("entity_id", "account")
    mine = [STATE == SENDING, delivery.c.holder == param("holder")]
    picked = (
        sa.select(given)
        .select_from(
            sa.join(given, delivery, sa.and_(*(delivery.c[name] == given.c[name] for name in key)))
        )
        .where(*mine)
        .order_by(*(delivery.c[name] for name in key))
        .with_for_update(of=delivery)
        .cte("picked")
    )
    rerun = sa.and_(delivery.c.again, picked.c.state.in_([DONE, DEAD]))

    def unless_rerun(name: str, reset: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.case((rerun, reset), else_=picked.c[name])

    version = picked.c.sent_version
    return (
        sa.update(delivery)
        .where(*(delivery.c[name] == picked.c[name] for name in key), *mine)
        .values(
            state=unless_rerun("state", DUE),
            due_at=unless_rerun("due_at", param("now", MOMENT)),
            attempts=unless_rerun("attempts", sa.literal_column("0")),
            waits_for=unless_rerun("waits_for", sa.null()),
            **{name: unless_rerun(name, sa.literal_column("''")) for name in CAUSES},
            first_failed_at=picked.c.first_failed_at,
            unknown=picked.c.unknown,
            sent_version=sa.case((version > 0, version), else_=delivery.c.sent_version),
            again=sa.false(),
            holder=sa.null(),
            leased_until=sa.null(),
        )
        .returning(delivery.c.entity_id, delivery.c.state)
    )


@statement("delivery wake waiting")
def wake(d: Dialect) -> Executable:
    """Wake what waits for these entities."""
    return (
        sa.update(delivery)
        .where(
            delivery.c.account == param("account"),
            delivery.c.state == WAITING,
            d.among(delivery.c.waits_for, "ids"),
        )
        .values(state=DUE, due_at=param("now", MOMENT), waits_for=sa.null())
        .returning(delivery.c.entity_id, delivery.c.kind)
    )


@statement("delivery due")
def due(_: Dialect) -> Executable:
    """Two ordered reads, each along its own index, then the older of both."""
    limit = param("limit", COUNT)
    silent = (
        sa.select(*SHOWN, delivery.c.due_at.label("since"))
        .where(
            delivery.c.state.in_([DUE, RETRY, WAITING]),
            delivery.c.due_at <= param("silent_since", MOMENT),
        )
        .order_by(delivery.c.due_at)
        .limit(limit)
        .subquery()
    )
    lost = (
        sa.select(*SHOWN, delivery.c.leased_until.label("since"))
        .where(delivery.c.state == SENDING, delivery.c.leased_until <= param("now", MOMENT))
        .order_by(delivery.c.leased_until)
        .limit(limit)
        .subquery()
    )
    both = sa.union_all(sa.select(silent), sa.select(lost)).subquery()
    shown = [both.c[name] for name in NAMES]
    return sa.select(*shown).order_by(both.c.since, both.c.entity_id, both.c.account).limit(limit)


@statement("delivery of entities")
def of_entities(d: Dialect) -> Executable:
    """Read all deliveries of entities."""
    found = sa.select(*SHOWN).where(d.among(delivery.c.entity_id, "ids"))
    return found.order_by(delivery.c.entity_id, delivery.c.account)


@statement("delivery list")
def listed(d: Dialect) -> Executable:
    """Read deliveries in some states, oldest due first; done ones are in no index for this."""
    account = param("account")
    return (
        sa.select(*SHOWN)
        .where(
            delivery.c.state != DONE,
            d.among(delivery.c.state, "states"),
            sa.or_(account.is_(None), delivery.c.account == account),
        )
        .order_by(delivery.c.due_at, delivery.c.entity_id, delivery.c.account)
        .limit(param("limit", COUNT))
    )


@statement("delivery set")
def set_by_hand(_: Dialect) -> Executable:
    """Set state and time, unless the row is being sent."""
    return (
        sa.update(delivery)
        .where(
            delivery.c.entity_id == param("entity_id"),
            delivery.c.account == param("account"),
            delivery.c.state != SENDING,
        )
        .values(
            state=param("state"),
            due_at=param("due_at", MOMENT),
            attempts=sa.literal_column("0"),
            waits_for=sa.null(),
        )
        .returning(delivery.c.entity_id)
    )


@statement("delivery count")
def counted(_: Dialect) -> Executable:
    """Count rows by account and state, but for what is done: that is nearly all there is."""
    found = sa.select(delivery.c.account, delivery.c.state, sa.func.count())
    return found.where(delivery.c.state != DONE).group_by(delivery.c.account, delivery.c.state)
