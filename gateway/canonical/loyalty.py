"""Loyalty: accounts, operations, cards, promo codes and offers."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from pydantic import Field, field_validator

from gateway.canonical.model import Canonical, Moment
from gateway.canonical.money import BonusPoints, Money, exact
from gateway.canonical.reference import ExternalRef


class CardState(StrEnum):
    """Life of a loyalty card."""

    ISSUED = "issued"
    ACTIVE = "active"
    BLOCKED = "blocked"


class CardRef(Canonical):
    """A card as the customer carries it."""

    KEY: ClassVar[str] = "number"

    number: str


class Card(Canonical):
    """A card of the directory, with a holder or without.

    Shape: ``number`` is unique; ``customer_id`` is the canonical id, filled in by the core.
    Units: ``discount_percent`` in percent of the price, 5 means 5 %.
    """

    number: str | None = None
    barcode: str | None = None
    type: str | None = None
    state: CardState | None = None
    discount_percent: Decimal | None = None
    activated_at: Moment | None = None
    customer_id: str | None = None
    references: tuple[ExternalRef, ...] = ()
    attributes: dict[str, str | None] = Field(default_factory=dict)

    @field_validator("discount_percent")
    @classmethod
    def _plain(cls, value: Decimal | None) -> Decimal | None:
        return None if value is None else exact(value)


class BonusAccount(Canonical):
    """Balance of one customer in one programme.

    Units: points. ``available`` may be spent now, ``pending`` is accrued and not active yet,
    ``blocked`` is reserved for a purchase under way.
    """

    KEY: ClassVar[str] = "programme"

    programme: str
    available: BonusPoints | None = None
    pending: BonusPoints | None = None
    blocked: BonusPoints | None = None
    tier: str | None = None


class BonusOperationKind(StrEnum):
    """What an operation does to the balance."""

    ACCRUE = "accrue"
    REDEEM = "redeem"
    CANCEL = "cancel"
    EXPIRE = "expire"
    ADJUST = "adjust"


class BonusOperation(Canonical):
    """One posting; ``id`` is the idempotency key under which it is sent exactly once in effect."""

    KEY: ClassVar[str] = "id"

    id: str
    kind: BonusOperationKind
    points: BonusPoints
    at: Moment
    active_from: Moment | None = None
    expires_at: Moment | None = None
    order_number: str | None = None
    reason: str | None = None


class PromoCode(Canonical):
    """A promo code. Shape: ``max_uses`` ``None`` means without a limit."""

    KEY: ClassVar[str] = "code"

    code: str
    promotion: str | None = None
    active: bool | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    max_uses: int | None = None
    uses: int | None = None
    customer_id: str | None = None


class Offer(Canonical):
    """A personal offer that changes price or points for one customer."""

    KEY: ClassVar[str] = "id"

    id: str
    title: str
    customer_id: str | None = None
    discount: Money | None = None
    points_percent: Decimal | None = None
    valid_to: Moment | None = None
