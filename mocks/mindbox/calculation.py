"""A calculation: what is wanted, for whom, and what came out (section 12)."""

from __future__ import annotations

from dataclasses import dataclass, field

from mocks.mindbox.customer import Customer
from mocks.mindbox.order import Order
from mocks.mindbox.parts import Part
from mocks.mindbox.project import Project
from mocks.mindbox.promotions import Promotion
from mocks.mindbox.reading import Json
from mocks.mindbox.stock import PromoCode


@dataclass
class CouponUse:
    """What became of one sent code."""

    code: str
    status: str
    found: PromoCode | None
    discount: int = 0


@dataclass
class Wish:
    """What is to be computed, for whom; ``order`` is the stored one when it exists.

    Only a proven customer gets personal promotions and spends points (section 7).
    """

    project: Project
    sent: Json
    place: str
    customer: Customer | None
    order: Order | None = None
    is_proven: bool = True
    is_save: bool = False

    @property
    def promotions(self) -> tuple[Promotion, ...]:
        """The promotions of the order's first save, or those that run now."""
        if self.order is not None and self.order.promotions is not None:
            return self.order.promotions
        now = self.project.now()
        return tuple(one for one in self.project.promotions.values() if one.is_running(now))


@dataclass
class Calculation:
    """A computed order; sums in kopecks and hundredths of points."""

    wish: Wish
    parts: list[Part]
    delivery: int = 0
    delivery_discounts: list[tuple[Promotion, int]] = field(default_factory=list)
    coupons: list[CouponUse] = field(default_factory=list)
    available: int = 0
    accrual: Promotion | None = None

    @property
    def goods(self) -> int:
        """The price of all lines."""
        return sum(part.total for part in self.parts)

    @property
    def total(self) -> int:
        """The final price with delivery."""
        return self.goods + self.delivery

    @property
    def spent(self) -> int:
        """The points written off."""
        return sum(part.spent for part in self.parts)

    @property
    def earned(self) -> int:
        """The points to be accrued."""
        return sum(part.earned for part in self.parts)


def usage_of(wish: Wish, promotion: Promotion) -> int:
    """Return how many units the customer's other orders took of a promotion."""
    if wish.customer is None:
        return 0
    own = wish.order.id if wish.order is not None else -1
    used = wish.project.usage[promotion.external_id, wish.customer.id]
    return sum(units for order_id, units in used.items() if order_id != own)


def suits(wish: Wish, promotion: Promotion) -> bool:
    """Tell whether a promotion is for this customer and place."""
    is_personal = promotion.is_personal or promotion.limit is not None
    has_person = wish.customer is not None and wish.is_proven
    if is_personal and (not has_person or wish.project.settings.degraded == "personal"):
        return False
    return not promotion.places or wish.place in promotion.places
