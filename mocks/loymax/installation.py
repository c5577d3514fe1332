"""The installation: everything that the double remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.directory import Directory
from mocks.loymax.people import Coupon, Emission, Person
from mocks.loymax.programme import Programme

if TYPE_CHECKING:
    from decimal import Decimal

    from mocks.loymax.deposits import Batch
    from mocks.loymax.history import Row
    from mocks.loymax.purchase import Purchase
    from mocks.loymax.settings import LoymaxSettings


class Installation(Directory):
    """State of one installation."""

    def __init__(self, settings: LoymaxSettings) -> None:
        """Build an empty installation with the stock programme."""
        super().__init__(settings)
        self.settings = settings
        self.programme = Programme()
        self.coupons: dict[int, Coupon] = {}
        self.emissions: dict[int, Emission] = {}
        self.purchases: dict[tuple[str, str], Purchase] = {}
        self.batches: dict[int, Batch] = {}
        self.hanging: dict[str, Purchase] = {}
        self.waiting: list[Batch] = []
        self.rows: dict[int, list[Row]] = {}
        self.coupon_sales: dict[int, tuple[Person, Decimal, Coupon]] = {}
        self.begun: dict[str, Person] = {}
        self.messages: list[dict[str, Any]] = []
        self._codes: dict[str, Coupon] = {}
        self.fail_next = 0
        self.processing_refusals: list[tuple[str, str]] = []

    def add_purchase(self, purchase: Purchase) -> None:
        """Enter a purchase; it hangs until it is confirmed or cancelled."""
        self.purchases[purchase.device, purchase.external_id] = purchase
        self.hanging[purchase.block_key] = purchase

    def add_coupon(self, coupon: Coupon) -> Coupon:
        """Enter a coupon."""
        self.count.pass_by("coupon", coupon.id)
        self.coupons[coupon.id] = coupon
        self._codes[coupon.code] = coupon
        return coupon

    def coupon(self, code: str) -> Coupon | None:
        """Find a coupon by its code."""
        return self._codes.get(code)

    def group(self, person: Person) -> list[Person]:
        """Return the persons that share an account."""
        return [one for one in self.persons.values() if one.group_id == person.group_id]
