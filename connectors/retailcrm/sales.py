"""Sales: the orders that keep sales, and the bonuses on them (vendor reference, 11.7 to 11.9).

Each step reads the order before it changes it, so that a step that is done again adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import Kind, OrderStatus
from gateway.contract import ConnectorError, Missing, OutcomeUnknown, Rejected, Sale

from .client import RetailCrmClient
from .client_sales import SalesClient
from .errors import ALREADY_EXISTS
from .participations import Participations
from .status_book import StatusBook
from .translator_loyalty import LEVEL, NONE, ZERO
from .translator_order import OrderTranslator
from .translator_sale import SaleTranslator, amount_text, best_privilege
from .wire_loyalty import CalculatedWire, CheckWire, SaleOrderWire

_ROUNDED = Decimal("0.05")
"""Bonuses by which a line may be off: a kopeck, at a bonus of twenty kopecks."""


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales of one account."""

    client: SalesClient
    orders: RetailCrmClient
    members: Participations
    book: StatusBook
    translator: SaleTranslator

    async def by(self, order: SaleOrderWire | None = None) -> OrderTranslator:
        """Return the order translator that knows an order's status."""
        if order is None or order.status is None:
            return self.book.translator
        return await self.book.knowing({order.status})

    async def reckoned(self, sale: Sale) -> tuple[CalculatedWire, str]:
        """Reckon a sale under its best privilege, and name that."""
        by, customer_id = await self.by(), await self._buyer(sale)
        bonuses = amount_text(wanted_points(sale))
        body = self.translator.calculation(sale, customer_id, None, by)
        told = await self.client.calculate(body, bonuses)
        best = best_privilege(told.calculations)
        if best is None or customer_id is None:
            return told, LEVEL if customer_id is not None else NONE
        body = self.translator.calculation(sale, customer_id, best, by)
        return await self.client.calculate(body, bonuses), best.privilege_type

    async def order_of(self, sale: Sale) -> SaleOrderWire:
        """Return the order of a sale; one that is not there is made."""
        found = await self.client.order(sale.id)
        if found is not None:
            return found
        by, customer_id = await self.by(), await self._buyer(sale)
        best = None
        if customer_id is not None:
            asked = self.translator.calculation(sale, customer_id, None, by)
            best = best_privilege((await self.client.calculate(asked, "0")).calculations)
        row = self.translator.creation(sale, customer_id, best, by)
        try:
            await self.orders.create(Kind.ORDER, row)
        except Rejected as error:
            # Another worker may have made it between the look and the creation.
            made = await self.client.order(sale.id) if error.vendor_code == ALREADY_EXISTS else None
            if made is None:
                raise
            return made
        return await self.required(sale.id)

    async def required(self, sale_id: str) -> SaleOrderWire:
        """Return the order of a sale. Raises ``Missing``."""
        found = await self.client.order(sale_id)
        if found is None:
            msg = "the CRM does not know the sale"
            raise Missing(msg, operation="orders/get", vendor_code="not_found")
        return found

    async def charge(
        self, order: SaleOrderWire, wanted: Decimal
    ) -> tuple[SaleOrderWire, CheckWire | None]:
        """Let an order spend bonuses; return it as it is then, and the check by SMS it waits for.

        What a second charge does is not documented, so another one is given back first (11.9).
        """
        if is_charged(order, wanted):
            return order, None
        if order.bonuses_charge_total:
            await self.client.cancel_bonuses(order.id or 0)
        if not wanted:
            return await self.required(order.external_id or ""), None
        told = await self.client.apply(order.id or 0, amount_text(wanted))
        if told.verification is None or told.verification.verified_at:
            return await self._charged(order), None
        return told.order, told.verification

    async def _charged(self, order: SaleOrderWire) -> SaleOrderWire:
        """Read an order that was charged a moment ago.

        No failure of this may sound as if nothing had happened: nobody would free the bonuses.
        """
        try:
            return await self.required(order.external_id or "")
        except ConnectorError as error:
            msg = "the bonuses are charged, and the order could not be read"
            raise OutcomeUnknown(msg, operation="orders/get") from error

    async def pay(self, sale: Sale, order: SaleOrderWire) -> None:
        """Add the payments of a sale that its order lacks."""
        for payment in self.translator.payments(sale, order, await self.by()):
            await self.orders.create_payment(payment)

    async def mark(self, order: SaleOrderWire, status: OrderStatus) -> SaleOrderWire:
        """Give an order a status, unless it has one of that meaning."""
        by = await self.by(order)
        statuses = by.books.statuses
        code = statuses.code(str(status))
        if statuses.meaning(order.status) == status or code is None:
            return order
        answer = await self.orders.edit(Kind.ORDER, str(order.id), {"status": code})
        body: Mapping[str, Any] = answer.get("order") or {}
        return SaleOrderWire.model_validate(body) if body else await self._again(order)

    async def _again(self, order: SaleOrderWire) -> SaleOrderWire:
        return await self.required(order.external_id or "")

    async def _buyer(self, sale: Sale) -> str | None:
        """Return the id of the customer who buys; a member who is not known is an error."""
        if sale.member is None:
            return None
        found = await self.members.find(sale.member)
        if found is None or found.customer is None:
            msg = "the CRM does not know the member of the sale"
            raise Missing(msg, operation="loyalty/accounts")
        return str(found.customer.id)


def is_charged(order: SaleOrderWire, wanted: Decimal) -> bool:
    """Tell whether an order spends what is wanted.

    What is spread over the lines is rounded there, in money, so the sum may differ a little.
    """
    charged = order.bonuses_charge_total or ZERO
    if not charged or not wanted:
        return charged == wanted
    return abs(charged - wanted) <= _ROUNDED * max(1, len(order.items))


def wanted_points(sale: Sale) -> Decimal:
    """Return how many bonuses a sale spends."""
    return sale.points.points if sale.points is not None else ZERO
