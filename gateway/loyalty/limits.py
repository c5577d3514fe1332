"""Limits: how often something may be tried, per key, in memory. Pure: the moment is handed in.

Units: moments and waits in seconds of one monotonic clock. Nothing is forgotten early: a full
memory refuses new keys until an old one is of no use any more, because whoever can fill it could
else make it forget him.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NEVER = float("-inf")
SIZE = 100_000
"""Keys of one limit. Only admitted tries make one, so the limit of the whole bounds them too."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``most`` tries in any ``per_s`` seconds."""

    most: int
    per_s: float

    def __post_init__(self) -> None:
        """Refuse a window that lets nothing or everything through."""
        if self.most < 1 or self.per_s <= 0:
            msg = "a window needs at least one try and some time"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Delays:
    """Waits that grow with failures: none after the first ``free``, then doubled up to ``most_s``.

    Failures are forgotten when none came for ``forget_s``.
    """

    free: int = 3
    first_s: float = 1.0
    most_s: float = 900.0
    forget_s: float = 3600.0

    def after(self, failures: int) -> float:
        """Return the wait after so many failures; never less than after fewer."""
        beyond = failures - self.free
        if beyond <= 0:
            return 0.0
        doublings = min(beyond - 1, 64)
        return float(min(self.first_s * 2**doublings, self.most_s))


@dataclass(frozen=True, slots=True)
class Limit:
    """What one key may do: windows that all hold, and waits after failures."""

    windows: tuple[Window, ...]
    delays: Delays | None = None


@dataclass(slots=True)
class _Tally:
    """What one key did."""

    tries: deque[float]
    failures: int = 0
    failed_at: float = NEVER
    until: float = NEVER


@dataclass(slots=True)
class Limiter:
    """One limit over many keys."""

    limit: Limit
    size: int = SIZE
    _tallies: OrderedDict[str, _Tally] = field(default_factory=OrderedDict, repr=False)

    def __len__(self) -> int:
        return len(self._tallies)

    def wait_s(self, key: str, now: float) -> float:
        """Return how long a key must wait, 0 when it may try now; counts nothing."""
        tally = self._tallies.get(key)
        if tally is None:
            return self._room_after(now)
        free_at = [
            tally.tries[-window.most] + window.per_s
            for window in self.limit.windows
            if len(tally.tries) >= window.most
        ]
        return max(0.0, max(tally.until, *free_at, NEVER) - now)

    def take(self, key: str, now: float) -> None:
        """Count a try as one that failed, until ``excuse`` says otherwise.

        So tries that run side by side meet the waits too, before the first of them is answered.
        """
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= self.size:
                self._tallies.popitem(last=False)
            longest = max((window.most for window in self.limit.windows), default=1)
            tally = self._tallies[key] = _Tally(deque(maxlen=longest))
        self._tallies.move_to_end(key)
        tally.tries.append(now)
        delays = self.limit.delays
        if delays is None:
            return
        if now - tally.failed_at >= delays.forget_s:
            tally.failures = 0
        tally.failures += 1
        tally.failed_at = now
        tally.until = now + delays.after(tally.failures)

    def excuse(self, key: str) -> None:
        """Take the failure of a try back that succeeded; earlier ones and the windows stay."""
        tally = self._tallies.get(key)
        if tally is not None and tally.failures:
            tally.failures -= 1
            tally.until = NEVER

    def refund(self, key: str) -> None:
        """Take a try back that came to nothing, as if it had been refused here."""
        tally = self._tallies.get(key)
        if tally is not None and tally.tries:
            tally.tries.pop()
        self.excuse(key)

    def forgive(self, key: str) -> None:
        """Forget all failures of a key; its windows stay."""
        tally = self._tallies.get(key)
        if tally is not None:
            tally.failures, tally.failed_at, tally.until = 0, NEVER, NEVER

    def _room_after(self, now: float) -> float:
        """Return how long a new key waits for room: until the key unused for longest is cold."""
        if len(self._tallies) < self.size:
            return 0.0
        oldest = next(iter(self._tallies.values()))
        cold_at = [oldest.until]
        if oldest.tries:
            cold_at += [oldest.tries[-1] + window.per_s for window in self.limit.windows]
        if self.limit.delays is not None:
            cold_at.append(oldest.failed_at + self.limit.delays.forget_s)
        return max(0.0, max(cold_at) - now)


@dataclass(frozen=True, slots=True)
class TooOften:
    """A refusal. ``limit`` names the one that asks for the longest wait."""

    limit: str
    wait_s: float


class Gate:
    """Several limits that must all agree. Who is refused by one is counted at none."""

    def __init__(self, limits: Mapping[str, Limit], *, size: int = SIZE) -> None:
        """Name the limits; keys are given under the same names."""
        self._limiters = {name: Limiter(limit, size) for name, limit in limits.items()}

    def admit(self, keys: Mapping[str, str], now: float) -> TooOften | None:
        """Count a try under each key, or refuse it. An empty key is nobody and has no limit."""
        known = [(name, key) for name, key in keys.items() if key and name in self._limiters]
        waits = [TooOften(name, self._limiters[name].wait_s(key, now)) for name, key in known]
        longest = max(waits, key=lambda one: one.wait_s, default=None)
        if longest is not None and longest.wait_s > 0:
            return longest
        for name, key in known:
            self._limiters[name].take(key, now)
        return None

    def excuse(self, keys: Mapping[str, str]) -> None:
        """Take the failure of a successful try back everywhere."""
        for name, key in keys.items():
            if name in self._limiters:
                self._limiters[name].excuse(key)

    def refund(self, keys: Mapping[str, str]) -> None:
        """Take a try back everywhere that was refused by somebody else, before it did anything."""
        for name, key in keys.items():
            if name in self._limiters:
                self._limiters[name].refund(key)

    def forgive(self, keys: Mapping[str, str], names: Iterable[str]) -> None:
        """Forget all failures under the named limits."""
        for name in names:
            if name in self._limiters and keys.get(name):
                self._limiters[name].forgive(keys[name])
