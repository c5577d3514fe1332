"""The project's time: UTC, the vendor's writing, and every reading that clients use (section 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from mocks.mindbox.errors import ProtocolRefused

_FORMS = (
    "%d.%m.%Y %H:%M:%S.%f",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
)


class ProjectClock:
    """Tells the time; stands still once frozen."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        """Run with ``source`` until ``freeze`` sets a fixed time."""
        self._source = source
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Return the present millisecond in UTC."""
        moment = self._frozen or self._source()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def freeze(self, at: str | None) -> None:
        """Stand still at ``at`` (UTC), or run again with None."""
        self._frozen = None if at is None else read(at)

    def advance(self, seconds: float) -> None:
        """Stand still ``seconds`` after the present moment."""
        self._frozen = self.now() + timedelta(seconds=seconds)


def write(moment: datetime) -> str:
    """Return a moment as the vendor writes it: ``yyyy-MM-dd HH:mm:ss.fff``."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def read(value: object, where: str = "") -> datetime:
    """Read a UTC date-time in any of the accepted writings.

    Raises:
        ProtocolRefused: it is none of them.
    """
    text = str(value).strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _dotted(text, where)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_date(value: object, where: str) -> str:
    """Read a date, with or without a time, and return it as ``yyyy-MM-dd``."""
    return read(value, where).date().isoformat()


def midnight_after(moment: datetime, days: int) -> datetime:
    """Return the start of the day ``days`` after ``moment``."""
    day: date = moment.date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _dotted(text: str, where: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    msg = f"{where or '/'}: не удалось разобрать дату"
    raise ProtocolRefused(msg)
