"""Quotes: what the vendor reckons of a basket, in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.canonical import BonusPoints, Discount, DiscountReason, Money
from gateway.contract import LineQuote, PromoState, Quote

from .config import MindboxSettings
from .wire_order import AppliedWire, LineWire, OrderWire, PlaceholderWire

NONE = BonusPoints(points=Decimal(0))
_PROMO_STATES = {
    "CanBeUsed": PromoState.APPLIED,
    "CanNotBeUsedForCurrentOrder": PromoState.NOT_APPLIED,
    "Used": PromoState.USED,
    "AlreadyNotActive": PromoState.EXPIRED,
    "NotFound": PromoState.UNKNOWN,
}
_CALCULATED = "Calculated"


def is_whole(order: OrderWire) -> bool:
    """Tell whether the vendor reckoned with all that it knows (12.2)."""
    return order.processing_status in (None, _CALCULATED)


@dataclass(frozen=True, slots=True)
class QuoteTranslator:
    """Reads what was reckoned for one project."""

    settings: MindboxSettings

    def quote(self, order: OrderWire) -> Quote:
        """Read what was reckoned; a degraded answer offers no points."""
        info = next(
            (
                one
                for one in order.bonus_points_info
                if one.status != "Unavailable"
                and one.balance_type is not None
                and one.balance_type.ids.get("systemName") == self.settings.balance
            ),
            None,
        )
        available = info.balance.spendable if info is not None and info.balance else None
        spendable = info.available_amount_for_current_order if info is not None else None
        earned = sum((_amount(line, "earnedBonusPoints") for line in order.lines), start=Decimal(0))
        total = order.total_price
        return Quote(
            lines=[self._quoted(line) for line in order.lines],
            total=self._money(total if total is not None else Decimal(0)),
            points_earned=BonusPoints(points=earned),
            available=BonusPoints(points=available) if available is not None else None,
            spendable=BonusPoints(points=spendable or Decimal(0)) if is_whole(order) else NONE,
            promo_codes=[
                (
                    one.coupon.ids.get("code") or "",
                    _PROMO_STATES.get(one.coupon.status or "", PromoState.NOT_APPLIED),
                )
                for one in order.coupons_info
            ],
            receipt_texts=texts(order.placeholders, self.settings.receipt_placeholder),
            cashier_hints=texts(order.placeholders, self.settings.cashier_placeholder),
        )

    def _quoted(self, line: LineWire) -> LineQuote:
        count = line.quantity or Decimal(1)
        whole = line.discounted_price_of_line
        if whole is None:
            whole = (line.base_price_per_item or Decimal(0)) * count
        return LineQuote(
            id=line.line_id or str(line.line_number or ""),
            price=self._money(whole / count),
            discounts=[
                self._discount(one, place)
                for place, one in enumerate(line.applied_promotions)
                if one.type in ("discount", "spentBonusPoints")
            ],
            points_earned=BonusPoints(points=_amount(line, "earnedBonusPoints")),
            points_spent=BonusPoints(points=_amount(line, "spentBonusPoints")),
        )

    def _discount(self, one: AppliedWire, place: int) -> Discount:
        amount = one.amount if one.amount is not None else Decimal(0)
        if one.type == "spentBonusPoints":
            return Discount(
                id=f"points-{place}",
                reason=DiscountReason.POINTS,
                amount=self._money(amount),
                points=BonusPoints(points=amount),
            )
        code = one.coupon.ids.get("code") if one.coupon is not None else None
        return Discount(
            id=f"promotion-{place}",
            reason=DiscountReason.PROMO_CODE if code else DiscountReason.PROMOTION,
            code=code,
            name=one.promotion.name if one.promotion is not None else None,
            amount=self._money(amount),
        )

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.settings.currency)


def texts(places: Sequence[PlaceholderWire], name: str) -> list[str]:
    """Return the texts for one place."""
    return [
        content.message
        for place in places
        if place.ids.get("externalId") == name
        for content in place.content
        if content.type == "text" and content.message
    ]


def _amount(line: LineWire, kind: str) -> Decimal:
    found = [one.amount for one in line.applied_promotions if one.type == kind and one.amount]
    return sum(found, start=Decimal(0))
