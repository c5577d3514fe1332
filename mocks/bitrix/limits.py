"""Limits of the vendor's cloud: the leaky bucket and the operating time (reference 1.5)."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from mocks.bitrix.errors import refuse

if TYPE_CHECKING:
    from mocks.bitrix.clock import SiteClock
    from mocks.bitrix.settings import BitrixSettings

MINUTE_S = 60
BUCKETS = 10


class LeakyBucket:
    """The cloud's limit per address.

    One drop per request, leaking steadily, refused while over the rim.
    """

    def __init__(self) -> None:
        """Start with every bucket empty."""
        self._levels: dict[str, tuple[float, float]] = {}

    def accepts(self, address: str, settings: BitrixSettings) -> bool:
        """Count one request of an address, or refuse it."""
        now = time.monotonic()
        level, at = self._levels.get(address, (0.0, now))
        level = max(level - (now - at) * settings.bucket_leak_per_s, 0.0)
        is_open = level + 1 <= settings.bucket_size
        self._levels[address] = (level + 1 if is_open else level, now)
        return is_open


class OperatingTime:
    """Seconds that each method used for one caller in the last ten one-minute buckets."""

    def __init__(self, clock: SiteClock) -> None:
        """Start with nothing used."""
        self._clock = clock
        self._used: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)

    def check(self, caller: str, method: str, limit_s: float) -> None:
        """Refuse a method whose time is spent.

        Raises:
            RestRefused: ``OPERATION_TIME_LIMIT``, for this method only.
        """
        if self.used(caller, method) > limit_s:
            text = "Method is blocked due to operation time limit."
            refuse("OPERATION_TIME_LIMIT", text, 429)

    def charge(self, caller: str, method: str, spent_s: float) -> None:
        """Add the time of one call to the present minute."""
        buckets = self._fresh(caller, method)
        minute = self._minute()
        buckets[minute] = buckets.get(minute, 0.0) + spent_s

    def used(self, caller: str, method: str) -> float:
        """Return the seconds used in the window."""
        return round(sum(self._fresh(caller, method).values()), 6)

    def reset_at(self, caller: str, method: str) -> int:
        """Return the unix time at which the oldest bucket is freed."""
        oldest = min(self._fresh(caller, method), default=self._minute())
        return (oldest + BUCKETS) * MINUTE_S

    def _minute(self) -> int:
        return self._clock.unix() // MINUTE_S

    def _fresh(self, caller: str, method: str) -> dict[int, float]:
        buckets = self._used[(caller, method)]
        for minute in [old for old in buckets if old <= self._minute() - BUCKETS]:
            del buckets[minute]
        return buckets
