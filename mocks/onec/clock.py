"""The server's clock: whole seconds of local time without a zone (reference, section 6.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo


class LocalClock:
    """Tells the infobase's local time; may be frozen through the side door."""

    def __init__(self, source: Callable[[], datetime], zone: str) -> None:
        """Read ``source`` in ``zone`` until ``freeze`` sets a fixed time."""
        self._source = source
        self._zone = ZoneInfo(zone)
        self._frozen: datetime | None = None

    def freeze(self, text: str | None) -> None:
        """Stand still at the local time ``text`` (``YYYY-MM-DDTHH:MM:SS``), or run with None.

        Raises:
            ValueError: ``text`` is no date-time, or has a zone.
        """
        moment = None if text is None else datetime.fromisoformat(text)
        if moment is not None and moment.tzinfo is not None:
            msg = "the time of the infobase is local, without a zone"
            raise ValueError(msg)
        self._frozen = moment

    def now(self) -> datetime:
        """Return the present second, naive, in the infobase's zone."""
        moment = self._frozen or self._source().astimezone(self._zone)
        return moment.replace(tzinfo=None, microsecond=0)

    def text(self) -> str:
        """Return the present second as it travels."""
        return self.now().isoformat()
