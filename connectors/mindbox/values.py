"""Values: moments, phones and points as the vendor writes them (vendor reference, 6). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from gateway.canonical import BonusPoints

CLEAR = "%CLEAR%"
"""The word that empties a field; a field that is left out stays as it is (6)."""

_FORMATS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


def moment_text(moment: datetime) -> str:
    """Write a moment as ``yyyy-MM-dd HH:mm:ss.fff`` in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def minute_text(moment: datetime) -> str:
    """Write a moment as ``yyyy-MM-dd HH:mm`` in UTC, as the filters of exports want it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def moment_of(text: str | None) -> datetime | None:
    """Read a moment in UTC; ``None`` for nothing or for what is no moment."""
    for form in _FORMATS:
        try:
            return datetime.strptime((text or "").rstrip("Z"), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def points(value: Decimal | None) -> BonusPoints | None:
    """Return points, ``None`` for none told."""
    return None if value is None else BonusPoints(points=value)


def phone_text(number: str) -> str:
    """Write E.164 without its plus."""
    return number.lstrip("+")
