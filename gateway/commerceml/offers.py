"""Prices and rests of an offer, in the three forms in which exporters write rests.

Source: vendor reference of 1C, section 4.4.
"""

from __future__ import annotations

from decimal import Decimal

from gateway.canonical import Money, Price, Stock

from .classifier import Classifier
from .mapping import CommerceMlMapping, code_of
from .nodes import Element, Fields, Unreadable, attribute, every, fields, local, text, value
from .values import number, plain_id

_REST_CONTAINERS = frozenset({"Склад", "Склады"})


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
        code = code_of(mapping.price_types, id_, plain_id(id_))
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
        money = Money(amount=amount, currency=currency_of(currency, mapping))
        found[code] = (is_general, Price(type=code, amount=money))
    return tuple(price for _, price in found.values())


def stock_from(
    own: Fields, element: Element, mapping: CommerceMlMapping, remarks: list[str]
) -> tuple[Stock, ...] | None:
    """Read the rests; ``None`` where the offer says nothing of them.

    Rests by stores win over the total. Stores that are mapped to one code are added up.
    """
    if not {"Склад", "Склады", "Остатки", "Количество"}.intersection(own):
        return None
    by_store: dict[str, Decimal] = {}
    total: Decimal | None = value(own.get("Количество"), number)
    rows = [row for row in element if local(row.tag) in _REST_CONTAINERS]
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
        code = code_of(mapping.stores, id_, plain_id(id_))
        if code is None:
            remarks.append(f"stock: store {id_} is not mapped")
        else:
            by_store[code] = by_store.get(code, Decimal(0)) + quantity
    if not seen and total is not None and mapping.total_store is not None:
        by_store[mapping.total_store] = total
    return tuple(Stock(store=store, quantity=rest) for store, rest in by_store.items())


def _rest(row: Element) -> tuple[str | None, Decimal | None]:
    """Read a store's rest: by attributes (classic) or by elements (2.08 and later)."""
    id_ = row.get("ИдСклада")
    if id_ is not None:
        return str(id_), attribute(row, "КоличествоНаСкладе", number)
    own = fields(row)
    return text(own.get("Ид")), value(own.get("Количество"), number)
