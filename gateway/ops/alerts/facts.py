"""Facts: what the shared rules are judged by, gathered with few and bounded reads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.canonical import Kind
from gateway.config import AlertsSection
from gateway.contract import Clock, ConnectorError, Log
from gateway.ops.alerts.readings import (
    UNTOLD_END,
    WEEK,
    BalanceSeen,
    Facts,
    FeedSeen,
    Guess,
    Look,
    readings_of,
)
from gateway.ports import DeliveryState, Heard, Store, Tx
from gateway.sync.account import Account
from gateway.sync.pull import end_of

OVERLAP = timedelta(seconds=30)
"""What is committed late is not missed: each look begins a little before the last one ended."""

USUAL_FRESH = timedelta(minutes=10)
PROBE_S = 20.0
_GUESSING = ("cards.guessing", "codes.guessing")


@dataclass(slots=True)
class _Memory:
    """What one process remembers between its looks, so that each reads little of the journal."""

    started_at: datetime
    heard_to: datetime | None = None
    last: dict[str, datetime] = field(default_factory=dict)
    guesses: dict[str, Guess] = field(default_factory=dict)
    usual_at: datetime | None = None
    usual: Mapping[str, Sequence[int]] = field(default_factory=dict)
    weeks: int = 0
    probed_at: datetime | None = None
    balances: Sequence[BalanceSeen] = ()
    dumb: bool = False


class Looker:
    """Looks at all that concerns the whole gateway. One for each process."""

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        section: AlertsSection,
        *,
        clock: Clock,
        log: Log,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._section = section
        self._clock = clock
        self._log = log
        self._memory = _Memory(clock.now())

    async def look(self, *, asks: bool = True) -> Look:
        """Look once; with ``asks`` vendors are asked for balances. Raises ``StoreError``."""
        now = self._clock.now()
        if asks:
            await self._probe(now)
        facts = await self._store.read(lambda tx: self._facts(tx, now))
        unsure = frozenset({"balance"}) if self._memory.dumb or not asks else frozenset[str]()
        return Look(tuple(readings_of(facts, self._section, now)), unsure)

    def _facts(self, tx: Tx, now: datetime) -> Facts:
        memory = self._memory
        self._hear(tx, now)
        self._learn(tx, now)
        counts = tx.count_deliveries()
        held = {a: count for (a, state), count in counts.items() if state == DeliveryState.HELD}
        since = now - timedelta(minutes=self._section.dead.minutes)
        return Facts(
            started_at=memory.started_at,
            listening=frozenset(name for name, one in self._accounts.items() if one.flow.reads),
            fetched=frozenset(name for name, one in self._accounts.items() if one.is_fetched),
            overdue=tx.alert_overdue(),
            unread=tx.alert_unread(now=now),
            opened=tx.alert_letters(since=since),
            held=held,
            states={n: one for n, one in tx.account_states().items() if n in self._accounts},
            feeds=[one for account in self._accounts.values() for one in _feeds(tx, account)],
            last=dict(memory.last),
            usual=memory.usual,
            weeks=memory.weeks,
            guesses=list(memory.guesses.values()),
            balances=memory.balances,
        )

    def _hear(self, tx: Tx, now: datetime) -> None:
        """Read on in the journal from where the last look ended."""
        memory = self._memory
        span = max(timedelta(minutes=self._section.silence.minutes), UNTOLD_END)
        since = memory.heard_to - OVERLAP if memory.heard_to is not None else now - span
        for one in sorted(tx.alert_heard(since=since, until=now), key=lambda one: one.at):
            if one.event in _GUESSING:
                what = one.event.partition(".")[0]
                known = memory.guesses.get(what)
                if known is None or one.at > known.at:
                    memory.guesses[what] = Guess(what, one.outcome == "began", one.at)
            else:
                memory.last[one.account] = max(one.at, memory.last.get(one.account, one.at))
        memory.heard_to = now

    def _learn(self, tx: Tx, now: datetime) -> None:
        """Count what came in the same minutes of earlier weeks, as far as the journal goes."""
        memory, rule = self._memory, self._section.silence
        if not rule.on or (memory.usual_at is not None and now - memory.usual_at < USUAL_FRESH):
            return
        begins = tx.alert_journal_begins()
        counts: dict[str, list[int]] = {}
        weeks = 0
        for week in range(1, rule.weeks + 1):
            until = now - week * WEEK
            since = until - timedelta(minutes=rule.minutes)
            if begins is None or begins > since:
                break
            weeks += 1
            for account, count in _received(tx.alert_heard(since=since, until=until)).items():
                counts.setdefault(account, []).append(count)
        memory.usual, memory.weeks, memory.usual_at = counts, weeks, now

    async def _probe(self, now: datetime) -> None:
        """Ask the accounts that send messages for their money, now and then."""
        memory = self._memory
        every = timedelta(minutes=self._section.balance.every_minutes)
        is_fresh = memory.probed_at is not None and now - memory.probed_at < every
        if not self._section.balance.on or is_fresh:
            return
        memory.probed_at = now
        senders = [
            one
            for one in self._accounts.values()
            if one.connector.services.notifier is not None and not one.rests
        ]
        seen = await asyncio.gather(*map(self._balance, senders))
        memory.balances = [one for one in seen if one is not None]
        memory.dumb = len(memory.balances) < len(seen)

    async def _balance(self, account: Account) -> BalanceSeen | None:
        try:
            async with asyncio.timeout(PROBE_S):
                report = await account.connector.probe()
        except (ConnectorError, TimeoutError) as error:
            self._log.warning(
                "alerts.probe_failed", account=account.name, error=type(error).__name__
            )
            return None
        return BalanceSeen(account.name, report.runs_low, report.facts.get("balance", ""))


def _received(heard: Sequence[Heard]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in heard:
        if one.event not in _GUESSING:
            counts[one.account] = counts.get(one.account, 0) + one.count
    return counts


def _feeds(tx: Tx, account: Account) -> list[FeedSeen]:
    found = []
    for kind in Kind:
        if account.reader(kind) is not None:
            read, ended = (tx.checkpoint(account.name, one) for one in (str(kind), end_of(kind)))
            seen = FeedSeen(
                account.name, str(kind), read.at if read else None, ended.at if ended else None
            )
            found.append(seen)
    return found
