"""Reckoning: what a basket earns and how much of it points may pay, by the rules. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from gateway.canonical import DiscountReason, OrderLine
from gateway.config import HouseSection, TierSection
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.loyalty.house.spreading import Spreadable, proportional, spread

ZERO = Decimal(0)
KOPECK = Decimal("0.01")
POINT_SCALE = Decimal("0.0001")
"""The finest part of a point that the ledger holds."""


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line as the rules see it. Units: ``total`` of the line, after the shop's own discounts."""

    id: str
    quantity: Decimal
    total: Decimal
    is_promo: bool = False


@dataclass(frozen=True, slots=True)
class ReckonedLine:
    """A line as reckoned. Units: ``paid`` is the money that ``spent`` points pay for the line."""

    id: str
    quantity: Decimal
    total: Decimal
    paid: Decimal = ZERO
    spent: Decimal = ZERO
    earned: Decimal = ZERO

    @property
    def due(self) -> Decimal:
        """Money that remains to be paid."""
        return self.total - self.paid


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A sale as reckoned; points of the lines sum up exactly to those of the sale."""

    lines: tuple[ReckonedLine, ...]
    spent: Decimal
    earned: Decimal

    @property
    def due(self) -> Decimal:
        """Money that remains to be paid."""
        return sum((line.due for line in self.lines), ZERO)


def to_unit(value: Decimal, unit: Decimal, mode: str = "down") -> Decimal:
    """Round to a multiple of ``unit``; ``mode`` is ``down`` or ``half_up``."""
    rounding = ROUND_DOWN if mode == "down" else ROUND_HALF_UP
    return (value / unit).quantize(Decimal(1), rounding=rounding) * unit


def tier_of(rules: HouseSection, purchases: Decimal) -> TierSection:
    """Return the tier that a sum of purchases leads to."""
    return [tier for tier in rules.tiers if tier.purchases <= purchases or not tier.purchases][-1]


def basket_of(rules: HouseSection, lines: Sequence[OrderLine]) -> tuple[BasketLine, ...]:
    """Return the lines as the rules see them.

    Raises ``Rejected`` for a line without price or with a quantity that is not positive, for one
    in another currency, and for ids that repeat.
    """
    if len({line.id for line in lines}) < len(lines):
        raise refused(Refusal.LINE_REPEATS)
    return tuple(_line(rules, at, line) for at, line in enumerate(lines))


def _line(rules: HouseSection, at: int, line: OrderLine) -> BasketLine:
    price = line.price or line.base_price
    if price is None or price.amount < 0:
        raise refused(Refusal.PRICE, line=at)
    if price.currency != rules.currency:
        raise refused(Refusal.CURRENCY, line=at)
    if line.quantity is None or line.quantity <= 0:
        raise refused(Refusal.QUANTITY, line=at)
    total = price.times(line.quantity).amount
    return BasketLine(line.id, line.quantity, total, is_promo=is_promo(rules, line))


def is_promo(rules: HouseSection, line: OrderLine) -> bool:
    """Tell whether a line is promo-priced."""
    if any(one.reason is DiscountReason.PROMOTION for one in line.discounts):
        return True
    product = line.product
    if product is not None and rules.promo.products.intersection(
        name for name in (product.sku, product.external_id, product.barcode) if name
    ):
        return True
    base, price = line.base_price, line.price
    lowered = base is not None and price is not None and price.amount < base.amount
    return rules.promo.by == "price" and lowered


def payable(rules: HouseSection, line: BasketLine) -> Decimal:
    """Return how much money of a line points may pay, whatever the share of the sale."""
    if line.is_promo and not rules.promo.payable:
        return ZERO
    return max(line.total - rules.line_min, ZERO)


def spendable(
    rules: HouseSection, tier: TierSection, basket: Sequence[BasketLine], available: Decimal
) -> Decimal:
    """Return the most points that a sale may take of the available ones."""
    whole = sum((line.total for line in basket), ZERO)
    share = to_unit(whole * tier.share / 100, KOPECK)
    money = min(share, sum((payable(rules, line) for line in basket), ZERO))
    return to_unit(min(max(available, ZERO), money / rules.point_value), rules.spend_unit)


def worth(rules: HouseSection, points: Decimal) -> Decimal:
    """Return the money that points pay."""
    return points * rules.point_value


def reckon(
    rules: HouseSection, tier: TierSection | None, basket: Sequence[BasketLine], spent: Decimal
) -> Reckoned:
    """Spread spent points over the lines and reckon what the rest earns.

    ``tier`` ``None`` is an anonymous buyer, who earns nothing. The share that a tier may pay by
    points is the caller's affair: what was granted before holds also when the basket shrank.
    Raises ``Rejected`` when the points would pay more than the lines allow.
    """
    paid = _paid(rules, basket, worth(rules, spent))
    points = _spread_points(spent, paid)
    bases = [
        ZERO if line.is_promo and not rules.promo.earns else line.total - money
        for line, money in zip(basket, paid, strict=True)
    ]
    earned = [ZERO] * len(bases) if tier is None else _earned(rules, tier, bases)
    lines = tuple(
        ReckonedLine(line.id, line.quantity, line.total, *rest)
        for line, *rest in zip(basket, paid, points, earned, strict=True)
    )
    return Reckoned(lines, spent, sum(earned, ZERO))


def _paid(rules: HouseSection, basket: Sequence[BasketLine], money: Decimal) -> list[Decimal]:
    caps = [payable(rules, line) for line in basket]
    if money > sum(caps, ZERO):
        raise refused(Refusal.POINTS_TOO_MANY)
    lines = [
        Spreadable(_kopecks(line.total), _kopecks(cap), _pieces(line.quantity))
        for line, cap in zip(basket, caps, strict=True)
    ]
    return [share * KOPECK for share in spread(_kopecks(money), lines)]


def _spread_points(spent: Decimal, paid: Sequence[Decimal]) -> list[Decimal]:
    units = int(spent / POINT_SCALE)
    weights = [_kopecks(money) for money in paid]
    caps = [units if weight else 0 for weight in weights]
    return [share * POINT_SCALE for share in proportional(units, weights, caps)]


def _earned(rules: HouseSection, tier: TierSection, bases: Sequence[Decimal]) -> list[Decimal]:
    if rules.rounding.of == "line":
        return [_points_for(rules, tier, base) for base in bases]
    whole = _points_for(rules, tier, sum(bases, ZERO))
    units = int(whole / rules.rounding.unit)
    weights = [_kopecks(base) for base in bases]
    caps = [units if weight else 0 for weight in weights]
    return [share * rules.rounding.unit for share in proportional(units, weights, caps)]


def _points_for(rules: HouseSection, tier: TierSection, base: Decimal) -> Decimal:
    points = to_unit(base, tier.per) / tier.per * tier.points
    if tier.percent:
        points = base * tier.percent / 100 / rules.point_value
    return to_unit(points, rules.rounding.unit, rules.rounding.mode)


def _kopecks(money: Decimal) -> int:
    return int(money / KOPECK)


def _pieces(quantity: Decimal) -> int:
    return int(quantity) if quantity == quantity.to_integral_value() else 1
