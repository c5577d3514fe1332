"""The installation's clock and its ways of writing a moment (reference, section 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells UTC time: the reader handed in, shifted, or standing still at a set moment."""

    def __init__(self, read: Callable[[], datetime]) -> None:
        """Run with ``read`` until it is frozen or advanced."""
        self._read = read
        self._frozen: datetime | None = None
        self._shift = timedelta()

    def now(self) -> datetime:
        """Return the present moment."""
        return (self._frozen or self._read()).astimezone(UTC) + self._shift

    def freeze(self, text: str | None) -> None:
        """Stand still at ``text``, or run again with None; an earlier advance is forgotten.

        Raises:
            ValueError: ``text`` is no date-time.
        """
        self._frozen = None if text is None else moment(text)
        self._shift = timedelta()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._shift += timedelta(seconds=seconds)


def moment(text: str) -> datetime:
    """Read an ISO date or date-time; without a zone it is UTC.

    Raises:
        ValueError: it is neither.
    """
    found = datetime.fromisoformat(text.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def iso(at: datetime | None) -> str | None:
    """Write a moment with ``Z``, to the second."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zoneless(at: datetime) -> str:
    """Write a moment without a zone, as the operations of a detailed balance have it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def offset(at: datetime) -> str:
    """Write a moment with ``+00:00``, as history has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
