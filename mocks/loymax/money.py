"""Sums: exact inside, JSON numbers outside (reference, sections 1 and 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from mocks.loymax.envelope import invalid

CENT = Decimal("0.01")
ZERO = Decimal(0)
HUNDRED = Decimal(100)
_LIMIT = Decimal(10) ** 12


def cents(value: Decimal) -> Decimal:
    """Round half up to two decimals."""
    return value.quantize(CENT, ROUND_HALF_UP)


def number(value: Decimal) -> float:
    """Return a sum as it goes into JSON."""
    return float(value)


def decimal(value: Any, name: str, default: Decimal | None = None) -> Decimal:
    """Read a number or a number in a string.

    Raises:
        Refused: it is neither, and no default is given for an absent one.
    """
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise invalid(name)
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise invalid(name) from None
    if not found.is_finite() or abs(found) >= _LIMIT:
        raise invalid(name)
    return found


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share ``total`` in proportion, each part to 0.01, the remainder on the last (8.8)."""
    whole = sum(weights, ZERO)
    if not weights or whole <= 0:
        return [ZERO for _ in weights]
    parts = [cents(total * weight / whole) for weight in weights[:-1]]
    return [*parts, total - sum(parts, ZERO)]


def total(values: Iterable[Decimal]) -> Decimal:
    """Add sums up."""
    return sum(values, ZERO)
