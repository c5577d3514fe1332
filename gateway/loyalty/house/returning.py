"""Returning: which part of a sale's points belongs to the goods that come back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.canonical import OrderLine
from gateway.config import HouseSection
from gateway.loyalty.house.reckoning import KOPECK, ZERO, ReckonedLine, to_unit
from gateway.loyalty.house.refusals import Refusal, refused

Quantities = Mapping[str, Decimal]
"""Line id → how much of it came back."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a return takes with it. Units: points of both ways, and ``due`` money that was paid."""

    earned: Decimal
    spent: Decimal
    due: Decimal
    quantities: Quantities


def quantities_of(
    sold: Sequence[ReckonedLine], before: Quantities, lines: Sequence[OrderLine] | None
) -> dict[str, Decimal]:
    """Return how much of each line comes back now; ``lines`` ``None`` is all that is left.

    Raises ``Rejected`` for a line that was not sold and for more than is left of one.
    """
    left = {line.id: line.quantity - before.get(line.id, ZERO) for line in sold}
    if lines is None:
        return {key: quantity for key, quantity in left.items() if quantity > 0}
    coming: dict[str, Decimal] = {}
    for at, line in enumerate(lines):
        if line.id not in left:
            raise refused(Refusal.LINE_UNKNOWN, line=at)
        wanted = left[line.id] if line.quantity is None else line.quantity
        if wanted <= 0:
            raise refused(Refusal.QUANTITY, line=at)
        coming[line.id] = coming.get(line.id, ZERO) + wanted
        if coming[line.id] > left[line.id]:
            raise refused(Refusal.LEFT, line=at)
    return coming


def returned(
    rules: HouseSection, sold: Sequence[ReckonedLine], before: Quantities, coming: Quantities
) -> Returned:
    """Return the points and the money of what comes back.

    Each line gives in proportion to its quantity, rounded down; the last part of a line gives the
    rest, so that the parts of any number of returns add up exactly to the whole.
    """
    earned = spent = due = ZERO
    for line in sold:
        more = coming.get(line.id, ZERO)
        if not more:
            continue
        was = before.get(line.id, ZERO)
        span = (was, was + more, line.quantity)
        earned += _part(line.earned, span, rules.rounding.unit)
        spent += _part(line.spent, span, rules.spend_unit)
        due += _part(line.due, span, KOPECK)
    return Returned(earned, spent, due, dict(coming))


def _part(whole: Decimal, span: tuple[Decimal, Decimal, Decimal], unit: Decimal) -> Decimal:
    start, end, quantity = span
    return _until(whole, end, quantity, unit) - _until(whole, start, quantity, unit)


def _until(whole: Decimal, end: Decimal, quantity: Decimal, unit: Decimal) -> Decimal:
    return whole if end >= quantity else to_unit(whole * end / quantity, unit)
