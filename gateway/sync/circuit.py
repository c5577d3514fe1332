"""Circuit breaker of one account: an endlessly failing vendor rests, everything else flows on.

The state lives in memory of each process; opening and closing are written to the journal by the
caller. No library is alive for this (decision 004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.contract import Clock

_MOST_DOUBLINGS = 60
"""Beyond any cap, and far below where a float overflows during a long outage."""


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """When to open and for how long. Units: seconds.

    ``quiet_s``: it opens only when nothing succeeded for so long. A vendor that fails now and then
    fails often in a row where many calls are under way, and is not away.
    """

    failures: int = 5
    pause_s: float = 5.0
    cap_s: float = 60.0
    quiet_s: float = 0.0


class Circuit:
    """Closed → open after ``failures`` in a row → half-open after the pause → closed on success.

    While ``held`` says so it is open whatever happens: an operator paused the account.
    """

    def __init__(
        self, policy: CircuitPolicy, clock: Clock, *, held: Callable[[], bool] | None = None
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._held = held
        self._failures = 0
        self._opened = 0
        self._until = 0.0
        self._succeeded_at = clock.monotonic()

    @property
    def is_open(self) -> bool:
        """True while nothing may be sent."""
        if self._held is not None and self._held():
            return True
        return self._clock.monotonic() < self._until

    @property
    def rest_s(self) -> float:
        """Seconds until the next try; 0 when closed or half-open."""
        return max(0.0, self._until - self._clock.monotonic())

    def failed(self) -> bool:
        """Note that the vendor seems away; return True when this opens the circuit."""
        self._failures += 1
        quiet_s = self._clock.monotonic() - self._succeeded_at
        if self._failures < self._policy.failures or quiet_s < self._policy.quiet_s or self.is_open:
            return False
        doublings = min(self._opened, _MOST_DOUBLINGS)
        pause = min(self._policy.cap_s, self._policy.pause_s * 2.0**doublings)
        self._opened += 1
        self._until = self._clock.monotonic() + pause
        return True

    def succeeded(self) -> bool:
        """Note that the vendor answers; return True when this closes an opened circuit."""
        was_open = self._opened > 0
        self._succeeded_at = self._clock.monotonic()
        self._failures = self._opened = 0
        self._until = 0.0
        return was_open
