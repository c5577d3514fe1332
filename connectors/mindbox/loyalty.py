"""Loyalty: the vendor's processing of baskets and receipts.

A sale is reckoned, saved as it was reckoned (points leave the account then), and paid or cancelled
by a change of its lines' status. Its id there is ours, so that a lost answer is looked up
(vendor reference, 12 to 14 and 16). What a till was quoted a moment ago is saved as it was quoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    BonusAccount,
    BonusPoints,
    Customer,
)
from gateway.contract import (
    HistoryPage,
    Kept,
    Member,
    MemberKey,
    Missing,
    Quote,
    Refund,
    Rejected,
    Sale,
    SaleState,
)

from .client import MindboxClient, transaction_id
from .customers import Customers
from .errors import NEEDS_SPLIT, PRICE_CHANGED, PROTOCOL, REPEATED, VALIDATION, read_as
from .history import page_of, postings
from .orders import look
from .quotes import QuoteTranslator
from .reckonings import Reckonings
from .translator_sale import SaleTranslator
from .values import phone_text
from .wire import CustomerAnswer
from .wire_order import OrderAnswer, OrderWire, status_id

_TRIES = 3
"""A price may change between reckoning and saving; more often than this somebody should look."""


@dataclass(frozen=True, slots=True)
class Processing:
    """See ``LoyaltyProcessing``."""

    client: MindboxClient
    customers: Customers
    translator: SaleTranslator
    quotes: QuoteTranslator
    reckonings: Reckonings

    async def identify(self, key: MemberKey) -> Member | None:
        """Find a member by id, phone, e-mail or card."""
        wire = await self.customers.look(_who(key))
        if wire is None:
            return None
        seen = self.customers.translator.observed(wire)
        return Member(seen.external_id, seen.entity) if seen is not None else None

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member; one with these contacts is returned as it is.

        ``key`` is not sent: the vendor knows no code for a registration, the contacts are it.
        """
        del key
        names = self.client.names
        translator = self.customers.translator
        body = {"customer": translator.to_wire(translator.held(customer, None), None)}
        try:
            told = await self.client.sync(names.register_customer, body, repeatable=False)
        except Rejected as error:
            if error.vendor_code != VALIDATION:
                raise
            return await self._known(customer, error)
        operation = names.register_customer
        answer = read_as(CustomerAnswer, told, operation=operation, wrote=True)
        external_id = answer.customer.ids.get("mindboxId")
        member = await self.identify(MemberKey(external_id=external_id)) if external_id else None
        return member or await self._known(customer, None)

    async def _known(self, customer: Customer, refusal: Rejected | None) -> Member:
        keys = [MemberKey(phone=one.number) for one in customer.phones]
        keys += [MemberKey(email=one.address) for one in customer.emails]
        for key in keys:
            member = await self.identify(key)
            if member is not None:
                return member
        msg = "the vendor says that the member exists, and does not find it"
        raise refusal or Rejected(msg, operation=self.client.names.register_customer)

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the member's points."""
        member = await self.identify(MemberKey(external_id=external_id))
        if member is None:
            msg = "the vendor does not know the member"
            raise Missing(msg, operation=self.client.names.get_customer)
        return member.customer.bonuses

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return a page of postings; see ``history.page_of`` for its cursor."""
        operation = self.client.names.balance_history
        try:
            items = await postings(self.client, external_id)
        except Rejected as error:
            if error.vendor_code == PROTOCOL:
                await self.balance(external_id)  # who is not there, is missing
            raise
        return page_of(items, cursor=cursor, limit=limit, operation=operation)

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale."""
        asked = self.translator.calculation(sale)
        reckoned = await self.reckoned(sale, asked)
        self.reckonings.keep(asked, reckoned)
        return self.quotes.quote(reckoned)

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Save a sale as checked out: its points are taken then, and given back when cancelled."""
        status = self.client.settings.line_statuses.checked_out
        operation = self._saving(sale)
        asked = self.translator.calculation(sale)
        for attempt in range(_TRIES):
            reckoned = self.reckonings.take(asked) or await self.reckoned(sale, asked)
            body = self.translator.saving(sale, reckoned, status)
            code = transaction_id(f"{key}#{attempt}" if attempt else key, operation)
            try:
                told = await self.client.sync(operation, body, repeatable=False, transaction=code)
            except Rejected as error:
                if error.vendor_code != NEEDS_SPLIT:
                    raise
                continue
            answer = read_as(OrderAnswer, told, operation=operation, wrote=True)
            order = answer.order
            if answer.status == REPEATED:
                # The first answer is not given again (4.1): it is read. A refused save may have
                # used the code up too, and then there is nothing to read.
                kept = await self.find(sale.id)
                if kept is not None:
                    return kept
                continue
            if PRICE_CHANGED not in (answer.status, order and order.processing_status):
                return kept_of(sale.id, SaleState.RESERVED, order)
        msg = "the price changed each time that the sale was reckoned: look at the promotions"
        raise Rejected(msg, operation=operation, vendor_code=PRICE_CHANGED)

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Mark a reserved sale as paid; tell one that was closed without the vendor afterwards."""
        names = self.client.names
        if kept is None:
            body = self.translator.offline(sale)
            code = transaction_id(key, names.offline_order)
            await self.client.queue(names.offline_order, body, transaction=code)
            return Kept(reference=sale.id, state=SaleState.COMMITTED)
        await self._mark(kept.reference, self.client.settings.line_statuses.paid)
        return replace(kept, state=SaleState.COMMITTED)

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Cancel a saved sale. Marking it twice is the same as once."""
        del key
        await self._mark(kept.reference, self.client.settings.line_statuses.cancelled)

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Take goods back. Units may be given back once per key, so it goes by the queue."""
        stored = await look(self.client, refund.reference)
        operation = self.client.names.return_order
        if stored is None:
            msg = "the vendor does not know the sale that is given back"
            raise Missing(msg, operation=operation)
        body = self.translator.refund(refund, stored)
        code = transaction_id(key, operation)
        await self.client.queue(operation, body, transaction=code)
        return Kept(reference=refund.reference, state=SaleState.COMMITTED)

    async def find(self, sale_id: str) -> Kept | None:
        """Look a sale up by our id. A refund needs no look-up: its key is dropped when repeated."""
        order = await look(self.client, sale_id)
        return self._state(sale_id, order) if order is not None else None

    async def reckoned(self, sale: Sale, asked: Mapping[str, Any]) -> OrderWire:
        """Return a sale as the vendor reckons it now. ``asked``: its calculation."""
        names = self.client.names
        operation = (
            names.calculate_authorized if sale.member is not None else names.calculate_anonymous
        )
        told = await self.client.sync(operation, asked, repeatable=True)
        answer = read_as(OrderAnswer, told, operation=operation, wrote=False)
        customer = answer.customer
        if customer is not None and customer.processing_status == "DiscountCardIsBlocked":
            msg = "the member's card is blocked"
            raise Rejected(msg, operation=operation, vendor_code="DiscountCardIsBlocked")
        if answer.order is None:
            msg = "the calculation was answered without an order"
            raise Rejected(msg, operation=operation)
        return answer.order

    def _saving(self, sale: Sale) -> str:
        names = self.client.names
        return names.save_authorized if sale.member is not None else names.save_anonymous

    async def _mark(self, sale_id: str, status: str) -> None:
        """Set the status of all lines; the vendor changes nothing that has it already (13)."""
        body = {
            "orderLinesStatus": status,
            "order": {"ids": {self.client.settings.order_key: sale_id}},
        }
        await self.client.sync(self.client.names.change_status, body, repeatable=False)

    def _state(self, sale_id: str, order: OrderWire) -> Kept:
        ids = self.client.settings.line_statuses
        told = {status_id(line.status) for line in order.lines}
        state = SaleState.RESERVED
        if told and told <= {ids.cancelled, ids.returned}:
            state = SaleState.CANCELLED
        elif told & {ids.paid, ids.delivered, ids.returned}:
            state = SaleState.COMMITTED
        return kept_of(sale_id, state, order)


def _who(key: MemberKey) -> Mapping[str, Any]:
    if key.external_id is not None:
        return {"ids": {"mindboxId": key.external_id}}
    if key.phone is not None:
        return {"mobilePhone": phone_text(key.phone)}
    if key.email is not None:
        return {"email": key.email}
    return {"discountCard": {"ids": {"number": key.card}}}


def kept_of(sale_id: str, state: SaleState, order: OrderWire | None) -> Kept:
    """Return a sale as kept, with its points in either form: of a save, or of a reading."""
    changes = (
        (order.bonus_points_changes or order.bonus_points_info_per_balance_type)
        if order is not None
        else ()
    )
    earned = sum((one.earned_amount or Decimal(0) for one in changes), start=Decimal(0))
    spent = sum((one.spent_amount or Decimal(0) for one in changes), start=Decimal(0))
    return Kept(
        reference=sale_id,
        state=state,
        points_earned=BonusPoints(points=earned),
        points_spent=BonusPoints(points=spent),
    )
