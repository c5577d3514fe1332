"""Counts wrong attempts per login and per address and blocks both for a while (2.3, 10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation


class Guard:
    """The counters of logins and of source addresses."""

    def __init__(self, installation: Installation) -> None:
        """Start with every counter at zero."""
        self._installation = installation
        self._wrong: dict[str, int] = {}
        self._blocked: dict[str, datetime] = {}

    def is_blocked(self, *names: str) -> bool:
        """Tell whether one of these logins or addresses is blocked now."""
        now = self._installation.clock.now()
        return any(self._blocked.get(name, now) > now for name in names)

    def wrong(self, login: str, address: str) -> int:
        """Count a wrong attempt and return how many are left for the login."""
        settings = self._installation.settings
        left = self._count(login, settings.login_attempts)
        self._count(f"ip {address}", settings.ip_attempts)
        return left

    def right(self, login: str) -> None:
        """Forget the errors of a login."""
        self._wrong.pop(login, None)

    def _count(self, name: str, limit: int) -> int:
        self._wrong[name] = self._wrong.get(name, 0) + 1
        left = max(limit - self._wrong[name], 0)
        if not left:
            minutes = self._installation.settings.block_min
            self._blocked[name] = self._installation.clock.now() + timedelta(minutes=minutes)
            self._wrong.pop(name)
        return left
