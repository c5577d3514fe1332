"""Alarm: somebody guesses. Told once when it begins and once when it is over, never per try."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gateway.canonical import Kind
from gateway.contract import Clock, Log, StoreError
from gateway.loyalty.limits import Window
from gateway.ports import JournalRow, Store
from gateway.telemetry.till_metrics import TillMetrics

BEGAN, OVER = "began", "over"


@dataclass(frozen=True, slots=True)
class Spell:
    """A turn of the alarm: ``outcome`` is ``began`` or ``over``; misses since it began."""

    outcome: str
    misses: int


@dataclass(slots=True)
class Watch:
    """Notices too many misses in a window. Pure: moments of a monotonic clock are handed in."""

    window: Window
    is_on: bool = False
    _recent: deque[float] = field(default_factory=deque, repr=False)
    _began_at: float = 0.0
    _misses: int = 0

    def miss(self, now: float) -> Spell | None:
        """Count a miss; return the turn that it makes."""
        self._recent.append(now)
        while len(self._recent) > self.window.most:
            self._recent.popleft()
        self._misses += 1
        if self.is_on or not self._is_crowded(now):
            return None
        self.is_on, self._began_at, self._misses = True, now, len(self._recent)
        return Spell(BEGAN, self._misses)

    def look(self, now: float) -> Spell | None:
        """Return the turn when it is over: a whole window after the beginning and not crowded."""
        is_young = now < self._began_at + self.window.per_s
        if not self.is_on or is_young or self._is_crowded(now):
            return None
        self.is_on = False
        return Spell(OVER, self._misses)

    def _is_crowded(self, now: float) -> bool:
        is_full = len(self._recent) >= self.window.most
        return is_full and self._recent[0] > now - self.window.per_s


@dataclass(slots=True)
class Alarm:
    """Tells the turns of a watch in log, metrics and journal.

    ``what`` is ``cards`` or ``codes``; the journal's event is ``what.guessing``.
    """

    what: str
    kind: Kind
    watch: Watch
    store: Store
    clock: Clock
    log: Log
    metrics: TillMetrics

    async def tried(self, result: str) -> None:
        """Count a try: ``hit``, ``miss`` or ``limited``; all but a hit may be guessing."""
        self.metrics.guessed(what=self.what, result=result)
        now = self.clock.monotonic()
        await self._tell(self.watch.look(now))
        if result != "hit":
            await self._tell(self.watch.miss(now))

    async def look(self) -> None:
        """End an alarm that is over; to be called now and then, as nobody may try any more."""
        await self._tell(self.watch.look(self.clock.monotonic()))

    async def _tell(self, spell: Spell | None) -> None:
        if spell is None:
            return
        self.metrics.guessing(what=self.what, is_on=self.watch.is_on)
        if self.what == "cards":
            self.log.warning("cards.guessing", outcome=spell.outcome, misses=spell.misses)
        else:
            self.log.warning("codes.guessing", outcome=spell.outcome, misses=spell.misses)
        row = JournalRow(
            at=self.clock.now(),
            entity_id="",
            kind=self.kind,
            account="",
            event=f"{self.what}.guessing",
            outcome=spell.outcome,
            correlation_id="",
            detail={"misses": spell.misses},
        )
        try:
            await self.store.run(lambda tx: tx.write_journal([row]))
        except StoreError:
            # A till is answered without the store; log and metrics have told it already.
            self.log.warning("store.unavailable", during=f"{self.what}.guessing")
