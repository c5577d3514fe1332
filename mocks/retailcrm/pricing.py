"""Order arithmetic: discounts per line and order, prices to the kopeck (reference, 9.2, 26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.shapes import plain

if TYPE_CHECKING:
    from mocks.retailcrm.item import Item

_CENT = Decimal("0.01")
_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
BONUS = "bonus_charge"


def exact(value: float | None) -> Decimal:
    """Return a JSON number as a decimal; absent is zero."""
    return Decimal(str(value)) if value else _ZERO


def cents(value: Decimal) -> Decimal:
    """Round to the kopeck, halves up."""
    return value.quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Privilege:
    """The one automatic discount of an order: its type in ``discounts`` and its percents."""

    kind: str = "personal"
    percent: Decimal = _ZERO
    promo_percent: Decimal = _ZERO

    def of(self, item: Item) -> Decimal:
        """Return the percent for a line: goods on promotion have their own."""
        on_promotion = item.offer is not None and item.offer.promo
        return self.promo_percent if on_promotion else self.percent


@dataclass(frozen=True)
class Spending:
    """Bonuses to pay with and the currency that one of them is worth."""

    bonuses: Decimal = _ZERO
    rate: Decimal = Decimal(1)


def price_lines(
    items: Sequence[Item],
    *,
    amount: Decimal,
    percent: Decimal,
    privilege: Privilege,
    spending: Spending,
    rounding: Decimal = _ZERO,
) -> float | int:
    """Compute every line's discounts and prices and return the goods' sum.

    ``amount`` and ``percent`` are the order's manual discount, spread over the lines by their
    sums, as are the bonuses after it. ``rounding`` cuts the goods' sum down to its multiple. A
    cancelled line counts nothing.
    """
    counted = [item for item in items if not item.canceled]
    rests: list[Decimal] = []
    for item in counted:
        gross = exact(item.values["initialPrice"]) * exact(item.values["quantity"])
        item.discounts = []
        rest = _take(item, "manual_product", _manual(item), gross)
        rests.append(_take(item, privilege.kind, rest * privilege.of(item) / _HUNDRED, rest))
    _spread(counted, rests, "manual_order", amount + sum(rests, _ZERO) * percent / _HUNDRED)
    _spread(counted, rests, BONUS, spending.bonuses * spending.rate)
    if rounding:
        _spread(counted, rests, "round", sum(map(cents, rests), _ZERO) % rounding)
    for item, rest in zip(counted, rests, strict=True):
        item.bonuses_charge = plain(cents(_paid_by_bonuses(item) / spending.rate))
        _close(item, cents(rest))
    for item in items:
        if item.canceled:
            item.discounts, item.discount_total, item.bonuses_charge = [], 0, 0
            item.prices = [
                {"price": item.values["initialPrice"], "quantity": item.values["quantity"]}
            ]
            item.summ = 0
    return plain(sum((cents(rest) for rest in rests), _ZERO))


def _manual(item: Item) -> Decimal:
    price = exact(item.values["initialPrice"])
    unit = (
        exact(item.values.get("discountManualAmount"))
        + price * exact(item.values.get("discountManualPercent")) / _HUNDRED
    )
    return unit * exact(item.values["quantity"])


def _take(item: Item, kind: str, wanted: Decimal, rest: Decimal) -> Decimal:
    """Note a discount on the line, at most what is left of it, and return what is left then."""
    taken = min(cents(wanted), cents(rest))
    if taken > 0:
        item.discounts.append({"type": kind, "amount": plain(taken)})
        return rest - taken
    return rest


def _paid_by_bonuses(item: Item) -> Decimal:
    return sum((exact(one["amount"]) for one in item.discounts if one["type"] == BONUS), _ZERO)


def _spread(items: Sequence[Item], rests: list[Decimal], kind: str, discount: Decimal) -> None:
    """Spread a discount of the order; the last line takes what rounding left over."""
    goods = sum(rests, _ZERO)
    left = min(cents(discount), cents(goods))
    if left <= 0:
        return
    total = left
    for index, item in enumerate(items):
        share = left if index == len(items) - 1 else min(left, cents(total * rests[index] / goods))
        rests[index] = _take(item, kind, share, rests[index])
        left -= share


def _close(item: Item, net: Decimal) -> None:
    quantity = exact(item.values["quantity"])
    taken = sum((exact(one["amount"]) for one in item.discounts), _ZERO)
    item.summ = plain(net)
    item.discount_total = plain(cents(taken / quantity)) if quantity else 0
    item.prices = _prices(net, quantity)


def _prices(net: Decimal, quantity: Decimal) -> list[dict[str, Any]]:
    """Split a line's sum into unit prices; two rows when it does not divide."""
    if not quantity:
        return []
    if quantity != quantity.to_integral_value():
        return [{"price": plain(cents(net / quantity)), "quantity": plain(quantity)}]
    low = (net / quantity).quantize(_CENT, ROUND_DOWN)
    dearer = (net - low * quantity) / _CENT
    rows = [(low, quantity - dearer), (low + _CENT, dearer)]
    return [{"price": plain(price), "quantity": plain(count)} for price, count in rows if count]
