"""Rules of an order's parts that reading and writing share: ids, names, codes, properties.

What is written and read back must be equal, so both directions go through the same functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from gateway.canonical import (
    Address,
    Discount,
    DiscountReason,
    Money,
    OrderStatus,
    PersonName,
)

from .config import BitrixSettings
from .values import clean, is_id
from .wire import WireItem, WirePayment, WireProperty

_AUTO_ID = "bx_"
_BORN_HERE = "bitrix-"
_SEPARATORS = re.compile(r"[,;\s]+")
_NAME_PARTS_MAX = 3
_STAGES = {status: stage for stage, status in enumerate(OrderStatus)}
PERCENT = Decimal(100)
PROPERTY_LIMIT = 500
NAMELESS = "—"


def row_ids(rows: Sequence[WireItem] | Sequence[WirePayment]) -> dict[str, str]:
    """Return the canonical id of each row, by the shop's own row id.

    A row's external id that somebody chose is its canonical id. The shop's automatic ones, and such
    as occur twice in the order, are replaced by an id made of the row's own.
    """
    times = Counter(row.xml_id for row in rows)
    return {
        row.id: row.xml_id
        if row.xml_id and not row.xml_id.startswith(_AUTO_ID) and times[row.xml_id] == 1
        else f"{_BORN_HERE}{row.id}"
        for row in rows
    }


def person_name(text: str | None) -> PersonName | None:
    """Split a name in one line: one word is the first name, else last, first, the rest."""
    words = (text or "").split()
    if not words:
        return None
    if len(words) == 1:
        return PersonName(last=None, first=words[0], patronymic=None)
    rest = " ".join(words[_NAME_PARTS_MAX - 1 :]) or None
    return PersonName(last=words[0], first=words[1], patronymic=rest)


def full_name(name: PersonName | None) -> str | None:
    """Return a name in one line, the way in which ``person_name`` splits it."""
    parts = (name.last, name.first, name.patronymic) if name else ()
    words = " ".join(part for part in parts if part).split()
    return clean(" ".join(words), PROPERTY_LIMIT)


def one_line(address: Address | None) -> str | None:
    """Return an address as one line of text."""
    if address is None:
        return None
    parts = (
        address.postcode, address.country, address.region, address.city, address.street,
        address.house, address.flat,
    )  # fmt: skip
    text = clean(address.text, PROPERTY_LIMIT)
    return text or clean(", ".join(part.strip() for part in parts if part), PROPERTY_LIMIT)


def property_value(values: Iterable[WireProperty], codes: Sequence[str]) -> str | None:
    """Return the first value that is there, in the order of ``codes``; lists and files are none."""
    by_code = {row.code: row.value for row in values}
    for code in codes:
        value = by_code.get(code)
        if value is not None and not isinstance(value, list | dict):
            text = clean(str(value), PROPERTY_LIMIT)
            if text is not None:
                return text
    return None


def codes_in(text: str | None) -> list[str]:
    """Return the promo codes that a property names, one after another."""
    return [code for code in _SEPARATORS.split(text or "") if code]


def joined(codes: Iterable[str]) -> str:
    """Return promo codes as one property's text."""
    return ", ".join(sorted(codes))


def is_one_code(code: str) -> bool:
    """Tell whether a promo code can stand in a property beside others."""
    return codes_in(code) == [code]


def order_discounts(
    promo_codes: Iterable[str], card: str | None, promotions: Iterable[str]
) -> tuple[Discount, ...]:
    """Return the reasons of an order's prices as far as the shop tells them; it splits nothing."""
    found = [
        Discount(id=f"promo_code:{code}", reason=DiscountReason.PROMO_CODE, code=code)
        for code in promo_codes
    ]
    if card is not None:
        found.append(Discount(id=f"card:{card}", reason=DiscountReason.CARD, code=card))
    found += [
        Discount(id=f"promotion:{name}", reason=DiscountReason.PROMOTION, name=name)
        for name in sorted(set(promotions))
    ]
    return tuple(found)


def status_code(status: OrderStatus, settings: BitrixSettings) -> str:
    """Return the shop's code of a status, else of the last stage before it that the shop knows."""
    for stage in sorted(_STAGES, key=lambda s: -_STAGES[s]):
        if _STAGES[stage] > _STAGES[status] or stage is OrderStatus.CANCELLED:
            continue
        preferred = settings.status_codes.get(stage)
        if preferred is not None:
            return preferred
        for code, meaning in settings.statuses.items():
            if meaning is stage:
                return code
    # Every shop maps a code to new (settings), and new is the first stage.
    return next(code for code, s in settings.statuses.items() if s is OrderStatus.NEW)


def first_id(names: Mapping[int, str], code: str | None, default: int | None) -> int | None:
    """Return the shop's first id of a canonical code, else the default of the account."""
    if code is not None:
        for number, name in names.items():
            if name == code:
                return number
    return default


def pay_system(method: str | None, settings: BitrixSettings) -> int | None:
    """Return the pay system that carries a method, ``None`` when the account names none."""
    return first_id(settings.pay_systems, method, settings.default_pay_system)


def catalogue_id(named: str | None, settings: BitrixSettings) -> int | None:
    """Return a product's id in the site's catalogue, when products are named by it."""
    is_ours = settings.product_key == "id" and named is not None and is_id(named)
    return int(named or 0) if is_ours else None


def own_money(money: Money | None, settings: BitrixSettings) -> Money | None:
    """Return an amount that the shop can hold: it has one currency, and converts nothing."""
    if money is None or money.currency != settings.currency:
        return None
    return Money.of(money.amount, money.currency)


def site_of(shop: str | None, settings: BitrixSettings) -> str:
    """Return the site id that an order of ``shop`` is created at."""
    for lid, name in settings.shops.items():
        if shop in {lid, name}:
            return lid
    return settings.site_id
