"""Loyalty: members, balances and sales of the account's programme (vendor reference, 11).

A sale is an order of the CRM whose external id is ours: made when the sale is reserved, complete
when it is committed, cancelled when it is given up. So every step can be looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from gateway.canonical import BonusAccount, Customer, Kind, OrderStatus
from gateway.contract import (
    HistoryPage,
    Kept,
    Member,
    MemberKey,
    Quote,
    Refund,
    Rejected,
    Sale,
    SaleState,
)

from .client_loyalty import PAGE
from .participations import Participations
from .records import CustomerRecords
from .registration import Registration
from .returns import Returns
from .sales import Sales, is_charged, wanted_points
from .translator import moment_text
from .translator_loyalty import ZERO, LoyaltyTranslator, points
from .translator_sale import sale_of
from .wire_loyalty import AccountWire, SaleOrderWire

_PAGE_SIZES = (20, 50, PAGE)
_AT = "@"


@dataclass(frozen=True, slots=True)
class Processing:
    """See ``LoyaltyProcessing``."""

    members: Participations
    registration: Registration
    records: CustomerRecords
    translator: LoyaltyTranslator
    sales: Sales
    returns: Returns

    async def identify(self, key: MemberKey) -> Member | None:
        """Find a member by customer's id, phone, e-mail or card of the participation."""
        row = await self.members.find(key)
        return await self._member(row) if row is not None else None

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member, or return the one of these contacts.

        A customer who is new gets ``key`` as external id. Where the programme confirms by SMS, the
        member is not active before the code is confirmed.
        """
        row = await self.registration.member(customer, key=key)
        member = await self._member(row)
        if member is None:
            msg = "the participation belongs to a customer of another shop"
            raise Rejected(msg, operation="loyalty/account/create")
        return member

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return what may be spent and what waits for its day."""
        row = await self.members.required(external_id)
        told = await self.members.client.waiting(row.id or 0)
        try:
            pending = Decimal(str(told)) if told is not None else None
        except InvalidOperation:
            pending = None
        return [self.translator.balance(row, pending)]

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return a page of postings, newest first.

        Later pages are asked up to the moment of the first one: new postings move nothing.
        """
        row = await self.members.required(external_id)
        start, _, until = (cursor or "0").partition(_AT)
        first, size = int(start), next((one for one in _PAGE_SIZES if one >= limit), PAGE)
        number, skipped = divmod(first, size)
        told = await self.members.client.postings(
            row.id or 0, page=number + 1, limit=size, until=until or None
        )
        rows = told.rows[skipped:][:limit]
        items = self.translator.postings(row.id or 0, rows)
        more = number + 1 < told.pages or skipped + len(rows) < told.count
        if items and not until:
            until = moment_text(items[0].at, self.translator.settings.zone)
        following = f"{first + len(rows)}{_AT}{until}"
        return HistoryPage(items=items, cursor=following if more and rows else None)

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale under the best privilege that the member has."""
        told, privilege = await self.sales.reckoned(sale)
        if len(told.order.items) != len(sale.lines):
            msg = "the CRM reckoned other lines than it was told"
            raise Rejected(msg, operation="loyalty/calculate")
        return self.translator.quote(sale, told, privilege)

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Make the sale's order and charge its bonuses.

        ``key`` is not sent: the order's external id is the sale's. Where the programme confirms a
        charge by SMS, the reference names the check, and nothing is charged before its code.
        """
        del key
        order = await self.sales.order_of(sale)
        state = await self._state(order)
        if state is SaleState.CANCELLED:
            msg = "the sale was given up: reserve it under another id"
            raise Rejected(msg, operation="orders/loyalty/apply")
        if state is SaleState.COMMITTED:
            return self.sales.translator.kept(sale.id, state, order)
        charged, check = await self.sales.charge(order, wanted_points(sale))
        return self.sales.translator.kept(sale.id, SaleState.RESERVED, charged, check)

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Add the payments and complete the order: the CRM credits what it earned by its rules."""
        del key
        order = await self.sales.order_of(sale)
        state = await self._state(order)
        if kept is None and state is SaleState.RESERVED:
            order, _ = await self.sales.charge(order, wanted_points(sale))
        if state is SaleState.CANCELLED:
            msg = "the sale was given up"
            raise Rejected(msg, operation="orders/edit")
        if state is SaleState.RESERVED and not is_charged(order, wanted_points(sale)):
            msg = "the bonuses are not charged: the member has not confirmed the code of the SMS"
            raise Rejected(msg, operation="orders/edit", vendor_code="unconfirmed")
        await self.sales.pay(sale, order)
        done = await self.sales.mark(order, OrderStatus.COMPLETE)
        return self.sales.translator.kept(sale.id, SaleState.COMMITTED, done)

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Give the bonuses back and cancel the order; one that was never made is done."""
        del key
        order = await self.sales.client.order(sale_of(kept.reference))
        if order is None:
            return
        if await self._state(order) is SaleState.COMMITTED:
            msg = "the sale is committed: refund it"
            raise Rejected(msg, operation="orders/edit")
        if order.bonuses_charge_total:
            await self.sales.client.cancel_bonuses(order.id or 0)
        await self.sales.mark(order, OrderStatus.CANCELLED)

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Take a sale back, whole or in part; a part's id stands in the rows that came back."""
        del key
        order = await self.sales.required(sale_of(refund.reference))
        is_whole = refund.lines is None or self.sales.translator.is_whole(refund.lines, order)
        if self.returns.has(refund, order) or not is_whole:
            return await self.returns.take(refund, order, await self._state(order))
        told = await self.sales.client.cancel_bonuses(order.id or 0)
        statuses = (await self.sales.by(order)).books.statuses
        has_returned = statuses.code(str(OrderStatus.RETURNED)) is not None
        await self.sales.mark(
            order, OrderStatus.RETURNED if has_returned else OrderStatus.CANCELLED
        )
        kept = self.sales.translator.kept(sale_of(refund.reference), SaleState.COMMITTED, order)
        return Kept(
            reference=kept.reference,
            state=SaleState.COMMITTED,
            points_earned=points(-(order.bonuses_credit_total or ZERO)),
            points_spent=points(-(order.bonuses_charge_total or ZERO)),
            balance=self.sales.translator.kept("", SaleState.COMMITTED, told.order).balance,
        )

    async def find(self, sale_id: str) -> Kept | None:
        """Look a sale up by its order. A refund has none: doing it again gives nothing twice."""
        order = await self.sales.client.order(sale_id)
        if order is None:
            return None
        return self.sales.translator.kept(sale_id, await self._state(order), order)

    async def _state(self, order: SaleOrderWire) -> SaleState:
        return self.sales.translator.state(order, await self.sales.by(order))

    async def _member(self, row: AccountWire) -> Member | None:
        """Return the whole customer of a participation; one of another shop is none of ours."""
        external_id = str(row.customer.id) if row.customer is not None else ""
        listed = await self.sales.orders.by_ids(Kind.CUSTOMER, [external_id])
        seen = await self.records(listed.rows)
        for one in seen.items:
            return Member(one.external_id, self.translator.member(one.entity, row))
        return None
