"""Order properties, outbound: which values an order's form shall hold. Pure functions.

The shop takes the whole set at once and wipes what is left out (reference 2.5), so everything that
is there is sent back beside what changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from gateway.canonical import Order, normal_email, normal_phone
from gateway.contract import Blame, Rejected

from .config import BitrixSettings
from .order_parts import codes_in, full_name, joined, one_line, person_name, property_value
from .wire import WireOrder, WirePropertyDefinition

PropertyIds: TypeAlias = Mapping[tuple[str, str], str]
"""(payer type, property code) → property id; ids differ between payer types."""


def property_ids(definitions: Sequence[WirePropertyDefinition]) -> dict[tuple[str, str], str]:
    """Return the ids of properties by payer type and code."""
    return {
        (row.person_type_id, row.code): row.id
        for row in definitions
        if row.person_type_id and row.code
    }


def property_rows(
    wanted: Order,
    spoken: frozenset[str],
    current: WireOrder | None,
    *,
    settings: BitrixSettings,
    ids: PropertyIds,
) -> list[dict[str, Any]] | None:
    """Return the whole new set of values, ``None`` when nothing changes.

    Raises: ``Rejected`` for a property that the payer type lacks, or an order with a file among its
    properties, which the shop would lose.
    """
    rows = list(current.property_values) if current else []
    values = {row.order_props_id: row.value for row in rows if row.order_props_id}
    by_code = {row.code: row.order_props_id or "" for row in rows if row.code}
    payer = (current.person_type_id if current else None) or str(settings.person_type_id)
    is_changed = False
    for meaning, codes, text in _wanted(wanted, spoken, settings):
        there = property_value(rows, codes)
        if _same(meaning, text, there):
            continue
        held = next((c for c in codes if property_value(rows, (c,)) is not None), None)
        number = by_code[held] if held else _id_of(meaning, codes, payer, ids)
        values[number] = text
        is_changed = True
    if not is_changed:
        return None
    if any(isinstance(value, dict) for value in values.values()):
        msg = "the order has a file among its properties, which an edit would lose: edit it there"
        raise Rejected(msg, operation="sale.propertyvalue.modify")
    return [
        {"orderPropsId": number, "value": "" if value is None else value}
        for number, value in sorted(values.items(), key=lambda pair: int(pair[0] or 0))
        if value != []
    ]


def _wanted(
    order: Order, spoken: frozenset[str], settings: BitrixSettings
) -> Iterator[tuple[str, Sequence[str], str]]:
    """Yield (meaning, codes, text) of every property that shall have a value."""
    properties = settings.properties
    contact = order.contact if "contact" in spoken else None
    address = order.delivery.address if "delivery" in spoken and order.delivery else None
    codes = order.promo_codes if "promo_codes" in spoken else ()
    found: list[tuple[str, Sequence[str], str | None]] = [
        ("name", properties.name, full_name(contact.name) if contact else None),
        ("phone", properties.phone, contact.phone if contact else None),
        ("email", properties.email, contact.email if contact else None),
        ("address", properties.address, one_line(address)),
        ("card", properties.card, order.card_number if "card_number" in spoken else None),
        ("promo_codes", properties.promo_codes, joined(codes) or None),
    ]
    if "attributes" in spoken:
        found += [
            (f"attributes.{code}", (name,), order.attributes.get(code))
            for code, name in settings.order_attributes.items()
        ]
    for meaning, names, text in found:
        if names and text is not None:
            yield meaning, names, text


def _same(meaning: str, text: str, there: str | None) -> bool:
    """Compare as reading would: another spelling of the same phone is not rewritten."""
    match meaning:
        case "name":
            return person_name(text) == person_name(there)
        case "phone":
            return normal_phone(there) == text
        case "email":
            return normal_email(there) == text
        case "promo_codes":
            return set(codes_in(text)) <= set(codes_in(there))
        case _:
            return text == there


def _id_of(meaning: str, codes: Sequence[str], payer: str, ids: PropertyIds) -> str:
    for code in codes:
        number = ids.get((payer, code))
        if number is not None:
            return number
    msg = (
        f"{meaning}: payer type {payer} has no order property {' or '.join(codes)}: "
        "add it in the shop, or correct properties in the account"
    )
    raise Rejected(msg, operation="sale.propertyvalue.modify", blame=Blame.OPERATOR)
