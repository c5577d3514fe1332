"""Till cheque: the lines of a till as those of a sale, and a quote as lines of a till. Pure.

The protocol counts in sums of lines, a sale in prices per unit of whole kopecks. A sum that no such
price makes is handed on as several lines of one place, so that no kopeck is lost or won.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from gateway.canonical import Discount, DiscountReason, Money, OrderLine, ProductRef
from gateway.canonical.money import KOPECK, rounded
from gateway.contract import LineQuote, Quote

from .till_wire import ChequeLine

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A line as it is answered. Units: money; ``cashback`` in points; ``None`` is not reckoned."""

    line: ChequeLine
    amount: Decimal
    cashback: Decimal | None = None
    pay: Decimal | None = None
    discounts: tuple[Discount, ...] = ()

    @property
    def discount(self) -> Decimal:
        """The direct discount of the line."""
        return self.line.amount - self.amount


def order_lines(
    lines: Sequence[ChequeLine], *, currency: str, goods_id: Literal["external_id", "sku"]
) -> tuple[OrderLine, ...]:
    """Return the lines of the sale: their sums by price and quantity are those of the till."""
    return tuple(
        one for line in lines for one in _order_lines(line, currency=currency, goods_id=goods_id)
    )


def as_sent(lines: Sequence[ChequeLine]) -> tuple[Reckoned, ...]:
    """Return lines that nobody reckoned: their sums are those of the till."""
    return tuple(Reckoned(line, line.amount) for line in lines)


def reckoned(
    lines: Sequence[ChequeLine], sold: Sequence[OrderLine], quote: Quote
) -> tuple[Reckoned, ...]:
    """Return the lines of a quote of a sale that spends nothing."""
    counts = {one.id: one.quantity or Decimal(1) for one in sold}
    parts = Counter(_place(ident) for ident in counts)
    by_place: dict[str, list[LineQuote]] = {}
    for one in quote.lines:
        by_place.setdefault(_place(one.id), []).append(one)
    found = []
    for line in lines:
        place = str(line.position)
        told = by_place.get(place, [])
        # What a processor has split further cannot be counted by its prices.
        whole = len({quoted.id for quoted in told}) == len(told) == parts[place]
        found.append(_reckoned(line, told, counts if whole else {}))
    return tuple(found)


def earned(lines: Sequence[Reckoned], quote: Quote) -> tuple[Reckoned, ...]:
    """Return the lines with the points that a quote lets them earn, and their sums as they are."""
    points: dict[str, Decimal] = {}
    for told in quote.lines:
        if told.points_earned is not None:
            place = _place(told.id)
            points[place] = points.get(place, ZERO) + told.points_earned.points
    return tuple(
        Reckoned(one.line, one.amount, points.get(str(one.line.position)), one.pay) for one in lines
    )


def paid(lines: Sequence[Reckoned], points: Decimal) -> tuple[Reckoned, ...]:
    """Spread points over lines in proportion to their sums, the remainder on the last (8.8)."""
    total = sum((one.amount for one in lines), ZERO)
    rest, found = points, []
    for place, one in enumerate(lines, start=1):
        part = min(rest, rounded(points * one.amount / total, KOPECK)) if total else ZERO
        part = rest if place == len(lines) else part
        rest -= part
        found.append(Reckoned(one.line, one.amount, one.cashback, part, one.discounts))
    return tuple(found)


def is_same(sent: Sequence[ChequeLine], known: Sequence[Reckoned]) -> bool:
    """Tell whether lines are those of an earlier answer, with the sums that it gave them."""
    expected = {(one.line.mark(), one.amount) for one in known}
    return {(line.mark(), line.amount) for line in sent} == expected


def _order_lines(
    line: ChequeLine, *, currency: str, goods_id: Literal["external_id", "sku"]
) -> Iterator[OrderLine]:
    product = ProductRef(
        external_id=line.goods if goods_id == "external_id" else None,
        sku=line.goods if goods_id == "sku" else None,
        barcode=line.barcode,
        name=line.name,
    )
    for number, (count, price) in enumerate(_split(line)):
        shelf = price if line.price is None else max(line.price, price)
        yield OrderLine(
            id=f"{line.position}.{number}" if number else str(line.position),
            sort=line.position,
            product=product,
            quantity=count,
            base_price=Money.of(shelf, currency),
            price=Money.of(price, currency),
        )


def _split(line: ChequeLine) -> Sequence[tuple[Decimal, Decimal]]:
    """Return quantities and prices whose rounded products make the line's sum."""
    for price in (line.price, rounded(line.amount / line.quantity, KOPECK)):
        if price is not None and rounded(price * line.quantity, KOPECK) == line.amount:
            return [(line.quantity, price)]
    whole = line.quantity.to_integral_value(ROUND_FLOOR)
    rest, parts = line.amount, []
    if fraction := line.quantity - whole:
        price = _floor(line.amount / line.quantity)
        parts.append((fraction, price))
        rest -= rounded(price * fraction, KOPECK)
    price = _floor(rest / whole)
    dearer = (rest - price * whole) / KOPECK
    parts += [(whole - dearer, price), (dearer, price + KOPECK)]
    return [part for part in parts if part[0]]


def _floor(value: Decimal) -> Decimal:
    return value.quantize(KOPECK, rounding=ROUND_FLOOR)


def _place(ident: str) -> str:
    return ident.partition(".")[0]


def _reckoned(
    line: ChequeLine, told: Sequence[LineQuote], counts: Mapping[str, Decimal]
) -> Reckoned:
    """Take the sum from the discounts where they are told, for a price per unit is rounded."""
    discounts = tuple(
        one
        for quoted in told
        for one in quoted.discounts
        if one.reason is not DiscountReason.POINTS and one.amount is not None
    )
    amount = line.amount - sum((one.amount.amount for one in discounts if one.amount), ZERO)
    if not discounts and counts:
        amount = sum((quoted.price.times(counts[quoted.id]).amount for quoted in told), start=ZERO)
    points = [one.points_earned.points for one in told if one.points_earned is not None]
    return Reckoned(
        line,
        min(max(amount, ZERO), line.amount),
        cashback=sum(points, ZERO) if points else None,
        discounts=discounts,
    )
