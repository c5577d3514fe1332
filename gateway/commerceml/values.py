"""Values in a file's writing: numbers, switches, moments, ids.

Reading is tolerant, because old bases write by the regional settings of their computer; writing
keeps to the schema (vendor reference of 1C, sections 4.2 and 6.1-6.3). Errors are ``ValueError``
with the reason and without the value.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from gateway.canonical.money import exact, rounded

_PLAIN = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,10})?", re.ASCII)
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_GUID_LENGTH = 36
_EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
_YES = frozenset({"true", "1", "да", "yes", "истина"})
_NO = frozenset({"false", "0", "нет", "no", "ложь"})
_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?", re.ASCII)
_DAY_PARTS = re.compile(r"[T\s]+")
KOPECK = Decimal("0.01")
GRAM = Decimal("0.001")


@lru_cache(maxsize=1024)
def number(text: str) -> Decimal:
    """Read ``1234.50``, ``1 234,50`` or ``-0,5``: also with no-break spaces in thousands.

    The same few texts come again and again: rests, rates, round prices.
    """
    if not _PLAIN.fullmatch(text):
        text = _SPACES.sub("", text).replace(",", ".")
        if not _PLAIN.fullmatch(text):
            msg = "is no number"
            raise ValueError(msg)
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the expression admits only what Decimal reads
        msg = "is no number"
        raise ValueError(msg) from None


def written(value: Decimal, unit: Decimal | None = None) -> str:
    """Write a number in plain notation, rounded half up to ``unit`` if one is given."""
    return format(exact(value if unit is None else rounded(value, unit)), "f")


def switch(text: str) -> bool:
    """Read ``true``, ``1``, ``Да`` and their opposites; in whatever case."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    msg = "is neither true nor false"
    raise ValueError(msg)


def day(text: str) -> date | None:
    """Read ``2025-03-03`` or ``03.03.2025``; 1C's empty date is ``None``."""
    found = _RUSSIAN_DATE.fullmatch(text)
    try:
        if found:
            value = date(int(found[3]), int(found[2]), int(found[1]))
        else:
            value = date.fromisoformat(text)
    except ValueError:
        msg = "is no date"
        raise ValueError(msg) from None
    return None if value.year == 1 else value


def hour(text: str) -> time:
    """Read ``14:06:40`` or ``9:05``; the fraction of a second is left out."""
    found = _TIME.fullmatch(text.removesuffix("Z"))
    try:
        if found:
            return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        pass
    msg = "is no time of day"
    raise ValueError(msg)


def moment(text: str, zone: tzinfo, hour_text: str = "") -> datetime | None:
    """Read a local moment as UTC: with ``T``, with a space, or only a date; empty date → ``None``.

    ``hour_text`` is the time where a file has it apart (``Дата`` and ``Время``).
    """
    parts = _DAY_PARTS.split(text.strip(), maxsplit=1)
    its_day = day(parts[0])
    if its_day is None:
        return None
    clock = parts[1] if len(parts) > 1 else hour_text
    at = datetime.combine(its_day, hour(clock.strip()) if clock.strip() else time())
    try:
        return at.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        msg = "is no date"
        raise ValueError(msg) from None


def plain_id(text: str) -> str:
    """Return an id as it is compared: a GUID in lower case, anything else as it stands."""
    if len(text) == _GUID_LENGTH and _GUID.fullmatch(text):
        return text.lower()
    return text


def product_ids(text: str, variant: str = "") -> tuple[str, str | None]:
    """Split ``product#variant`` into the id of the record and, of a variant, that of its product.

    ``a#a`` and ``a#`` are the product itself, and so is the empty GUID as a variant.
    """
    if "#" not in text and not variant:
        return plain_id(text), None
    owner, _, inside = text.partition("#")
    owner, part = plain_id(owner.strip()), plain_id((variant or inside).strip())
    if part in {"", owner, _EMPTY_GUID}:
        return owner, None
    return f"{owner}#{part}", owner


def version_number(text: str | None) -> Decimal:
    """Return a schema version as receivers compare it: ``2.10`` is 2.1, above 2.09; unread is 0.

    Source: vendor reference of Bitrix, section 3.3 (versions are compared as PHP floats).
    """
    found = re.fullmatch(r"\d{1,2}(?:\.\d{1,2})?", text.strip(), re.ASCII) if text else None
    return Decimal(found[0]) if found else Decimal(0)
