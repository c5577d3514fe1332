"""Retry policy: how long to wait after which failure.

Full jitter (a uniform draw up to the growing bound) keeps a recovering vendor from being hit by
everybody at once; what the vendor asks for by Retry-After wins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_MOST_GROWTH = 60
"""Beyond any cap, and far below where a float overflows during a long outage."""


LONGEST_ASKED_S = 24 * 3600.0
"""A vendor that asks for more is asked again after a day."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Growing, jittered delays. Units: seconds.

    ``unexplained`` is how often an exception that no connector declared is tried in all.
    """

    first_s: float = 1.0
    cap_s: float = 600.0
    factor: float = 2.0
    unexplained: int = 3

    def delay_s(
        self, attempts: int, *, draw: Callable[[], float], asked_s: float | None = None
    ) -> float:
        """Return the wait after ``attempts`` failed attempts; ``draw`` gives a number in [0, 1)."""
        if asked_s is not None:
            return min(max(0.0, asked_s), LONGEST_ASKED_S)
        growths = min(max(attempts - 1, 0), _MOST_GROWTH)
        bound = min(self.cap_s, self.first_s * self.factor**growths)
        return bound * (0.1 + 0.9 * draw())
