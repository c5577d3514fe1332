"""Tally: the journal counted by the minute and by the hour, so that no chart has to read it.

Each minute is counted once it is over, and once more later, because a sentence bears the time at
which something happened and may be committed after that. Counting replaces, and how far it came
stands in the store beside the figures and moves with them: two processes at once, or one that is
killed anywhere, count nothing twice and leave nothing out.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.config import RetentionSection
from gateway.contract import Clock, Log, StoreError
from gateway.ports import Grain, Store, TallyRow, Tx

LEASE = "tally"
PERIOD_S = 15.0
LEASE_S = 3 * PERIOD_S
SETTLE = timedelta(seconds=5)
"""A minute is counted so long after its end: nearly all that happened in it is committed then."""
LATE = timedelta(minutes=10)
"""How long after its first count a minute is counted once more."""
STEP = 60
"""Minutes that are counted together."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

RECEIVED, TOLD, RETRIED, FAILED, SOLD = "received", "told", "retried", "failed", "sold"
CALLS = "calls"
COUNTED = (RECEIVED, TOLD, RETRIED, FAILED, SOLD)
"""What is counted from the journal; ``calls`` are counted where they leave."""

_WHAT: Mapping[tuple[str, str], str] = {
    ("delivered", "created"): TOLD,
    ("delivered", "sent"): TOLD,
    ("delivered", "found"): TOLD,
    ("operation", "done"): TOLD,
    ("delivery", "retried"): RETRIED,
    ("operation", "retry"): RETRIED,
    ("delivery", "dead"): FAILED,
    ("delivery", "held"): FAILED,
    ("operation", "dead"): FAILED,
    ("operation", "held"): FAILED,
    ("received", "invalid"): FAILED,
    ("behaviour", "rejected"): FAILED,
    ("sale", "committed"): SOLD,
    ("refund", "committed"): SOLD,
    ("sale", "refused"): FAILED,
    ("refund", "refused"): FAILED,
}
_NOTHING_NEW = frozenset({"echo", "not_routed", "gone"})


def what_of(event: str, outcome: str) -> str | None:
    """Return as what a sentence counts, ``None`` for what no chart shows."""
    named = _WHAT.get((event, outcome))
    if named is not None:
        return named
    return RECEIVED if event == "received" and outcome not in _NOTHING_NEW else None


def minute_of(at: datetime) -> datetime:
    """Return the beginning of a moment's minute."""
    return at.replace(second=0, microsecond=0)


def hour_of(at: datetime) -> datetime:
    """Return the beginning of a moment's hour."""
    return at.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it came: minutes before ``first`` are counted, those before ``again`` twice.

    Minutes before ``known`` were counted at ``at`` or earlier.
    """

    first: datetime
    again: datetime
    known: datetime
    at: datetime

    @classmethod
    def read(cls, cursor: str) -> Progress:
        """Read what ``cursor`` wrote."""
        return cls(*map(datetime.fromisoformat, cursor.split(" ")))

    @property
    def cursor(self) -> str:
        """Write it down."""
        return " ".join(one.isoformat() for one in (self.first, self.again, self.known, self.at))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts in one of the processes, until it is cancelled."""

    store: Store
    section: RetentionSection
    clock: Clock
    log: Log
    holder: str

    async def run(self) -> None:
        """Count what is over, again and again; being cut off anywhere does no harm."""
        while True:
            try:
                await self.count_when_mine()
            except StoreError as error:
                self.log.warning("store.unavailable", loop="tally", cause=str(error))
            except Exception as error:  # noqa: BLE001 - the charts would end without this loop
                self.log.warning("tally.failed", error=type(error).__name__)
            await asyncio.sleep(PERIOD_S)

    async def count_when_mine(self) -> int:
        """Count unless another process does; return how many minutes. Raises ``StoreError``."""
        now = self.clock.now()
        until = now + timedelta(seconds=LEASE_S)
        mine = await self.store.run(
            lambda tx: tx.lease(LEASE, holder=self.holder, now=now, until=until)
        )
        return await self.count() if mine else 0

    async def count(self) -> int:
        """Count all that is to be counted now; return how many minutes that were."""
        minutes = 0
        while (counted := await self._step()) is not None:
            minutes += counted
        return minutes

    async def _step(self) -> int | None:
        """Count some minutes, and note it; ``None`` when there is nothing to do now."""
        now = self.clock.now()
        found = await self.store.read(lambda tx: tx.checkpoint("", LEASE))
        old = found.cursor if found is not None else None
        progress = Progress.read(old) if old else await self._beginning(now)
        closed = minute_of(now - SETTLE)
        if progress.first < closed:
            since, until = progress.first, min(closed, progress.first + STEP * MINUTE)
            progress = replace(progress, first=until)
        elif now - progress.at < LATE:
            return None
        elif progress.again < progress.known:
            since, until = self._again(progress, now)
            progress = replace(progress, again=until)
        else:
            since = until = progress.first
            progress = replace(progress, known=progress.first, at=now)
        rows = await self.store.read(lambda tx: _counted(tx, since, until))

        def put(tx: Tx) -> bool:
            if not tx.move_checkpoint("", LEASE, old=old, new=progress.cursor, now=now):
                return False
            tx.replace_tally(rows, since=since, until=until, whats=COUNTED)
            for hour in _hours(since, until) if since < until else ():
                tx.roll_up(hour)
            return True

        mine = await self.store.run(put)
        return (until - since) // MINUTE if mine and until > since else None

    def _again(self, progress: Progress, now: datetime) -> tuple[datetime, datetime]:
        """Return what is counted once more, without what retention may have deleted meanwhile."""
        kept = minute_of(now - timedelta(days=self.section.journal_days)) + MINUTE
        since = min(max(progress.again, kept), progress.known)
        return since, min(progress.known, since + STEP * MINUTE)

    async def _beginning(self, now: datetime) -> Progress:
        """Begin where the journal does, as far as minutes are kept."""
        oldest = await self.store.read(lambda tx: tx.journal_begins())
        kept = now - timedelta(days=self.section.tally_minutes_days)
        # A whole hour, so that the sum of the first one is the sum of all its minutes.
        begin = hour_of(max(oldest, kept)) if oldest is not None else minute_of(now)
        return Progress(begin, begin, begin, now)


def _counted(tx: Tx, since: datetime, until: datetime) -> Sequence[TallyRow]:
    rows = []
    at = since
    while at < until:
        counts: Counter[tuple[str, str]] = Counter()
        found = tx.count_between(since=at, until=at + MINUTE)
        for (account, event, outcome), count in found.items():
            what = what_of(event, outcome)
            if what is not None:
                counts[account, what] += count
        rows += [TallyRow(at, Grain.MINUTE, *key, count) for key, count in counts.items()]
        at += MINUTE
    return rows


def _hours(since: datetime, until: datetime) -> Sequence[datetime]:
    """Return the hours that these minutes are in."""
    found, at = [], hour_of(since)
    while at < until:
        found.append(at)
        at += HOUR
    return found
