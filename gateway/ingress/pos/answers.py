"""Answers: what a till is told. Every field is always there, ``null`` where nothing is known.

Numbers of money and points are texts with a decimal point, so that no reader makes a float of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import WithJsonSchema

_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
MoneyText = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": _NUMBER, "description": "Roubles, 2 decimals"}),
]
PointsText = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "pattern": _NUMBER, "description": "Points, at most 4 decimals"}
    ),
]
PercentText = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": _NUMBER, "description": "Percent"})
]


@dataclass(frozen=True, slots=True)
class DegradedAnswer:
    """The answer is less than it could be. ``reason``: ``slow``, ``away``, ``limited``, ``off``.

    ``balance_at``: when the balances in this answer were true, if there are any.
    """

    reason: str
    balance_at: datetime | None


@dataclass(frozen=True, slots=True)
class AllowedAnswer:
    """What may be done now. ``code_needed``: spending wants a confirmed one-time code."""

    earning: bool
    spending: bool
    code_needed: bool


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """A balance. ``available`` may be spent now, ``pending`` is not active yet."""

    programme: str
    available: PointsText | None
    pending: PointsText | None
    blocked: PointsText | None
    tier: str | None


@dataclass(frozen=True, slots=True, repr=False)
class NameAnswer:
    """A person's name, to be shown to the cashier."""

    last: str | None
    first: str | None
    patronymic: str | None


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """A personal offer."""

    id: str
    title: str
    discount: MoneyText | None
    points_percent: PercentText | None
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class MemberAnswer:
    """A member. ``has_phone`` and ``has_email``: what a cashier need not ask for."""

    member_id: str
    name: NameAnswer | None
    tier: str | None
    has_phone: bool
    has_email: bool
    accounts: Sequence[AccountAnswer]
    offers: Sequence[OfferAnswer]


@dataclass(frozen=True, slots=True, repr=False)
class IdentifiedAnswer:
    """Who was named. Not found and not degraded: surely nobody."""

    found: bool
    member: MemberAnswer | None
    allowed: AllowedAnswer
    degraded: DegradedAnswer | None


@dataclass(frozen=True, slots=True)
class BalanceAnswer:
    """A member's accounts, one per programme."""

    accounts: Sequence[AccountAnswer]
    degraded: DegradedAnswer | None


@dataclass(frozen=True, slots=True)
class PostingAnswer:
    """One posting. ``kind``: ``accrue``, ``redeem``, ``cancel``, ``expire``, ``adjust``."""

    id: str
    kind: str
    points: PointsText
    at: datetime
    active_from: datetime | None
    expires_at: datetime | None
    order_number: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class HistoryAnswer:
    """Postings, newest first. ``cursor`` ``null``: there is no more."""

    items: Sequence[PostingAnswer]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class CodeSentAnswer:
    """A code is on its way. ``reference`` goes with the confirmation."""

    reference: str
    again_after_s: float | None
    length: int | None


@dataclass(frozen=True, slots=True, repr=False)
class ConfirmedAnswer:
    """What a code proved. ``proof`` goes with ``reserve``."""

    confirmed: bool
    proof: str | None


@dataclass(frozen=True, slots=True)
class DiscountAnswer:
    """Why a price was lowered. ``reason`` as in the call, and ``points``.

    Units: for the line.
    """

    reason: str
    name: str | None
    code: str | None
    amount: MoneyText | None
    points: PointsText | None


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """One line as reckoned; a line may be split, then ``id`` repeats.

    Units: ``price`` per unit after all discounts, points for the line.
    """

    id: str
    price: MoneyText
    discounts: Sequence[DiscountAnswer]
    points_earned: PointsText | None
    points_spent: PointsText | None


@dataclass(frozen=True, slots=True)
class PromoAnswer:
    """A promo code. ``state``: ``applied``, ``not_applied``, ``unknown``, ``used``, ``expired``."""

    code: str
    state: str


@dataclass(frozen=True, slots=True)
class QuoteAnswer:
    """A sale as it would be now.

    Shape: ``available`` is the balance, ``spendable`` the most of it that this sale may take;
    ``receipt_texts`` are printed as they are, among them the invitation of somebody unknown;
    ``cashier_hints`` are shown. Degraded: the till's own prices, and nothing to be spent.
    """

    lines: Sequence[LineAnswer]
    total: MoneyText
    points_earned: PointsText
    points_spent: PointsText
    available: PointsText | None
    spendable: PointsText | None
    allowed: AllowedAnswer
    promo_codes: Sequence[PromoAnswer]
    offers: Sequence[OfferAnswer]
    receipt_texts: Sequence[str]
    cashier_hints: Sequence[str]
    price_changed: bool
    degraded: DegradedAnswer | None


@dataclass(frozen=True, slots=True)
class DealAnswer:
    """How far a sale or return has come.

    Shape: ``stage`` is ``reserved``, ``committed``, ``cancelled``, ``accepted``, ``unavailable`` or
    ``refused``; ``cause`` says why it was refused; ``replayed``: the answer of an earlier call.
    """

    id: str
    stage: str
    points_earned: PointsText | None
    points_spent: PointsText | None
    balance: AccountAnswer | None
    expires_at: datetime | None
    degraded: DegradedAnswer | None
    cause: str | None
    replayed: bool


@dataclass(frozen=True, slots=True)
class ProductPointsAnswer:
    """What a product would bring; the names are those of the call."""

    sku: str | None
    product_id: str | None
    barcode: str | None
    price: MoneyText
    points_earned: PointsText
    degraded: DegradedAnswer | None


@dataclass(frozen=True, slots=True)
class ProductsAnswer:
    """One result per product, in their order."""

    products: Sequence[ProductPointsAnswer]


@dataclass(frozen=True, slots=True)
class CardCheckAnswer:
    """Whether a card exists, and which discount it gives. Units: percent of the price."""

    exists: bool
    discount_percent: PercentText | None
