"""Overview: is the shop in order, and if not, what is wrong and where to look.

Everything here is read from counts and pre-aggregates, and one reading serves all who look within a
moment: a console that is open must not slow the work down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.contract import Clock
from gateway.ops.due import Backlog, Feed, backlogs, feeds_of
from gateway.ops.figures import Figures, SeriesView, Span
from gateway.ops.spending import WINDOW, Spending, spending_of
from gateway.ops.standing import Stand, Standing, standing_of
from gateway.ops.tally import FAILED, RECEIVED, RETRIED, TOLD
from gateway.ports import AccountState, Grain, Store, TallyRow, Tx, Waiting
from gateway.sync.account import Account

FRESH_S = 2.0
"""So long one reading serves everybody."""
LAG_S = 300.0
"""An item that has been due for so long is late."""
SHARE = 0.95
"""From this share of its limit on an account is as fast as it can be."""
LATE = frozenset({"due", "sending", "retry", "waiting"})


class Wrong(StrEnum):
    """What may be wrong; the faces have the words and the link for each."""

    PARKED = "parked"
    CIRCUIT_OPEN = "circuit_open"
    NOT_PREPARED = "not_prepared"
    NOT_CONFIGURED = "not_configured"
    LETTERS = "letters"
    HELD = "held"
    LATE = "late"
    INBOX_LATE = "inbox_late"
    ALERT = "alert"
    PAUSED = "paused"
    SLOWED = "slowed"
    AT_LIMIT = "at_limit"


_YELLOW = frozenset({Wrong.PAUSED, Wrong.SLOWED, Wrong.AT_LIMIT})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not in order.

    Shape: ``red`` needs somebody, the others somebody should know. ``cause`` is a cause code for
    ``letters``, else a text; ``oldest_s`` is in seconds.
    """

    wrong: Wrong
    account: str
    count: int = 0
    cause: str = ""
    oldest_s: float = 0.0
    red: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "red", self.wrong not in _YELLOW)


@dataclass(frozen=True, slots=True)
class LastError:
    """The newest letter that is open, or why the account itself rests."""

    at: datetime
    cause_code: str
    is_letter: bool


@dataclass(frozen=True, slots=True)
class Glance:
    """One account at a glance. Units: ``lag_s`` seconds since the oldest due item became due."""

    name: str
    vendor: str
    standing: Standing
    spending: Spending
    lag_s: float
    counts: Mapping[str, int]
    operations: int
    inbox: int
    letters: int
    backlogs: tuple[Backlog, ...]
    feeds: tuple[Feed, ...]
    last_error: LastError | None
    traffic: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """An alert that has begun and is not over."""

    name: str
    account: str
    text: str
    since: datetime


Alerts = Callable[[], Awaitable[Sequence[Running]]]


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The whole gateway.

    Shape: ``findings`` has the red ones first, and none at all when all is in order; ``is_red``
    when somebody must look.
    """

    at: datetime
    findings: tuple[Finding, ...]
    accounts: tuple[Glance, ...]
    series: SeriesView
    is_red: bool = False


async def no_alerts() -> Sequence[Running]:
    """Know of none."""
    return ()


class Overview:
    """Answers "is all in order?". ``alerts`` tells which are running."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        clock: Clock,
        *,
        alerts: Alerts = no_alerts,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._alerts = alerts
        self._figures = Figures(store, clock)
        self._reading = asyncio.Lock()
        self._seen: dict[Span, tuple[float, OverviewView]] = {}

    async def show(self, span: Span = Span.THREE_HOURS) -> OverviewView:
        """Return how all is; what was read a moment ago serves again. Raises ``StoreError``."""
        async with self._reading:
            known = self._seen.get(span)
            if known is not None and self._clock.monotonic() - known[0] < FRESH_S:
                return known[1]
            alerts = await self._alerts()
            view = await self._store.read(lambda tx: self._look(tx, span, alerts))
            self._seen[span] = (self._clock.monotonic(), view)
            return view

    def _look(self, tx: Tx, span: Span, alerts: Sequence[Running]) -> OverviewView:
        now = self._clock.now()
        seen = _Seen(tx, self._accounts, now)
        glances = tuple(seen.glance(name) for name in seen.names)
        findings = [
            Finding(Wrong.ALERT, one.account, cause=one.text, oldest_s=_age(one.since, now))
            for one in alerts
        ]
        findings += [one for glance in glances for one in _findings(glance, seen, now)]
        findings.sort(key=lambda one: (not one.red, list(Wrong).index(one.wrong), one.account))
        series = self._figures.look(tx, span)
        is_red = any(one.red for one in findings)
        return OverviewView(now, tuple(findings), glances, series, is_red)


class _Seen:
    """What is read for all accounts at once."""

    def __init__(self, tx: Tx, accounts: Mapping[str, Account], now: datetime) -> None:
        self._tx = tx
        self._accounts = accounts
        self._now = now
        self._counts = tx.count_deliveries()
        self._operations = tx.count_operations()
        self._states = tx.account_states()
        self.inbox = tx.count_inbox()
        self.letters: dict[str, dict[str, Waiting]] = {}
        for (name, code), waiting in tx.count_letters().items():
            self.letters.setdefault(name, {})[code] = waiting
        since = now - WINDOW - timedelta(minutes=1)
        self._minutes: dict[str, list[TallyRow]] = {}
        for row in tx.tally(grain=Grain.MINUTE, since=since, until=now, whats=()):
            self._minutes.setdefault(row.account, []).append(row)
        counted = (name for name, _ in self._counts)
        self.names = sorted({*accounts, *self.inbox, *self.letters, *counted})

    def glance(self, name: str) -> Glance:
        """Return one account."""
        account, state = self._accounts.get(name), self._states.get(name)
        rows = self._minutes.get(name, [])
        slowed = state.slowed if state is not None else None
        found = backlogs(self._tx, name, self._counts, self._now)
        letters = self.letters.get(name, {})
        return Glance(
            name=name,
            vendor=account.connector.manifest.vendor if account is not None else "",
            standing=standing_of(state, configured=account is not None, now=self._now),
            spending=spending_of(
                account.budget if account is not None else None, slowed, rows, now=self._now
            ),
            lag_s=max((one.oldest_s for one in found if one.state in LATE), default=0.0),
            counts={one.state: one.count for one in found},
            operations=sum(n for (who, _), n in self._operations.items() if who == name),
            inbox=self.inbox[name].count if name in self.inbox else 0,
            letters=sum(one.count for one in letters.values()),
            backlogs=found,
            feeds=feeds_of(self._tx, account),
            last_error=_last_error(letters, state),
            traffic=_traffic(rows, self._now),
        )


def _findings(glance: Glance, seen: _Seen, now: datetime) -> Sequence[Finding]:
    name, standing = glance.name, glance.standing
    found = []
    if standing.stand is not Stand.WORKS:
        since_s = _age(standing.since, now)
        found.append(Finding(Wrong(standing.stand), name, cause=standing.reason, oldest_s=since_s))
    for code, waiting in seen.letters.get(name, {}).items():
        newest_s = _age(waiting.oldest_at, now)
        found.append(Finding(Wrong.LETTERS, name, waiting.count, code, newest_s))
    held = next((one for one in glance.backlogs if one.state == "held"), None)
    if held is not None:
        found.append(Finding(Wrong.HELD, name, held.count, held.cause, held.oldest_s))
    if glance.lag_s > LAG_S and standing.stand is not Stand.PAUSED:
        late = sum(count for state, count in glance.counts.items() if state in LATE)
        found.append(Finding(Wrong.LATE, name, late, oldest_s=glance.lag_s))
    inbox = seen.inbox.get(name)
    if inbox is not None and standing.stand is not Stand.PAUSED:
        oldest_s = _age(inbox.oldest_at, now)
        if oldest_s > LAG_S:
            found.append(Finding(Wrong.INBOX_LATE, name, inbox.count, oldest_s=oldest_s))
    if glance.spending.slowed is not None:
        found.append(Finding(Wrong.SLOWED, name, cause=glance.spending.slowed_by))
    if (glance.spending.share_minute or 0.0) >= SHARE:
        found.append(Finding(Wrong.AT_LIMIT, name, glance.spending.calls_minute))
    return found


def _last_error(letters: Mapping[str, Waiting], state: AccountState | None) -> LastError | None:
    found = [LastError(one.oldest_at, code, is_letter=True) for code, one in letters.items()]
    if state is not None and state.reason and state.since is not None:
        found.append(LastError(state.since, state.reason, is_letter=False))
    return max(found, key=lambda one: one.at, default=None)


def _traffic(rows: Sequence[TallyRow], now: datetime) -> tuple[int, ...]:
    """Return what came and went in each of the last sixty full minutes."""
    end = now.replace(second=0, microsecond=0)
    counts = [0] * 60
    for row in rows:
        back = int((end - row.at).total_seconds()) // 60
        if row.what in {RECEIVED, TOLD, RETRIED, FAILED} and 1 <= back <= len(counts):
            counts[-back] += row.count
    return tuple(counts)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
