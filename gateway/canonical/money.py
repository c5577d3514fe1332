"""Money and bonus points: exact, never float, never mixed.

Points are a type of their own because a point is not a rouble: vendors convert at their own rate,
and adding one to the other is the bug that a type checker should find.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import ClassVar, Self

from pydantic import field_validator, model_serializer

from gateway.canonical.model import Canonical

KOPECK = Decimal("0.01")


def exact(value: Decimal) -> Decimal:
    """Return ``value`` without trailing zeros, in plain notation: equal numbers look equal.

    Raises ``ValueError`` for a number of more than 28 digits.
    """
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    return rounded(normal, Decimal(1)) if isinstance(exponent, int) and exponent > 0 else normal + 0


def rounded(value: Decimal, unit: Decimal) -> Decimal:
    """Round half up to a unit; zero has no sign. Raises ``ValueError`` above 28 digits."""
    try:
        return value.quantize(unit, rounding=ROUND_HALF_UP) + 0
    except InvalidOperation:
        msg = "the number has too many digits: at most 28 are exact"
        raise ValueError(msg) from None


class Money(Canonical):
    """An amount in one currency.

    Units: ``amount`` is a decimal in major units, two decimals, rounded half up on entry;
    ``currency`` is an ISO 4217 code in capitals.
    """

    LEAF: ClassVar[bool] = True

    amount: Decimal
    currency: str = "RUB"

    @field_validator("amount")
    @classmethod
    def _to_kopecks(cls, value: Decimal) -> Decimal:
        return rounded(value, KOPECK)

    @model_serializer
    def _whole(self) -> dict[str, str]:
        """Dump both parts, also where the currency was left to its default: equal looks equal."""
        return {"amount": str(self.amount), "currency": self.currency}

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str = "RUB") -> Self:
        """Make money from an exact number; floats are refused by the type checker on purpose."""
        return cls(amount=Decimal(amount), currency=currency)

    def __add__(self, other: Money) -> Money:
        return Money(amount=self.amount + self._same(other).amount, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(amount=self.amount - self._same(other).amount, currency=self.currency)

    def times(self, factor: Decimal) -> Money:
        """Multiply by a quantity and round once, half up."""
        return Money(amount=self.amount * factor, currency=self.currency)

    @classmethod
    def total(cls, counted: Sequence[tuple[Money, Decimal]]) -> Self:
        """Sum of prices by quantities, each rounded half up, of which there is at least one."""
        first = counted[0][0]
        amounts = (rounded(first._same(price).amount * by, KOPECK) for price, by in counted)  # noqa: SLF001 - of this class
        return cls(amount=sum(amounts, Decimal(0)), currency=first.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            msg = f"cannot combine {self.currency} with {other.currency}: convert one of them first"
            raise ValueError(msg)
        return other


class BonusPoints(Canonical):
    """Bonus points of one programme. Units: decimal, at most four decimals, may be negative."""

    LEAF: ClassVar[bool] = True

    points: Decimal

    @field_validator("points")
    @classmethod
    def _plain(cls, value: Decimal) -> Decimal:
        return exact(rounded(value, Decimal("0.0001")))
