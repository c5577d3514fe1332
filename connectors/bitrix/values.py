"""Values in the one form in which this connector speaks them, inbound and outbound alike.

What is written and read back must be equal, so both directions go through the same functions.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

OWN_KEY = re.compile(r"[a-z]+-[0-9a-z-]{8,34}")
_QUANTITY_STEP = Decimal("0.0001")


def utc(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """Return a moment in whole seconds of UTC; one without an offset is in the shop's zone."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.astimezone(UTC).replace(microsecond=0)


def site_time(moment: datetime, zone: tzinfo) -> str:
    """Return a moment in the shop's own writing: ISO 8601, whole seconds, its own offset."""
    return moment.astimezone(zone).replace(microsecond=0).isoformat()


def clean(text: str | None, limit: int = 255) -> str | None:
    """Return a text trimmed and no longer than the shop keeps it, ``None`` for an empty one."""
    return ((text or "").strip()[:limit]).strip() or None


def own_key(xml_id: str | None) -> str | None:
    """Return an external id that looks like one of the gateway's own keys."""
    return xml_id if xml_id and OWN_KEY.fullmatch(xml_id) else None


def quantity(value: Decimal) -> Decimal:
    """Return a quantity in the shop's precision of four decimals."""
    return value.quantize(_QUANTITY_STEP, rounding=ROUND_HALF_UP)


def is_id(text: str) -> bool:
    """Tell whether a text can be an id of the shop."""
    return text.isascii() and text.isdigit() and text != "0"
