"""Values: how 1C writes moments, references, numbers and texts. Pure.

Source: vendor reference, 1.2, 1.3 and 6.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import PersonName
from gateway.contract import TranslationFailed

EMPTY = "00000000-0000-0000-0000-000000000000"
"""The empty reference: it stands for nothing, and nothing may ever be written under it."""

_NAMESPACE = uuid.UUID("7b3d2a1c-55a0-5a1e-8f0b-1c1c1c1c0001")
_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_FIRST_YEAR = 1900


def reference(value: object) -> str | None:
    """Return a reference in lower case; ``None`` for the empty one and for what is none."""
    text = str(value or "").strip().lower()
    return text if _GUID.match(text) and text != EMPTY else None


def own_reference(key: str) -> str:
    """Return the reference under which a record with our key is made: the same at every try."""
    return str(uuid.uuid5(_NAMESPACE, key))


def moment_of(value: object, zone: ZoneInfo) -> datetime | None:
    """Read a moment in the base's own time; the empty date is none (6.2)."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if moment.year < _FIRST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment in the base's own time, whole seconds, without a zone (6.2)."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()


def day_of(value: object) -> date | None:
    """Read a day; the empty date is none."""
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None


def day_text(day: date | None) -> str:
    """Write a day as a moment; nothing is the empty date."""
    return f"{day.isoformat() if day else '0001-01-01'}T00:00:00"


def number_of(value: object) -> Decimal | None:
    """Read a number, also one that comes as a text (Int64) or with a comma or spaces."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(value)
    text = str(value if value is not None else "").replace("\xa0", "").replace(" ", "")
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def text_of(value: object) -> str | None:
    """Read a text without the spaces around it; an empty one is none."""
    text = str(value if value is not None else "").strip()
    return text or None


def person_name(text: str | None) -> PersonName | None:
    """Split "Surname Name Patronymic", which is how 1C writes a person in one field."""
    parts = (text or "").split()
    if not parts:
        return None
    first = parts[1] if len(parts) > 1 else None
    return PersonName(last=parts[0], first=first, patronymic=" ".join(parts[2:]) or None)


def full_name(name: PersonName | None) -> str:
    """Join a name's parts as 1C writes them in one field; without any it is empty."""
    parts = (name.last, name.first, name.patronymic) if name is not None else ()
    return " ".join(one for one in parts if one)


def said_text(row: Mapping[str, Any], name: str) -> str | None:
    """Read a text of a row. Raises ``TranslationFailed`` for another type."""
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise unexpected(name)
    return text_of(value)


def said_number(row: Mapping[str, Any], name: str) -> Decimal | None:
    """Read a number of a row. Raises ``TranslationFailed`` for what is none and not empty."""
    number = number_of(row.get(name))
    if number is None and row.get(name) not in (None, ""):
        raise unexpected(name)
    return number


def said_day(row: Mapping[str, Any], name: str) -> date | None:
    """Read a day of a row. Raises ``TranslationFailed`` for what is none and not empty."""
    moment = said_moment(row, name, ZoneInfo("UTC"))
    return moment.date() if moment is not None else None


def said_moment(row: Mapping[str, Any], name: str, zone: ZoneInfo) -> datetime | None:
    """Read a moment of a row. Raises ``TranslationFailed`` for what is none and not empty."""
    text = said_text(row, name)
    if text is None:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise unexpected(name) from None
    return moment_of(text, zone)


def said_rows(row: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Read a tabular section. Raises ``TranslationFailed`` for what is none and not empty."""
    rows = row.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        raise unexpected(name)
    return rows


def unexpected(name: str) -> TranslationFailed:
    """Return the error of a field; it never tells the value."""
    return TranslationFailed("has an unexpected form", path=name, operation="read")


def guid(ref: str) -> str:
    """Write a reference in a path or a filter."""
    return f"guid'{ref}'"


def quoted(text: str) -> str:
    """Write a text in a filter: a quote inside is doubled."""
    return "'" + text.replace("'", "''") + "'"


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment in a filter."""
    return f"datetime'{moment_text(moment, zone)}'"
