"""Meter: stands around an account's budget and counts what leaves, when, and how it is answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from gateway.contract import Budget, RateLimit


class MachineClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return monotonic()


@dataclass(slots=True)
class Silence:
    """A log that only counts warnings, by event."""

    warnings: Counter[str] = field(default_factory=Counter)

    def debug(self, event: str, **values: object) -> None:
        """Say nothing."""

    def info(self, event: str, **values: object) -> None:
        """Say nothing."""

    def warning(self, event: str, **values: object) -> None:
        """Count."""
        del values
        self.warnings[event] += 1


@dataclass(slots=True)
class Meter:
    """The budget as it is, with a count of departures; also told of every finished call."""

    inner: Budget
    departed: list[float] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    spent_s: float = 0.0
    under_way: int = 0
    peak: int = 0

    async def acquire(self, calls: int = 1, *, operation: str = "") -> None:
        """Wait for the budget, then count."""
        await self.inner.acquire(calls, operation=operation)
        self.departed.append(monotonic())
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)

    def rest(self, seconds: float) -> None:
        """Rest."""
        self.inner.rest(seconds)

    def called(self, *, account: str, operation: str, status: int | None, seconds: float) -> None:
        """Count an answer; ``status`` 0 stands for none."""
        del account
        self.operations[operation] += 1
        self.statuses[status or 0] += 1
        self.spent_s += seconds
        self.under_way -= 1

    def start(self) -> None:
        """Begin to count anew."""
        self.departed.clear()
        self.operations.clear()
        self.statuses.clear()
        self.spent_s, self.peak = 0.0, self.under_way

    @property
    def calls(self) -> int:
        """How many calls left."""
        return len(self.departed)

    @property
    def busy_s(self) -> float:
        """Seconds from the first departure to the last."""
        return self.departed[-1] - self.departed[0] if self.departed else 0.0

    def share(self, limit: RateLimit, *, by_operation: bool) -> float | None:
        """Return the part of the limit that was used; ``by_operation`` by the busiest operation.

        The last call begins a period that is not waited for, so it does not count. ``None`` for
        less than a second or less than two calls: that is no use to speak of.
        """
        calls = max(self.operations.values(), default=0) if by_operation else self.calls
        if calls < _FEWEST or self.busy_s < 1.0:
            return None
        return (calls - 1) / self.busy_s * limit.per_s / limit.calls

    def seats(self, sessions: int) -> float | None:
        """Return the part of ``sessions`` that was in use on average."""
        return self.spent_s / self.busy_s / sessions if self.busy_s else None


_FEWEST = 2
