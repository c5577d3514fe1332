"""Translator, common part: texts, moments, names and addresses between wire and canonical model.

Pure. What is read back must equal what was held, so both directions use the same normal forms.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from gateway.canonical import Address, Canonical, PersonName
from gateway.canonical.paths import known as valued
from gateway.canonical.paths import spoken

from .touched import touches
from .wire import AddressWire, CustomerWire, OrderWire

LONGEST_CUSTOM_TEXT = 500
"""The vendor's own module drops longer values of string fields (intaro.retailcrm)."""

_KEY = re.compile(r"^[a-z]+-[0-9a-z-]{8,34}$")
_COUNTRY = re.compile(r"^[A-Z]{2}$")
_PARTS = {
    "postcode": "index",
    "region": "region",
    "city": "city",
    "street": "street",
    "house": "building",
    "flat": "flat",
}
_WIRE_NAMES = {"last": "lastName", "first": "firstName", "patronymic": "patronymic"}


def own_key(external_id: str | None) -> str | None:
    """Return the external id if it looks like a key of ours; other systems' ids are no keys."""
    return external_id if external_id and _KEY.match(external_id) else None


def tidy(text: object) -> str | None:
    """Return a stripped text, ``None`` for no text; numbers count as their digits."""
    if text is None or isinstance(text, bool | list | dict):
        return None
    return str(text).strip() or None


def tidy_custom(text: object) -> str | None:
    """Return a text that fits into a string custom field."""
    whole = tidy(text)
    return None if whole is None else tidy(whole[:LONGEST_CUSTOM_TEXT])


def moment_of(text: str | None, zone: tzinfo) -> datetime | None:
    """Read a moment of the account's zone as UTC; ``None`` when it is none.

    An hour that occurs twice in autumn is read as the first of the two.
    """
    if not text:
        return None
    try:
        naive = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = naive if naive.tzinfo else naive.replace(tzinfo=zone)
    return aware.astimezone(UTC).replace(microsecond=0)


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """Write a moment as the vendor spells it: local to the account, whole seconds."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def held_moment(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """Return the moment as it would be read back."""
    return None if moment is None else moment_of(moment_text(moment, zone), zone)


def day_of(text: str | None) -> date | None:
    """Read a date; ``None`` when it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def name_of(wire: CustomerWire | OrderWire) -> PersonName:
    """Read the name of a customer, or the one that is written on an order."""
    return PersonName(last=wire.last_name, first=wire.first_name, patronymic=wire.patronymic)


def held_name(name: PersonName | None, known: PersonName | None) -> PersonName | None:
    """Return the name as it would be read back; a name that nobody speaks of stays."""
    if name is None:
        return known
    return PersonName(
        last=tidy(name.last), first=tidy(name.first), patronymic=tidy(name.patronymic)
    )


def name_to_wire(
    name: PersonName | None, changed: Collection[str], *, at: str = "name"
) -> dict[str, Any]:
    """Return the changed ones of the three name fields; ``None`` clears one."""
    return {
        wire: getattr(name, part)
        for part, wire in _WIRE_NAMES.items()
        if name is not None and touches(changed, f"{at}/{part}")
    }


def address_of(wire: AddressWire, *, home: str) -> Address:
    """Read an address. The home country is the vendor's default and says nothing."""
    return _address(
        {part: getattr(wire, name) for part, name in _PARTS.items()},
        country=wire.country_iso,
        text=wire.text,
        home=home,
    )


def held_address(address: Address | None, known: Address | None, *, home: str) -> Address | None:
    """Return the address as it would be read back; one that nobody speaks of stays."""
    if address is None:
        return known
    parts = {part: tidy(getattr(address, part)) for part in _PARTS}
    return _address(parts, country=tidy(address.country), text=tidy(address.text), home=home)


def _address(
    parts: Mapping[str, str | None], *, country: str | None, text: str | None, home: str
) -> Address:
    """Make an address; the vendor composes the one-line text itself when it has the parts."""
    abroad = country if country and country != home and _COUNTRY.match(country) else None
    line = None if any(parts.values()) else text
    return Address(country=abroad, text=line, **parts)


def address_to_wire(
    address: Address, changed: Collection[str], *, home: str, at: str = "address"
) -> dict[str, Any]:
    """Return the changed parts of an address as the vendor takes them; ``None`` clears one."""
    wire: dict[str, Any] = {
        name: getattr(address, part)
        for part, name in _PARTS.items()
        if touches(changed, f"{at}/{part}")
    }
    has_parts = any(getattr(address, part) for part in _PARTS)
    if not has_parts and (wire or touches(changed, f"{at}/text")):
        # Without parts the text is what was told, not what the vendor composed of them.
        wire["text"] = address.text
    if touches(changed, f"{at}/country"):
        wire["countryIso"] = address.country or home
    return wire


def is_empty(address: Address) -> bool:
    """Tell whether nothing is known of the address."""
    return not any(value for value in address.model_dump().values())


def filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a creation: what has no value is not sent."""
    return {name: value for name, value in row.items() if value not in (None, {}, [])}


def changed_parts(changed: Iterable[str]) -> frozenset[str]:
    """Return the top-level fields of changed paths."""
    return frozenset(path.partition("/")[0] for path in changed)


def differs(answered: Canonical, desired: Canonical) -> bool:
    """Tell whether the vendor's answer contradicts what it was told, where it speaks at all."""
    said, told = spoken(answered), valued(spoken(desired))
    heard = {path.partition("/")[0] for path in said}
    lost = any(
        value is True and path not in said and path.partition("/")[0] in heard
        for path, value in told.items()
    )
    return lost or any(
        told.get(path) != (None if value == [] else value) for path, value in said.items()
    )
