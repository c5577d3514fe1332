"""Parts of an order line: what it becomes when only some of its units get a discount (12.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from mocks.mindbox.reading import Json

if TYPE_CHECKING:
    from mocks.mindbox.promotions import Promotion


@dataclass(frozen=True)
class Discount:
    """What one promotion takes off a part; ``code`` when a promo code brought it."""

    promotion: Promotion
    amount: int
    code: str = ""


@dataclass
class Part:
    """Identical units of one line; sums in kopecks of the whole part."""

    line: Json
    index: int
    quantity: Decimal
    price: int
    floor: int
    product: str
    discounts: list[Discount] = field(default_factory=list)
    spent: int = 0
    earned: int = 0
    number: int = 0

    @property
    def units(self) -> int:
        """Number of units; a fractional quantity is one indivisible unit."""
        whole = int(self.quantity)
        return whole if self.quantity == whole and whole > 0 else 1

    @property
    def base(self) -> int:
        """The sum before all discounts."""
        return rounded(self.quantity * self.price)

    @property
    def total(self) -> int:
        """The sum after discounts and points."""
        return self.base - sum(one.amount for one in self.discounts) - self.spent

    @property
    def room(self) -> int:
        """What may still be taken off before the floor of the line is reached."""
        return max(self.total - rounded(self.quantity * self.floor), 0)

    def split(self, units: int) -> tuple[Part, Part]:
        """Return the first ``units`` units and the rest, every discount divided by units."""
        return self._share(units), self._share(self.units - units)

    def _share(self, units: int) -> Part:
        discounts = [
            Discount(one.promotion, one.amount * units // self.units, one.code)
            for one in self.discounts
        ]
        return Part(
            line=self.line,
            index=self.index,
            quantity=Decimal(units),
            price=self.price,
            floor=self.floor,
            product=self.product,
            discounts=discounts,
        )


def rounded(value: Decimal) -> int:
    """Round half up to a whole number of kopecks."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def give(part: Part, promotion: Promotion, amount: int, code: str = "") -> list[Part]:
    """Take ``amount`` off a part; a sum that its units do not divide splits it in two.

    The extra kopecks fall on the first of the two.
    """
    amount = min(amount, part.room)
    if amount <= 0:
        return [part]
    each, extra = divmod(amount, part.units)
    if not extra:
        part.discounts.append(Discount(promotion, amount, code))
        return [part]
    more, fewer = part.split(extra)
    for piece, per_unit in ((more, each + 1), (fewer, each)):
        if per_unit:
            piece.discounts.append(Discount(promotion, per_unit * piece.units, code))
    return [more, fewer]
