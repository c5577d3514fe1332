"""Receipts and returns: what really went over the counter."""

from __future__ import annotations

from enum import StrEnum

from gateway.canonical.model import Canonical, Moment
from gateway.canonical.money import BonusPoints, Money
from gateway.canonical.order import OrderLine, Payment


class ReceiptKind(StrEnum):
    """Sale or return."""

    SALE = "sale"
    RETURN = "return"


class Receipt(Canonical):
    """One fiscal receipt.

    Shape: ``id`` is unique for the till and is the idempotency key; ``returned_receipt_id`` names
    the sale that a return gives back, whole or in part.
    """

    id: str
    kind: ReceiptKind
    shop: str
    till: str
    closed_at: Moment
    number: str | None = None
    customer_id: str | None = None
    card_number: str | None = None
    order_number: str | None = None
    lines: tuple[OrderLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    total: Money
    points_earned: BonusPoints | None = None
    points_spent: BonusPoints | None = None
    returned_receipt_id: str | None = None
