"""Due: what is not told yet, per account, why it waits and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.ops.standing import standing_of
from gateway.ports import DeliveryState, Store, Tx
from gateway.sync.account import Account
from gateway.sync.pull import end_of

OPEN = (
    DeliveryState.DUE,
    DeliveryState.SENDING,
    DeliveryState.RETRY,
    DeliveryState.WAITING,
    DeliveryState.HELD,
    DeliveryState.DEAD,
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Deliveries of one account in one state.

    Shape: ``oldest_s`` is the age of the oldest in seconds, since it first failed or became due;
    ``next_at`` is when the first of them is tried; ``cause`` is why the oldest of them waits.
    """

    state: str
    count: int
    oldest_s: float
    next_at: datetime | None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """When a feed of an account was last read, and when last to its end, ``None`` for never."""

    kind: str
    read_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountDue:
    """What an account waits for. ``rests`` says why no calls are made, empty when they are."""

    account: str
    rests: str
    inbox: int
    backlogs: tuple[Backlog, ...]
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """Answers "is everybody told?"."""

    store: Store
    accounts: Mapping[str, Account]
    clock: Clock

    async def show(self, *, account: str | None = None) -> tuple[AccountDue, ...]:
        """Return the backlog of all accounts, or of one; accounts without any are there too."""
        return await self.store.read(lambda tx: self._look(tx, account))

    def _look(self, tx: Tx, only: str | None) -> tuple[AccountDue, ...]:
        now = self.clock.now()
        counts = tx.count_deliveries()
        states = tx.account_states()
        inbox = tx.count_inbox()
        names = sorted({*self.accounts, *inbox, *(name for name, _ in counts)})
        return tuple(
            AccountDue(
                account=name,
                rests=standing_of(states.get(name), configured=name in self.accounts, now=now).text,
                inbox=inbox[name].count if name in inbox else 0,
                backlogs=backlogs(tx, name, counts, now),
                feeds=feeds_of(tx, self.accounts.get(name)),
            )
            for name in names
            if only in {None, name}
        )


def backlogs(
    tx: Tx, account: str, counts: Mapping[tuple[str, str], int], now: datetime
) -> tuple[Backlog, ...]:
    """Return what an account waits for, by state, without the states that are empty."""
    return tuple(
        _backlog(tx, account, state, counts[account, state], now)
        for state in OPEN
        if counts.get((account, state))
    )


def feeds_of(tx: Tx, account: Account | None) -> tuple[Feed, ...]:
    """Return when the feeds of an account were read; none for one that is not configured."""
    if account is None:
        return ()
    found = []
    for kind in Kind:
        if account.reader(kind) is not None:
            read, ended = (tx.checkpoint(account.name, one) for one in (str(kind), end_of(kind)))
            found.append(Feed(str(kind), read.at if read else None, ended.at if ended else None))
    return tuple(found)


def _backlog(tx: Tx, account: str, state: DeliveryState, count: int, now: datetime) -> Backlog:
    row = tx.oldest_delivery(account, state)
    if row is None:
        return Backlog(str(state), count, 0.0, None)
    since = min(row.first_failed_at or row.due_at, row.due_at)
    tried_again = state in {DeliveryState.DUE, DeliveryState.RETRY, DeliveryState.WAITING}
    return Backlog(
        state=str(state),
        count=count,
        oldest_s=max(0.0, round((now - since).total_seconds(), 1)),
        next_at=row.due_at if tried_again else None,
        cause=row.cause,
    )
