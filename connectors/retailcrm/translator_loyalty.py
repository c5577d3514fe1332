"""Loyalty translator: balances, postings and reckoned orders. Pure (vendor reference, 11).

Bonuses are no money: a line tells both, the money that was taken off and the bonuses that it cost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
    Discount,
    DiscountReason,
    Money,
    OrderLine,
)
from gateway.contract import LineQuote, PromoState, Quote, Sale

from .config import RetailCrmSettings
from .config_services import LoyaltySettings
from .translator import moment_of, tidy_custom
from .wire_loyalty import (
    AccountWire,
    CalculatedWire,
    CalculationWire,
    OperationWire,
    SaleItemWire,
)

ZERO = Decimal(0)
LEVEL, NONE = "loyalty_level", "none"
_BURNT = "burn"
_REASONS = {
    "manual_order": DiscountReason.MANUAL,
    "manual_product": DiscountReason.MANUAL,
    "loyalty_level": DiscountReason.CARD,
    "personal": DiscountReason.CARD,
    "loyalty_personal": DiscountReason.CARD,
    "bonus_charge": DiscountReason.POINTS,
}
_ID_LETTERS = 24


@dataclass(frozen=True, slots=True)
class LoyaltyTranslator:
    """Translates the loyalty of one account."""

    settings: RetailCrmSettings
    programme: LoyaltySettings

    def balance(self, row: AccountWire, pending: Decimal | None = None) -> BonusAccount:
        """Return what is on a participation."""
        fields: dict[str, Any] = {"programme": self.programme.name, "tier": row.level.name}
        if row.amount is not None:
            fields["available"] = BonusPoints(points=row.amount)
        if pending is not None:
            fields["pending"] = BonusPoints(points=pending)
        return BonusAccount(**fields)

    def member(self, customer: Customer, row: AccountWire | None) -> Customer:
        """Return a customer who speaks of bonuses and level too; without ``row`` there are none."""
        if row is None:
            return customer.model_copy(update={"bonuses": (), "tier": None})
        more: dict[str, Any] = {"bonuses": (self.balance(row),), "tier": row.level.name}
        named = self.programme.member_attributes
        if named:
            own = {name: tidy_custom(row.custom_fields.get(code)) for name, code in named.items()}
            more["attributes"] = {**customer.attributes, **own}
        return customer.model_copy(update=more)

    def postings(self, account_id: int, rows: Sequence[OperationWire]) -> list[BonusOperation]:
        """Read postings.

        The vendor gives them no ids: what they say makes one, and their place among equal ones.
        """
        seen: dict[str, int] = {}
        found: list[BonusOperation] = []
        for row in rows:
            said = posting_id(account_id, row)
            seen[said] = seen.get(said, 0) + 1
            at = moment_of(row.created_at, self.settings.zone)
            if at is None:
                continue
            found.append(
                BonusOperation(
                    id=said if seen[said] == 1 else f"{said}-{seen[said]}",
                    kind=kind_of(row.type),
                    points=BonusPoints(points=row.amount),
                    at=at,
                    active_from=moment_of(row.bonus.activation_date, self.settings.zone),
                    order_number=row.order.external_id,
                    reason=row.comment,
                )
            )
        return found

    def quote(self, sale: Sale, told: CalculatedWire, privilege: str) -> Quote:
        """Read a reckoned sale."""
        row = next((one for one in told.calculations if one.privilege_type == privilege), None)
        most = row.max_charge_bonuses if row is not None else None
        order = told.order
        return Quote(
            lines=[
                self._line(line, item) for line, item in zip(sale.lines, order.items, strict=True)
            ],
            total=self._money(order.total_summ),
            points_earned=points(order.bonuses_credit_total),
            available=BonusPoints(points=order.loyalty_account.amount)
            if order.loyalty_account.amount is not None
            else None,
            spendable=BonusPoints(points=most) if most is not None else None,
            # The vendor has no promo codes at all (13).
            promo_codes=[(code, PromoState.UNKNOWN) for code in sale.promo_codes],
        )

    def _line(self, line: OrderLine, item: SaleItemWire) -> LineQuote:
        price = (item.initial_price or ZERO) - (item.discount_total or ZERO)
        return LineQuote(
            id=line.id,
            price=self._money(max(price, ZERO)),
            discounts=[
                self._discount(one.type or "", one.amount, item, place)
                for place, one in enumerate(item.discounts)
            ],
            points_earned=points(item.bonuses_credit_total),
            points_spent=points(item.bonuses_charge_total),
        )

    def _discount(
        self, kind: str, amount: Decimal | None, item: SaleItemWire, place: int
    ) -> Discount:
        reason = _REASONS.get(kind, DiscountReason.PROMOTION)
        fields: dict[str, Any] = {"id": f"{kind}-{place}", "reason": reason, "name": kind}
        if reason is DiscountReason.POINTS:
            fields["points"] = points(item.bonuses_charge_total)
        return Discount(amount=self._money(amount), **fields)

    def _money(self, amount: Decimal | None) -> Money:
        return Money(amount=amount or ZERO, currency=self.settings.currency)


def best_of(rows: Sequence[CalculationWire]) -> CalculationWire | None:
    """Return the best privilege of a sale; the level's own where nothing is better than nothing."""
    best = next((row for row in rows if row.maximum), None)
    level = next((row for row in rows if row.privilege_type == LEVEL), None)
    return level if best is None or best.privilege_type == NONE else best


def kind_of(kind: str) -> BonusOperationKind:
    """Return what a posting does; a kind that nobody knows adjusts."""
    if kind.startswith("credit_"):
        return BonusOperationKind.ACCRUE
    if kind.startswith("charge_"):
        return BonusOperationKind.REDEEM
    if kind.startswith("cancel_"):
        return BonusOperationKind.CANCEL
    return BonusOperationKind.EXPIRE if kind == _BURNT else BonusOperationKind.ADJUST


def posting_id(account_id: int, row: OperationWire) -> str:
    """Return an id made of what a posting says (11.6)."""
    said = f"{account_id}|{row.created_at}|{row.type}|{row.amount.normalize()}|{row.order.id}"
    return hashlib.sha256(said.encode()).hexdigest()[:_ID_LETTERS]


def points(amount: Decimal | None) -> BonusPoints:
    """Return points; what is not told is none."""
    return BonusPoints(points=amount or ZERO)
