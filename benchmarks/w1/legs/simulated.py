"""A clock that can be put forward, for what waits for hours or days."""

from __future__ import annotations

import time
from bisect import bisect_right
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """Real time plus what was skipped (see ``gateway.contract.Clock``).

    Between skips it runs as fast as the machine's, so that real calls take the time that they take.
    """

    def __init__(self) -> None:
        self._skipped_s = 0.0
        self._at: list[float] = [float("-inf")]
        self._until: list[float] = [0.0]

    def now(self) -> datetime:
        """Return the simulated moment in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._skipped_s)

    def monotonic(self) -> float:
        """Return simulated seconds that only grow."""
        return time.monotonic() + self._skipped_s

    def skip(self, seconds: float) -> None:
        """Put the clock forward."""
        self._skipped_s += seconds
        self._at.append(time.monotonic())
        self._until.append(self._skipped_s)

    def of(self, moment: float) -> float:
        """Return the simulated second of a real one (``time.monotonic`` of any process)."""
        return moment + self._until[bisect_right(self._at, moment) - 1]
