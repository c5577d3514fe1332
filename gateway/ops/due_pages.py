"""Due, page by page: what waits, when it is tried next and why; and when every duty is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.contract import Clock
from gateway.loyalty.house import keeping
from gateway.ops import tally
from gateway.ops.due import OPEN, feeds_of
from gateway.ops.faults import Refused
from gateway.ops.retention import Retention
from gateway.ops.standing import standing_of
from gateway.ports import DeliveryRow, DeliveryState, OperationRow, Place, Store, Tx
from gateway.sync.account import Account

MOST = 100
DELIVERY, OPERATION = "delivery", "operation"
_TRIED = frozenset({"due", "retry", "waiting"})


@dataclass(frozen=True, slots=True)
class DueItem:
    """One row that waits.

    Shape: ``what`` is ``delivery`` or ``operation``; ``id`` an entity's id, or a key; ``entity_id``
    may be empty for operations. ``next_at`` is ``None`` for what no machine tries again.
    """

    what: str
    id: str
    entity_id: str
    kind: str
    account: str
    state: str
    next_at: datetime | None
    since: datetime
    attempts: int
    cause_code: str
    cause: str
    remedy: str
    waits_for: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class DuePage:
    """One page. ``next`` is what to ask for the next one with, empty when this is the last."""

    items: tuple[DueItem, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that is done again and again.

    Shape: ``what`` is ``poll`` or ``duty``; ``name`` a kind or stream, or a duty's name; ``rests``
    says why it is not done now. ``late`` when it should have been done long ago.
    """

    what: str
    name: str
    account: str
    every_s: float
    last_at: datetime | None
    next_at: datetime | None
    rests: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of one process at a time. Units: seconds that its lease lasts, and between turns."""

    name: str
    lease: str
    lease_s: float
    every_s: float


DUTIES = (
    Duty("retention", "retention", 0.9 * Retention.PERIOD_S, Retention.PERIOD_S),
    Duty("tally", tally.LEASE, tally.LEASE_S, tally.PERIOD_S),
    Duty("house", keeping.LEASE, keeping.LEASE_S, keeping.PERIOD_S),
)


@dataclass(frozen=True, slots=True)
class DuePages:
    """Shows what waits. ``duties`` are those that this configuration has."""

    store: Store
    accounts: Mapping[str, Account]
    clock: Clock
    duties: tuple[Duty, ...] = DUTIES

    async def page(
        self, account: str, state: str, *, after: str = "", limit: int = MOST
    ) -> DuePage:
        """Return deliveries in a state, or with ``operation`` the operations under way.

        Raises ``Refused`` for a state or a place that is none.
        """
        place, most = _place(after), max(1, min(limit, MOST))
        if state == OPERATION:
            operations = await self.store.read(
                lambda tx: tx.page_operations(account, after=place, limit=most + 1)
            )
            return _page([_operation(row) for row in operations], most)
        if state not in OPEN:
            msg = f"no state {state}: one of {', '.join(OPEN)} or {OPERATION}"
            raise Refused(msg)
        rows = await self.store.read(
            lambda tx: tx.page_deliveries(
                account, DeliveryState(state), after=place, limit=most + 1
            )
        )
        return _page([_delivery(row) for row in rows], most)

    async def schedules(self) -> tuple[Schedule, ...]:
        """Return every feed that is polled and every duty, with the last and the next time."""
        return await self.store.read(self._schedules)

    def _schedules(self, tx: Tx) -> tuple[Schedule, ...]:
        now, states, leases = self.clock.now(), tx.account_states(), tx.leases()
        found = []
        for name, account in sorted(self.accounts.items()):
            rests = standing_of(states.get(name), configured=True, now=now).text
            every = timedelta(seconds=account.flow.poll_s)
            for feed in feeds_of(tx, account):
                next_at = feed.read_at + every if feed.read_at is not None else None
                late = next_at is not None and not rests and now > next_at + 5 * every
                found.append(
                    Schedule(
                        "poll", feed.kind, name, account.flow.poll_s, feed.read_at,
                        None if rests else next_at, rests, late,
                    )
                )  # fmt: skip
        for duty in self.duties:
            until = leases.get(duty.lease)
            last = until - timedelta(seconds=duty.lease_s) if until is not None else None
            every = timedelta(seconds=duty.every_s)
            next_at = last + every if last is not None else None
            late = next_at is not None and now > next_at + 5 * every
            found.append(Schedule("duty", duty.name, "", duty.every_s, last, next_at, late=late))
        return tuple(found)


def place_of(at: datetime, key: str) -> str:
    """Write a place down, for an address."""
    return f"{at.isoformat()}~{key}"


def _place(after: str) -> Place | None:
    if not after:
        return None
    at, _, key = after.partition("~")
    try:
        return Place(datetime.fromisoformat(at), key)
    except ValueError as error:
        msg = "no such page: begin with the first one"
        raise Refused(msg) from error


def _page(items: list[tuple[datetime, DueItem]], most: int) -> DuePage:
    shown = items[:most]
    more = place_of(shown[-1][0], shown[-1][1].id) if len(items) > most else ""
    return DuePage(tuple(item for _, item in shown), more)


def _delivery(row: DeliveryRow) -> tuple[datetime, DueItem]:
    return row.due_at, DueItem(
        what=DELIVERY,
        id=row.entity_id,
        entity_id=row.entity_id,
        kind=str(row.kind),
        account=row.account,
        state=str(row.state),
        next_at=row.due_at if row.state in _TRIED else None,
        since=min(row.first_failed_at or row.due_at, row.due_at),
        attempts=row.attempts,
        cause_code=row.cause_code,
        cause=row.cause,
        remedy=row.remedy,
        waits_for=row.waits_for or "",
        correlation_id=row.correlation_id,
    )


def _operation(row: OperationRow) -> tuple[datetime, DueItem]:
    return row.due_at, DueItem(
        what=OPERATION,
        id=row.key,
        entity_id=row.entity_id,
        kind=row.name,
        account=row.account,
        state=str(row.state),
        next_at=row.due_at if row.state in _TRIED else None,
        since=row.due_at,
        attempts=row.attempts,
        cause_code=row.cause_code,
        cause=row.cause,
        remedy=row.remedy,
        waits_for="",
        correlation_id=row.correlation_id,
    )
