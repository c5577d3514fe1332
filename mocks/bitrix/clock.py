"""The site's clock: whole seconds in the site's own zone.

And the readings of dates that PHP accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

_DOTTED = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


class SiteClock:
    """Tells the time in the site's zone.

    All its texts share one offset, so they sort like the instants they name.
    """

    def __init__(self, utc_offset_h: int = 3) -> None:
        """Run with the wall clock until ``freeze`` sets a fixed time."""
        self.zone = timezone(timedelta(hours=utc_offset_h))
        self._frozen: datetime | None = None
        self.cuts_offset = False

    def freeze(self, text: str | None) -> None:
        """Stand still at ``text`` (ISO 8601 with offset), or run again with None.

        Raises:
            ValueError: ``text`` is no date-time.
        """
        self._frozen = None if text is None else datetime.fromisoformat(text).astimezone(self.zone)

    def now(self) -> datetime:
        """Return the present second."""
        moment = self._frozen or datetime.now(self.zone)
        return moment.replace(microsecond=0)

    def stamp(self) -> str:
        """Return the present second as the site writes it.

        For example ``2025-03-01T12:40:05+03:00``.
        """
        return self.now().isoformat()

    def unix(self) -> int:
        """Return the present second as a unix time."""
        return int(self.now().timestamp())

    def text(self, unix: int) -> str:
        """Return a unix time as the site writes it."""
        return datetime.fromtimestamp(unix, UTC).astimezone(self.zone).isoformat()

    def read(self, value: object) -> str | None:
        """Return a date-time in the site's writing.

        Or None when PHP could not read it (reference 1.2).

        Without an offset the value is taken in the site's zone.
        """
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, str) and value.strip():
            found = _parsed(value.strip())
            if found is None:
                return None
            moment = found
        else:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(self.zone).replace(microsecond=0).isoformat()

    def read_filter(self, value: object) -> str | None:
        """Return a filter's date-time; its offset is cut off where switch S7 says so."""
        moment = _parsed(value.strip()) if self.cuts_offset and isinstance(value, str) else None
        return self.read(moment.replace(tzinfo=None) if moment is not None else value)


def _parsed(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, *(_reader(form) for form in _DOTTED)):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _reader(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007 - the caller adds the site's zone


def seconds_of(stamp: str) -> int:
    """Return the unix time of a date-time that the site wrote."""
    return int(datetime.fromisoformat(stamp).timestamp())


def is_date(text: object) -> bool:
    """Tell whether ``text`` is a date in the form ``YYYY-MM-DD``."""
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
