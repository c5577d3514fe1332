"""Prices and rests of an offer, in the three forms in which exporters write rests.

Source: vendor reference of 1C, section 4.4.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from gateway.canonical import Money, Price, Stock

from .classifier import Classifier
from .mapping import CommerceMlMapping, code_of_id
from .nodes import Element, Laid, Unreadable, attribute, every, fields, text, value
from .values import number, plain_id

_RESTS = frozenset({"Склад", "Склады", "Остатки", "Количество"})
_KEPT = 1024
"""Values that are made once: they never change, and most goods share their rests and prices."""


def currency_of(said: str | None, mapping: CommerceMlMapping) -> str:
    """Return the ISO code of a currency as a file spells it, or the account's own."""
    return mapping.currency if said is None else mapping.currencies.get(said, said)


def prices_from(
    element: Element, classifier: Classifier, mapping: CommerceMlMapping, remarks: list[str]
) -> tuple[Price, ...]:
    """Read ``Цены``. Of several prices of a type the first counts, one for any quantity before."""
    found: dict[str, tuple[bool, Price]] = {}
    for row in element:
        own = fields(row)
        amount = value(own.get("ЦенаЗаЕдиницу"), number)
        id_ = text(own.get("ИдТипаЦены"))
        if id_ is None or amount is None:
            reason = "a price has no type or no amount"
            raise Unreadable(reason, row)
        code = code_of_id(mapping.price_types, id_)
        if code is None:
            remarks.append(f"prices: price type {id_} is not mapped")
            continue
        is_general = "МинКоличество" not in own
        if code in found and (found[code][0] or not is_general):
            remarks.append(f"prices/{code}: a further price of the type is left out")
            continue
        currency = text(own.get("Валюта"))
        if currency is None and (its_type := classifier.price_types.get(plain_id(id_))):
            currency = its_type.currency
        price = _price(code, amount, currency_of(currency, mapping))
        found[code] = (is_general, price)
    return tuple(price for _, price in found.values())


def stock_from(
    record: Laid, mapping: CommerceMlMapping, remarks: list[str]
) -> tuple[Stock, ...] | None:
    """Read the rests; ``None`` where the offer says nothing of them.

    Rests by stores win over the total. Stores that are mapped to one code are added up.
    """
    own = record.own
    if _RESTS.isdisjoint(own):
        return None
    by_store: dict[str, Decimal] = {}
    total: Decimal | None = value(own.get("Количество"), number)
    rows = [*record.every("Склад"), *record.every("Склады")]
    for rest in every(own.get("Остатки"), "Остаток"):
        parts = fields(rest)
        total = value(parts.get("Количество"), number) if "Количество" in parts else total
        rows += list(every(rest, "Склад"))
    seen = False
    for row in rows:
        id_, quantity = _rest(row)
        if id_ is None or quantity is None:
            continue
        seen = True
        code = code_of_id(mapping.stores, id_)
        if code is None:
            remarks.append(f"stock: store {id_} is not mapped")
        else:
            by_store[code] = by_store.get(code, Decimal(0)) + quantity
    if not seen and total is not None and mapping.total_store is not None:
        by_store[mapping.total_store] = total
    return tuple(_stock(store, rest) for store, rest in by_store.items())


@lru_cache(maxsize=_KEPT)
def _price(code: str, amount: Decimal, currency: str) -> Price:
    return Price(type=code, amount=Money(amount=amount, currency=currency))


@lru_cache(maxsize=_KEPT)
def _stock(store: str, quantity: Decimal) -> Stock:
    return Stock(store=store, quantity=quantity)


def _rest(row: Element) -> tuple[str | None, Decimal | None]:
    """Read a store's rest: by attributes (classic) or by elements (2.08 and later)."""
    id_ = row.get("ИдСклада")
    if id_ is not None:
        return str(id_), attribute(row, "КоличествоНаСкладе", number)
    own = fields(row)
    return text(own.get("Ид")), value(own.get("Количество"), number)
