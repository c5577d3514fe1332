"""Loyalty processing in real time: what a till or a checkout asks of whoever keeps the points.

One contract for all processors, so that a shop changes its processor without touching the till. All
methods run on the event loop. A write carries a key that was stored before the first send: a lost
answer is looked up by ``find`` before anything is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusPoints,
    Customer,
    Discount,
    Money,
    Offer,
    OrderLine,
    Payment,
)


@dataclass(frozen=True, slots=True)
class MemberKey:
    """How a member is named. Shape: exactly one is set; phone in E.164, e-mail in lower case."""

    external_id: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    card: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse none and several."""
        named = (self.external_id, self.phone, self.email, self.card)
        if sum(one is not None for one in named) != 1:
            msg = "a member is named by exactly one of external_id, phone, email, card"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the programme: who it is, and with ``bonuses`` of ``customer`` what is there.

    ``offers`` are for the member alone, as far as the processor tells them with no sale.
    """

    external_id: str
    customer: Customer
    offers: Sequence[Offer] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """A basket, an order or a receipt as the processor shall reckon it.

    Shape: ``id`` is ours, stable over quote, reserve and commit, and unique for the shop;
    ``member`` ``None`` is anonymous. ``points`` are those to be spent, zero for none.
    Units: prices of ``lines`` per unit, before all discounts (``base_price``) and, where the shop
    lowered them itself, after those (``price``).
    """

    id: str
    lines: Sequence[OrderLine]
    at: datetime
    member: MemberKey | None = None
    points: BonusPoints | None = None
    promo_codes: Sequence[str] = ()
    payments: Sequence[Payment] = ()
    shop: str | None = None
    till: str | None = None
    cashier: str | None = None
    number: str | None = None
    is_online: bool = False


@dataclass(frozen=True, slots=True)
class LineQuote:
    """One line as reckoned. Units: ``price`` per unit after all discounts; points for the line."""

    id: str
    price: Money
    discounts: Sequence[Discount] = ()
    points_earned: BonusPoints | None = None
    points_spent: BonusPoints | None = None


class PromoState(StrEnum):
    """What the processor says of a promo code."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Quote:
    """A sale as the processor reckons it now; nothing is changed by asking.

    Shape: one ``LineQuote`` per line, or several where a line is split (``id`` repeats).
    ``available`` is the member's balance, ``spendable`` the most of it that this sale may take.
    """

    lines: Sequence[LineQuote]
    total: Money
    points_earned: BonusPoints
    available: BonusPoints | None = None
    spendable: BonusPoints | None = None
    promo_codes: Sequence[tuple[str, PromoState]] = ()
    offers: Sequence[Offer] = ()
    receipt_texts: Sequence[str] = ()
    cashier_hints: Sequence[str] = ()
    price_changed: bool = False


class SaleState(StrEnum):
    """How far a sale has come at the processor."""

    RESERVED = "reserved"
    COMMITTED = "committed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Kept:
    """A sale that the processor keeps: reserved (points blocked), committed or cancelled.

    Shape: ``reference`` is the processor's own id of it, to be given with later calls.
    ``expires_at``: a reserved one is given up by itself then.
    """

    reference: str
    state: SaleState
    points_earned: BonusPoints | None = None
    points_spent: BonusPoints | None = None
    balance: BonusAccount | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Goods that come back. Shape: ``lines`` are what returns, ``None`` is the whole sale."""

    id: str
    sale_id: str
    reference: str
    at: datetime
    lines: Sequence[OrderLine] | None = None
    shop: str | None = None
    till: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of a member's postings, newest first. ``cursor`` ``None``: there is no more."""

    items: Sequence[BonusOperation]
    cursor: str | None = None


class LoyaltyProcessing(Protocol):
    """A processor of points: identify, reckon, keep and give back.

    Every method may raise ``RateLimited``, ``Unavailable`` and ``AuthRejected``; a write that was
    sent and not answered raises ``OutcomeUnknown``, and then ``find`` tells what became of it.
    """

    async def identify(self, key: MemberKey) -> Member | None:
        """Return the member, with its bonus accounts, or ``None`` when there is none."""

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member, or return the one that has these contacts already.

        Raises ``Rejected`` for what the processor refuses, naming the field.
        """

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the member's accounts, one per programme. Raises ``Missing``."""

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return postings, newest first. Raises ``Missing``."""

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale; changes nothing and may be repeated at will."""

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Block the points that the sale spends. Same key, same effect. Raises ``Rejected``."""

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Finish a sale: take the blocked points, accrue the earned ones.

        ``kept`` is what ``reserve`` returned, ``None`` for a sale that spends nothing or was closed
        while the processor was away (offline receipt).
        """

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Give a reserved sale up; cancelling twice is the same as once."""

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Take goods back: earned points leave, spent ones return, by the processor's rules."""

    async def find(self, sale_id: str) -> Kept | None:
        """Look up what became of a sale or refund (the probe); ``None`` when surely nothing did.

        Raises ``Unsupported`` where the processor cannot be asked.
        """


class CodePurpose(StrEnum):
    """What a one-time code shall prove."""

    LOGIN = "login"
    PHONE = "phone"
    EMAIL = "email"
    SPENDING = "spending"


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way. ``reference`` goes with the confirmation, where the vendor has one."""

    reference: str = ""
    again_after_s: float | None = None
    length: int | None = None


class OneTimeCodes(Protocol):
    """One-time codes that the vendor sends and checks by itself."""

    async def send(self, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Let the vendor send a code. Raises ``RateLimited`` with the wait that it asks for."""

    async def confirm(
        self, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check a code; ``False`` for a wrong or stale one. Raises ``RateLimited`` when locked."""
