"""Rows of an order document: prices before and after discounts, by who sends them.

A site writes the discounted unit price and discounts per unit; 1C writes the price before discounts
and sums of the row. Source: vendor reference of Bitrix, sections 3.4, 3.6 and 10.15; of 1C, 4.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from gateway.canonical import Discount, DiscountReason, Money, OrderLine, ProductRef

from .mapping import CommerceMlMapping
from .nodes import Element, Fields, Unreadable, every, fields, pairs, text, value
from .products import vat_from
from .values import number, product_ids, switch

ROW_ID = "НомерПозицииКорзины"
ZERO = Decimal(0)


class Sender(StrEnum):
    """Who made a document: a site (to 1C), or 1C (to a site)."""

    SITE = "site"
    ONEC = "onec"


class Reduction(NamedTuple):
    """One ``Скидка``; ``included`` tells that the row's sum is already reduced by it."""

    name: str | None
    amount: Decimal
    included: bool
    code: str | None


class Rows(NamedTuple):
    """What the rows say: lines, and the cost of delivery, which travels among them."""

    lines: tuple[OrderLine, ...]
    delivery_cost: Decimal


def rows_from(goods: Element, sender: Sender, currency: str, mapping: CommerceMlMapping) -> Rows:
    """Read ``Товары``. Raises ``Unreadable`` for a row without id or with a wrong number."""
    lines: list[OrderLine] = []
    seen: dict[str, int] = {}
    cost = ZERO
    for row in every(goods, "Товар"):
        own = fields(row)
        id_ = text(own.get("Ид"))
        if id_ is not None and id_ in mapping.delivery_rows:
            cost += _sum_of(own)
            continue
        line = _line(row, own, sender, currency)
        seen[line.id] = seen.get(line.id, 0) + 1
        if seen[line.id] > 1:
            line = line.model_copy(update={"id": f"{line.id}~{seen[line.id]}"})
        lines.append(line)
    return Rows(tuple(lines), cost)


def _sum_of(own: Fields) -> Decimal:
    total = value(own.get("Сумма"), number)
    if total is not None:
        return total
    price = value(own.get("ЦенаЗаЕдиницу"), number) or ZERO
    quantity = value(own.get("Количество"), number)
    return price * (Decimal(1) if quantity is None else quantity)


def _line(row: Element, own: Fields, sender: Sender, currency: str) -> OrderLine:
    id_, name, sku = text(own.get("Ид")), text(own.get("Наименование")), text(own.get("Артикул"))
    named = product_ids(id_)[0] if id_ else None
    position = pairs(own.get("ЗначенияРеквизитов")).get(ROW_ID) or named or sku
    if position is None:
        reason = "the row has neither Ид nor Артикул"
        raise Unreadable(reason, row)
    refs = {
        "external_id": named, "sku": sku, "name": name, "barcode": text(own.get("Штрихкод"))
    }  # fmt: skip
    said: dict[str, Any] = {
        "id": position,
        "product": ProductRef(**{key: ref for key, ref in refs.items() if ref is not None}),
    }
    quantity = value(own.get("Количество"), number)
    if quantity is not None:
        said["quantity"] = quantity
    reductions = tuple(reductions_from(own.get("Скидки")))
    said.update(_prices(own, quantity, reductions, sender, currency))
    times = quantity if sender is Sender.SITE and quantity is not None else Decimal(1)
    said["discounts"] = discounts_from(reductions, currency, times)
    rate = vat_from(own)
    if rate is not None:
        said["vat_rate"] = rate[0]
    return OrderLine(**said)


def _prices(
    own: Fields,
    quantity: Decimal | None,
    reductions: tuple[Reduction, ...],
    sender: Sender,
    currency: str,
) -> dict[str, Money]:
    unit, total = value(own.get("ЦенаЗаЕдиницу"), number), value(own.get("Сумма"), number)
    taken = sum((each.amount for each in reductions if each.included), ZERO)
    due = sum((each.amount for each in reductions if not each.included), ZERO)
    if sender is Sender.SITE:
        price, base = (None, None) if unit is None else (unit - due, unit + taken)
    elif reductions and total is not None and quantity:
        price, base = (total - due) / quantity, unit
    else:
        price = base = unit
    if price is None and total is not None and quantity:
        price = base = total / quantity
    said = {"price": price, "base_price": base}
    return {key: Money(amount=it, currency=currency) for key, it in said.items() if it is not None}


def reductions_from(element: Element | None) -> Iterator[Reduction]:
    """Go through ``Скидка``; without ``УчтеноВСумме`` a discount counts as taken already."""
    for row in every(element, "Скидка"):
        own = fields(row)
        included = value(own.get("УчтеноВСумме"), switch)
        yield Reduction(
            text(own.get("Наименование")),
            value(own.get("Сумма"), number) or ZERO,
            included is not False,
            text(own.get("Комментарий")),
        )


def discounts_from(
    reductions: tuple[Reduction, ...], currency: str, times: Decimal = Decimal(1)
) -> tuple[Discount, ...]:
    """Say why it is cheaper: a comment is the promo code, else it is a promotion by its name."""
    found: dict[str, Discount] = {}
    for each in reductions:
        key = f"promo_code:{each.code}" if each.code else f"promotion:{each.name or 'Скидка'}"
        while key in found:
            key += "~"
        reason = DiscountReason.PROMO_CODE if each.code else DiscountReason.PROMOTION
        said: dict[str, Any] = {"id": key, "reason": reason}
        if each.amount:
            said["amount"] = Money(amount=each.amount * times, currency=currency)
        if each.code:
            said["code"] = each.code
        if each.name and each.name != each.code:
            said["name"] = each.name
        found[key] = Discount(**said)
    return tuple(found.values())
