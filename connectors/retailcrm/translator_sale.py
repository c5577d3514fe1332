"""Sale translator: a sale as the order that the CRM keeps. Pure (vendor reference, 9, 11.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusAccount, BonusPoints, OrderLine, OrderStatus, Payment
from gateway.contract import Kept, Sale, SaleState

from .config import RetailCrmSettings
from .config_services import LoyaltySettings
from .translator import filled, moment_of, moment_text
from .translator_loyalty import LEVEL, NONE, best_of, points
from .translator_order import OrderTranslator, joined
from .wire_loyalty import CalculationWire, CheckWire, SaleOrderWire

CHECK = "|"
"""Stands in a reference between the sale and the check by SMS that it waits for."""

_STATES = {
    OrderStatus.COMPLETE: SaleState.COMMITTED,
    OrderStatus.CANCELLED: SaleState.CANCELLED,
    OrderStatus.RETURNED: SaleState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class SaleTranslator:
    """Translates sales of one account."""

    settings: RetailCrmSettings
    programme: LoyaltySettings

    def calculation(
        self, sale: Sale, customer_id: str | None, row: CalculationWire | None, by: OrderTranslator
    ) -> dict[str, Any]:
        """Return a sale as it is to be reckoned, under the privilege of ``row``."""
        return filled(
            {
                **self._privilege(customer_id, row),
                "customer": self._buyer(customer_id),
                "items": self._items(sale.lines, by),
            }
        )

    def creation(
        self, sale: Sale, customer_id: str | None, row: CalculationWire | None, by: OrderTranslator
    ) -> dict[str, Any]:
        """Return the order that keeps a sale; its external id is the sale's, so it is made once."""
        promo = self.settings.order_fields.promo_code
        codes = joined(tuple(sale.promo_codes)) if promo is not None else None
        return filled(
            {
                "externalId": sale.id,
                "number": sale.number,
                "createdAt": moment_text(sale.at, self.settings.zone),
                "status": by.books.statuses.code(str(OrderStatus.NEW)),
                "orderMethod": self.programme.order_method,
                **self.calculation(sale, customer_id, row, by),
                "customFields": filled({promo: codes}) if promo is not None else {},
            }
        )

    def payments(
        self, sale: Sale, order: SaleOrderWire, by: OrderTranslator
    ) -> Sequence[dict[str, Any]]:
        """Return the payments of a sale that its order does not hold yet.

        A payment's external id is unique in the whole account (10), and a till numbers those of
        each sale from one.
        """
        there = {one.external_id for one in order.payments}
        own = [
            one
            if one.id.startswith(sale.id)
            else one.model_copy(update={"id": f"{sale.id}.{one.id}"})
            for one in sale.payments
        ]
        fresh: Sequence[Payment] = by.payment.held(own, ())
        return [
            {**by.payment.creation(one), "order": {"id": order.id}}
            for one in fresh
            if one.id not in there
        ]

    def state(self, order: SaleOrderWire, by: OrderTranslator) -> SaleState:
        """Return how far a sale has come."""
        meaning = by.books.statuses.meaning(order.status)
        return next(
            (state for status, state in _STATES.items() if str(status) == meaning),
            SaleState.RESERVED,
        )

    def kept(
        self,
        sale_id: str,
        state: SaleState,
        order: SaleOrderWire,
        check: CheckWire | None = None,
    ) -> Kept:
        """Return what the CRM keeps of a sale; with a check, the charge waits for its code."""
        waits = check is not None and check.check_id and not check.verified_at
        left = order.loyalty_account.amount
        balance = None
        if left is not None:
            available = BonusPoints(points=left)
            balance = BonusAccount(programme=self.programme.name, available=available)
        return Kept(
            reference=f"{sale_id}{CHECK}{check.check_id}" if check and waits else sale_id,
            state=state,
            points_earned=points(order.bonuses_credit_total),
            points_spent=points(order.bonuses_charge_total),
            balance=balance,
            expires_at=moment_of(check.expired_at, self.settings.zone) if check and waits else None,
        )

    def is_whole(self, lines: Sequence[OrderLine], order: SaleOrderWire) -> bool:
        """Tell whether the lines that come back are all that is left of the sale."""
        code = self.settings.system_code
        live = [item for item in order.items if not item.is_canceled]
        sold = {
            one.value: item.quantity or Decimal(1)
            for item in live
            for one in item.external_ids
            if one.code == code
        }
        back = {line.id: line.quantity or Decimal(1) for line in lines}
        return bool(sold) and back == sold and len(sold) == len(live)

    def _items(self, lines: Sequence[OrderLine], by: OrderTranslator) -> list[dict[str, Any]]:
        return [by.line.to_wire(by.line.held(line, None)) for line in lines]

    def _buyer(self, customer_id: str | None) -> dict[str, Any]:
        return {"id": int(customer_id)} if customer_id is not None else {}

    def _privilege(self, customer_id: str | None, row: CalculationWire | None) -> Mapping[str, Any]:
        """Name the privilege: without one an order earns nothing (11.8)."""
        if row is None:
            return {"privilegeType": LEVEL if customer_id is not None else NONE}
        event = row.loyalty_event_discount.id
        return {
            "privilegeType": row.privilege_type,
            **({} if event is None else {"loyaltyEventDiscountId": event}),
        }


def best_privilege(rows: Sequence[CalculationWire]) -> CalculationWire | None:
    """Return the privilege to take, ``None`` for that of the level."""
    best = best_of(rows)
    return None if best is None or best.privilege_type == LEVEL else best


def sale_of(reference: str) -> str:
    """Return the sale's id of a reference."""
    return reference.rpartition(CHECK)[0] or reference


def check_of(reference: str) -> str:
    """Return the id of the check by SMS in a reference, or the reference itself."""
    return reference.rpartition(CHECK)[2]


def amount_text(points: Decimal) -> str:
    """Write an amount of points plainly."""
    return f"{points.normalize():f}"
