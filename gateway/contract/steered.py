"""Steered budget: an account's budget that is counted, and that operators may slow down meanwhile.

The operator's pace stands before the vendor's limit, so that the limit is kept whatever operators
wish. Counting adds a number to a dictionary; nothing waits for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.contract.budget import SAFETY, Budget, PacedBudget, Slots
from gateway.contract.manifest import RateLimit

if TYPE_CHECKING:
    # The context names the HTTP client, which names the budget: an arrow for the type checker only.
    from gateway.contract.context import Clock

MINUTE_S = 60
OTHER = "other"
MOST_OPERATIONS = 100
"""So many operations of one account are counted by name; further ones together."""
_MOST_CALLS = 10_000
"""More than any call asks for at once: an operator's pace is about the distance alone."""

Used = Mapping[tuple[int, str], int]
"""(minute since the epoch, operation or empty) → calls that left."""


class _Slow:
    """One pace of an operator, until it is ``over``."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.over = asyncio.Event()

    async def passed(self, calls: int) -> bool:
        """Wait for the turn; False when the pace was changed first."""
        turn = asyncio.ensure_future(self._budget.acquire(calls))
        over = asyncio.ensure_future(self.over.wait())
        try:
            await asyncio.wait({turn, over}, return_when=asyncio.FIRST_COMPLETED)
            if turn.done():
                turn.result()
                return True
            return False
        finally:
            for task in (turn, over):
                task.cancel()
            await asyncio.gather(turn, over, return_exceptions=True)


class SteeredBudget:
    """See ``Budget``. ``limit`` is the vendor's, ``None`` for none.

    With ``slots`` an operator's pace holds for all processes together, as the vendor's limit does.
    """

    def __init__(
        self,
        account: str,
        inner: Budget,
        limit: RateLimit | None,
        clock: Clock,
        *,
        slots: Slots | None = None,
    ) -> None:
        self.limit = limit
        self.slowed: RateLimit | None = None
        self._account = account
        self._inner = inner
        self._clock = clock
        self._slots = slots
        self._slow: _Slow | None = None
        self._used: Counter[tuple[int, str]] = Counter()
        self._operations: set[str] = set()

    async def acquire(self, calls: int = 1, *, operation: str = "") -> None:
        """Wait until ``calls`` calls may leave, by the operator's pace and the vendor's limit."""
        while (slow := self._slow) is not None:
            if await slow.passed(calls):
                break
        await self._inner.acquire(calls, operation=operation)
        minute = int(self._clock.now().timestamp()) // MINUTE_S
        self._used[minute, self._counted_as(operation)] += calls

    def rest(self, seconds: float) -> None:
        """Let nothing leave for ``seconds`` from now: the vendor said so."""
        self._inner.rest(seconds)

    def slow(self, pace: RateLimit | None) -> None:
        """Take over an operator's pace at once, also for those who wait; ``None`` restores."""
        if pace == self.slowed:
            return
        self.slowed = pace
        before, self._slow = self._slow, None if pace is None else _Slow(self._paced(pace))
        if before is not None:
            before.over.set()

    def used(self) -> Used:
        """Return what left since this was asked last, and begin anew."""
        used, self._used = self._used, Counter()
        return used

    def give_back(self, used: Used) -> None:
        """Count again what could not be written down."""
        self._used.update(used)

    def _counted_as(self, operation: str) -> str:
        """Name the operation only where the vendor counts by it, and never too many."""
        if self.limit is None or not self.limit.by_operation:
            return ""
        if operation not in self._operations:
            if len(self._operations) >= MOST_OPERATIONS:
                return OTHER
            self._operations.add(operation)
        return operation or OTHER

    def _paced(self, pace: RateLimit) -> Budget:
        distance_s = pace.per_s / pace.calls
        limit = RateLimit(_MOST_CALLS, _MOST_CALLS * distance_s)
        slots = self._slots
        # A name of its own by pace: slots that were taken far ahead at a slow one hold up no other.
        name = f"{self._account} slowed to {pace.calls}/{pace.per_s:g}"
        if slots is None:
            return PacedBudget(limit, self._clock)

        async def reserve(calls: int) -> float:
            return await slots(name, calls=calls, interval_s=distance_s / SAFETY)

        return PacedBudget(limit, self._clock, reserve=reserve)


def per_s(limit: RateLimit | None) -> float | None:
    """Return the calls per second that a limit allows, ``None`` for any number."""
    return limit.calls / limit.per_s if limit is not None else None


def allowed_per_s(budget: SteeredBudget) -> float | None:
    """Return the calls per second that may leave now: the slower of the vendor and the operator."""
    known = [one for one in (per_s(budget.limit), per_s(budget.slowed)) if one is not None]
    return min(known, default=None)
