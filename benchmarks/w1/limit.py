"""The limit of a vendor: so many calls in any second, and the next one is refused."""

from __future__ import annotations

from collections import deque

WINDOW_S = 1.0


class Limit:
    """A sliding window over the calls that were admitted. Units: ``now`` in seconds, only growing.

    Stricter than a counter that is set to zero every second: a burst over its edge is seen too.
    """

    def __init__(self, calls: int) -> None:
        self._most = calls
        self._admitted: deque[float] = deque()

    def admits(self, now: float) -> bool:
        """Tell whether one more call is within the limit, and count it if so."""
        while self._admitted and now - self._admitted[0] >= WINDOW_S:
            self._admitted.popleft()
        if len(self._admitted) >= self._most:
            return False
        self._admitted.append(now)
        return True
