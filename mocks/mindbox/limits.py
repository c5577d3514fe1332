"""The vendor's limits and its answers to whoever breaks them (4.4)."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

from mocks.mindbox.errors import TOO_MANY, ProtocolRefused
from mocks.mindbox.project import Project

LINES_FREE = 50
_WINDOW = timedelta(minutes=2)
_SHARE = 10
HEAVY_TEXT = (
    "Too many requests. Only 10% of calculations for orders with over 50 lines "
    "per 2 minute(s) are allowed."
)


class Limits:
    """Counts calls by the project's clock."""

    def __init__(self, project: Project) -> None:
        """Start with nothing counted."""
        self._project = project
        self._calls: dict[tuple[str, str], deque[datetime]] = defaultdict(deque)
        self._bulk: deque[datetime] = deque()
        self._light: deque[datetime] = deque()
        self._heavy: deque[datetime] = deque()
        self._lost: dict[str, deque[datetime]] = defaultdict(deque)
        self._blocked: dict[str, datetime] = {}

    def operation(self, endpoint: str, operation: str) -> None:
        """Count a call of one operation through one endpoint.

        Raises:
            ProtocolRefused: more than the limit within a minute; the call's data is not stored.
        """
        limit = self._project.settings.operation_limit_per_min
        calls = self._calls[endpoint, operation]
        if not self._fits(calls, timedelta(minutes=1), limit):
            msg = f"Превышен лимит вызовов операции: {limit} в минуту"
            raise ProtocolRefused(msg, TOO_MANY)

    def bulk(self) -> None:
        """Count an import.

        Raises:
            ProtocolRefused: more than the limit within an hour.
        """
        limit = self._project.settings.bulk_limit_per_hour
        if not self._fits(self._bulk, timedelta(hours=1), limit):
            msg = f"Превышен лимит импортов: {limit} в час"
            raise ProtocolRefused(msg, TOO_MANY)

    def calculation(self, lines: int) -> None:
        """Count a calculation; of those with many lines only a tenth is allowed, but always one.

        Raises:
            ProtocolRefused: too large a share of large calculations within two minutes.
        """
        now = self._project.now()
        for seen in (self._light, self._heavy):
            _forget(seen, now - _WINDOW)
        if lines <= LINES_FREE:
            self._light.append(now)
            return
        heavy = len(self._heavy) + 1
        if heavy > 1 and heavy * _SHARE > heavy + len(self._light):
            raise ProtocolRefused(HEAVY_TEXT, TOO_MANY)
        self._heavy.append(now)

    def lost_path(self, address: str) -> None:
        """Count a call to a path that does not exist; many of them block the caller a minute."""
        limit = self._project.settings.lost_path_limit
        if not self._fits(self._lost[address], timedelta(minutes=1), limit):
            self._blocked[address] = self._project.now() + timedelta(minutes=1)

    def is_blocked(self, address: str) -> bool:
        """Tell whether a caller is blocked for calling paths that do not exist."""
        until = self._blocked.get(address)
        return until is not None and self._project.now() < until

    def _fits(self, seen: deque[datetime], window: timedelta, limit: int) -> bool:
        now = self._project.now()
        _forget(seen, now - window)
        if len(seen) >= limit:
            return False
        seen.append(now)
        return True


def _forget(seen: deque[datetime], edge: datetime) -> None:
    while seen and seen[0] <= edge:
        seen.popleft()
