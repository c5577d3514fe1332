"""Values: moments, days and phones as the vendor writes them (vendor reference, 1). Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime


def moment_of(text: str | None) -> datetime | None:
    """Read a moment; without a zone it is in UTC (1)."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_text(moment: datetime) -> str:
    """Write a moment in UTC with milliseconds."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def phone_text(number: str) -> str:
    """Write E.164 as the vendor's eleven digits."""
    return number.lstrip("+")


def day_of(text: str | None) -> date | None:
    """Read the day of a moment, ``None`` for none."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
