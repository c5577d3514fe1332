"""Goods of a document of Розница as the lines of a sale. Pure.

Source: vendor reference, 3.8; what a row's sum leaves out, 5.2 and 5.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.canonical import Money, OrderLine, ProductRef
from gateway.canonical.money import KOPECK, rounded

from .values import reference

MOST_AMOUNT = Decimal(10) ** 8
_MOST_ROWS = 1000

Values = Mapping[str, Any]


class Item(NamedTuple):
    """A row of goods. Units: ``total`` money for all of it."""

    product: ProductRef | None
    quantity: Decimal
    total: Decimal


class Goods(NamedTuple):
    """What a till told of a document's goods."""

    items: tuple[Item, ...]
    card: str | None
    at: datetime | None


def goods_from_wire(rows: Sequence[Values], *, zone: ZoneInfo) -> Goods | None:
    """Read the goods of a document.

    ``None`` for a return, whose sale the protocol does not name, and for what no sale can hold. 1C
    sends rows in any order: they are sorted, so that the same document is the same sale.
    """
    items: list[Item] = []
    for row in sorted(filter(None, rows), key=_sorted_by):
        quantity, total = row.get("Количество") or Decimal(0), row.get("Сумма") or Decimal(0)
        if quantity < 0 or total < 0 or (total > 0 and quantity == 0):
            return None
        if max(quantity, total) > MOST_AMOUNT or len(items) >= _MOST_ROWS:
            return None
        if quantity > 0:
            items.append(Item(_product(row), quantity, rounded(total, KOPECK)))
    cards = (row.get("ИдентификаторКарты") for row in rows if row)
    moments = (row.get("Период") for row in rows if row)
    at = next((aware(one, zone) for one in moments if one is not None), None)
    return Goods(tuple(items), next((one for one in cards if one), None), at)


def lines_of(items: Sequence[Item], taken_off: Decimal, *, currency: str) -> tuple[OrderLine, ...]:
    """Return the lines of a sale, before points.

    ``taken_off`` is the money that points paid and that is missing in the sums: it is spread over
    them. A sum that does not divide by its quantity makes two lines, so that the whole is exact.
    """
    lines: list[OrderLine] = []
    for item, more in zip(items, _spread(items, rounded(taken_off, KOPECK)), strict=True):
        for count, price in _divided(item.total + more, item.quantity):
            money = Money(amount=price, currency=currency)
            place = len(lines) + 1
            line = OrderLine(id=str(place), sort=place, product=item.product, quantity=count)
            lines.append(line.model_copy(update={"base_price": money, "price": money}))
    return tuple(lines)


def _spread(items: Sequence[Item], amount: Decimal) -> Iterator[Decimal]:
    """Yield each item's part of an amount, in proportion to its sum, exact on the whole."""
    whole = sum((item.total for item in items), Decimal(0))
    weights = [item.total if whole else item.quantity for item in items]
    left, rest = amount, sum(weights, Decimal(0))
    for weight in weights:
        part = rounded(left * weight / rest, KOPECK) if rest else Decimal(0)
        left, rest = left - part, rest - weight
        yield part


def _sorted_by(row: Values) -> tuple[str, str, Decimal, Decimal]:
    return (
        str(row.get("ИдентификаторНоменклатуры") or "").lower(),
        str(row.get("ИдентификаторХарактеристики") or "").lower(),
        row.get("Сумма") or Decimal(0),
        row.get("Количество") or Decimal(0),
    )


def _divided(total: Decimal, quantity: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield quantities and prices that make up a sum, exact where the quantity is whole."""
    price = rounded(total / quantity, KOPECK)
    if price * quantity == total or quantity != quantity.to_integral_value():
        yield quantity, price
        return
    low = (total / quantity).quantize(KOPECK, rounding=ROUND_FLOOR)
    dearer = (total - low * quantity) / KOPECK
    if quantity > dearer:
        yield quantity - dearer, low
    yield dearer, low + KOPECK


def _product(row: Values) -> ProductRef | None:
    item = reference(row.get("ИдентификаторНоменклатуры"))
    variant = reference(row.get("ИдентификаторХарактеристики"))
    if item is None:
        return None
    return ProductRef(external_id=f"{item}#{variant}" if variant else item)


def aware(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment of the till with its zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
