"""Order: what was bought, why it cost what it cost, and how far it has come."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pydantic import Field, field_validator

from gateway.canonical.customer import Address, PersonName
from gateway.canonical.model import Canonical, Moment
from gateway.canonical.money import BonusPoints, Money, exact
from gateway.canonical.reference import ExternalRef, ProductRef


class OrderStatus(StrEnum):
    """Stages of an order, in the order in which they are passed."""

    NEW = "new"
    APPROVAL = "approval"
    ASSEMBLING = "assembling"
    DELIVERY = "delivery"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    RETURNED = "returned"


_STAGE = {status: stage for stage, status in enumerate(OrderStatus)}
FINAL = frozenset({OrderStatus.CANCELLED, OrderStatus.RETURNED})


def may_follow(new: OrderStatus, current: OrderStatus | None) -> bool:
    """Tell whether an order may go from ``current`` to ``new``; stages are never passed backwards.

    A completed order can only be returned, and nothing leaves a final stage.
    """
    if current is None:
        return True
    if current in FINAL:
        return False
    if current is OrderStatus.COMPLETE:
        return new is OrderStatus.RETURNED
    return _STAGE[new] > _STAGE[current]


class DiscountReason(StrEnum):
    """Why a price was lowered."""

    PROMOTION = "promotion"
    PROMO_CODE = "promo_code"
    CARD = "card"
    POINTS = "points"
    MANUAL = "manual"


class Discount(Canonical):
    """One reason of a discount.

    Shape: ``id`` is unique in its order; ``code`` is the promo code or card number that gave it.
    Units: ``amount`` for the whole order or line, ``None`` when the vendor does not split it.
    """

    KEY: ClassVar[str] = "id"

    id: str
    reason: DiscountReason
    code: str | None = None
    name: str | None = None
    amount: Money | None = None
    points: BonusPoints | None = None


class OrderLine(Canonical):
    """One line of an order.

    Shape: ``id`` stays the same for the life of the line, at every vendor.
    Units: prices are per unit; ``base_price`` before, ``price`` after discounts.
    """

    KEY: ClassVar[str] = "id"

    id: str
    sort: int | None = None
    product: ProductRef | None = None
    quantity: Decimal | None = None
    base_price: Money | None = None
    price: Money | None = None
    vat_rate: Decimal | None = None
    discounts: tuple[Discount, ...] = ()

    @field_validator("quantity", "vat_rate")
    @classmethod
    def _plain(cls, value: Decimal | None) -> Decimal | None:
        return None if value is None else exact(value)


class PaymentState(StrEnum):
    """Stages of a payment, passed forwards only."""

    PENDING = "pending"
    PAID = "paid"
    REFUNDED = "refunded"


class Payment(Canonical):
    """One payment of an order; ``id`` is its idempotency key, ``method`` a canonical code."""

    KEY: ClassVar[str] = "id"

    id: str
    method: str | None = None
    amount: Money | None = None
    state: PaymentState | None = None
    paid_at: Moment | None = None


class Delivery(Canonical):
    """How the goods reach the customer; ``method`` is a canonical code of the configuration."""

    method: str | None = None
    cost: Money | None = None
    address: Address | None = None
    tracking_number: str | None = None


class OrderContact(Canonical):
    """Who placed this order, as written on the order itself; it may differ from the customer."""

    name: PersonName | None = None
    phone: str | None = None
    email: str | None = None


class Order(Canonical):
    """One order.

    Shape: ``customer_id`` is the canonical id, filled in by the core; lines, payments and discounts
    are keyed by their ids. ``promo_codes`` and ``card_number`` repeat the codes of the discounts
    for vendors that can hold nothing finer. ``edit_mark`` is the secret one-order key that keeps an
    order's conditions after its promotion ended. ``points_spent`` and ``points_earned``
    are of the order as a whole.
    """

    number: str | None = None
    channel: str | None = None
    shop: str | None = None
    customer_id: str | None = None
    contact: OrderContact | None = None
    status: OrderStatus | None = None
    placed_at: Moment | None = None
    lines: tuple[OrderLine, ...] = ()
    discounts: tuple[Discount, ...] = ()
    promo_codes: tuple[str, ...] = ()
    card_number: str | None = None
    points_spent: BonusPoints | None = None
    points_earned: BonusPoints | None = None
    payments: tuple[Payment, ...] = ()
    delivery: Delivery | None = None
    customer_comment: str | None = None
    manager_comment: str | None = None
    cancel_reason: str | None = None
    edit_mark: str | None = None
    references: tuple[ExternalRef, ...] = ()
    attributes: dict[str, str | None] = Field(default_factory=dict)

    def goods_total(self) -> Money:
        """Sum of the lines after discounts; lines without price or quantity count as nothing."""
        counted = [
            (line.price, line.quantity)
            for line in self.lines
            if line.price is not None and line.quantity is not None
        ]
        return Money.total(counted) if counted else Money.of(0)
