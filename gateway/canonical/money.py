"""Money and bonus points: exact, never float, never mixed.

Points are a type of their own because a point is not a rouble: vendors convert at their own rate,
and adding one to the other is the bug that a type checker should find.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Self

from pydantic import field_validator, model_serializer

from gateway.canonical.model import Canonical

KOPECK = Decimal("0.01")


def exact(value: Decimal) -> Decimal:
    """Return ``value`` without trailing zeros, in plain notation: equal numbers look equal."""
    normal = value.normalize()
    return normal if normal.as_tuple().exponent in range(-28, 1) else normal.quantize(Decimal(1))


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
        return value.quantize(KOPECK, rounding=ROUND_HALF_UP)

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
        return exact(value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP))
