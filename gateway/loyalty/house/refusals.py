"""Refusals: why the house refuses a call, by codes that a till may rely on."""

from __future__ import annotations

from enum import StrEnum

from gateway.contract import Missing, Rejected


class Refusal(StrEnum):
    """The stable codes."""

    LINE_REPEATS = "line-repeats"
    LINE_UNKNOWN = "line-unknown"
    PRICE = "price-missing"
    CURRENCY = "currency"
    QUANTITY = "quantity"
    LEFT = "quantity-left"
    MEMBER = "member-unknown"
    CONTACTS = "contacts-missing"
    POINTS_OR_CODE = "points-or-code"
    POINTS_TOO_MANY = "points-too-many"
    POINTS_UNIT = "points-unit"
    POINTS_ANONYMOUS = "points-anonymous"
    POINTS_RESERVED = "points-not-reserved"
    ORDER_KEY = "order-key"
    KEY_REUSED = "key-reused"
    SALE_DIFFERS = "sale-differs"
    SALE_UNKNOWN = "sale-unknown"
    SALE_OPEN = "sale-open"
    SALE_COMMITTED = "sale-committed"
    GRANT = "grant-unknown"
    CURSOR = "cursor"


_TEXT = {
    Refusal.LINE_REPEATS: "id: two lines have one id",
    Refusal.LINE_UNKNOWN: "id: the sale has no such line",
    Refusal.PRICE: "price: a price of zero or more is needed",
    Refusal.CURRENCY: "price: not in the currency of the programme",
    Refusal.QUANTITY: "quantity: a quantity above zero is needed",
    Refusal.LEFT: "quantity: more than is left of this line",
    Refusal.MEMBER: "member: nobody is known by this",
    Refusal.CONTACTS: "a phone, an e-mail or a card is needed",
    Refusal.POINTS_OR_CODE: "points: a sale spends points or carries a promo code, never both",
    Refusal.POINTS_TOO_MANY: "points: more than this sale may take",
    Refusal.POINTS_UNIT: "points: not a multiple of the unit in which they are spent",
    Refusal.POINTS_ANONYMOUS: "points: an anonymous buyer has none",
    Refusal.POINTS_RESERVED: "points: more than were reserved for this sale",
    Refusal.ORDER_KEY: "promo_codes: the key is not of this order, or its days are over",
    Refusal.KEY_REUSED: "key: it was used for something else",
    Refusal.SALE_DIFFERS: "the sale has this id already, with another content",
    Refusal.SALE_UNKNOWN: "sale_id: no such sale",
    Refusal.SALE_OPEN: "sale_id: the sale is not committed",
    Refusal.SALE_COMMITTED: "the sale is committed: give it back by a return",
    Refusal.GRANT: "the configuration has no such grant",
    Refusal.CURSOR: "cursor: not one that was given out",
}
_MISSING = frozenset({Refusal.MEMBER, Refusal.SALE_UNKNOWN})


def refused(why: Refusal, *, line: int | None = None) -> Rejected | Missing:
    """Return the error of a refusal; ``line`` is the place of the line concerned, from 0."""
    reason = _TEXT[why] if line is None else f"lines.{line}.{_TEXT[why]}"
    kind = Missing if why in _MISSING else Rejected
    return kind(reason, operation="house", vendor_code=str(why))
