"""What an account's configuration says of its files: ids of one shop → canonical codes.

CommerceML fixes the shape of a file; which price type is the retail one, and which store is the one
in the high street, is the shop's own business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.canonical import OrderStatus

from .values import plain_id

DELIVERY_ROW = "ORDER_DELIVERY"


class Unit(NamedTuple):
    """A unit of measure as the classifier OKEI names it."""

    code: str
    full_name: str
    international: str


UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        "шт": Unit("796", "Штука", "PCE"),
        "пар": Unit("715", "Пара (2 шт.)", "NPR"),
        "упак": Unit("778", "Упаковка", "NMP"),
        "г": Unit("163", "Грамм", "GRM"),
        "кг": Unit("166", "Килограмм", "KGM"),
        "л": Unit("112", "Литр", "LTR"),
        "м": Unit("006", "Метр", "MTR"),
    }
)
"""Short name → unit; a unit that is not named here is written without its code."""

CURRENCIES: Mapping[str, str] = MappingProxyType(
    {"руб": "RUB", "руб.": "RUB", "р.": "RUB", "RUR": "RUB", "643": "RUB"}
)
"""Spellings of currencies in old bases → ISO 4217 (vendor reference of 1C, section 4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceMlMapping:
    """How the ids and names in an account's files are to be read.

    Shape: of ``price_types``, ``stores``, ``groups``, ``payment_methods``, ``delivery_methods``,
    ``shops``: id (or name) in the file → canonical code. An empty one means that ids are codes; in
    one that is not empty, what it does not name is left out with a remark when read, and refused
    when written. ``statuses`` maps the id of a status or its text, and has no such default.
    ``product_attributes`` and ``order_attributes``: canonical attribute → name of the requisite,
    property or characteristic (of a property also its id). ``total_store`` is the store to which a
    rest without a store belongs, ``None`` leaves such rests out. ``zone`` is the local time of the
    files, which never name one. ``payment_operations``: canonical method → ``ХозОперация`` of its
    payment documents.
    """

    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    currency: str = "RUB"
    currencies: Mapping[str, str] = field(default_factory=lambda: CURRENCIES)
    price_types: Mapping[str, str] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    total_store: str | None = "total"
    groups: Mapping[str, str] = field(default_factory=dict)
    shops: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, OrderStatus] = field(default_factory=dict)
    payment_methods: Mapping[str, str] = field(default_factory=dict)
    delivery_methods: Mapping[str, str] = field(default_factory=dict)
    payment_operations: Mapping[str, str] = field(default_factory=dict)
    product_attributes: Mapping[str, str] = field(default_factory=dict)
    order_attributes: Mapping[str, str] = field(default_factory=dict)
    delivery_rows: frozenset[str] = frozenset({DELIVERY_ROW})
    card_requisite: str | None = None
    promo_requisite: str | None = None
    units: Mapping[str, Unit] = field(default_factory=lambda: UNITS)


def code_of(known: Mapping[str, str], *names: str | None) -> str | None:
    """Return the canonical code of the first name that is mapped; ``None`` when none of them is."""
    for name in names:
        if name and not known:
            return name
        if name and name in known:
            return known[name]
    return None


def code_of_id(known: Mapping[str, str], id_: str) -> str | None:
    """Return the canonical code of an id, which is also looked for as ids are compared."""
    code = known.get(id_)
    return code or code_of(known, id_, plain_id(id_))


def id_of(known: Mapping[str, str], code: str) -> str | None:
    """Return the id that is written for a canonical code: the first that is mapped to it."""
    if not known:
        return code
    return next((name for name, its_code in known.items() if its_code == code), None)
