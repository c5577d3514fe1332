"""Till looks: balance, calculation and what may be spent; they change nothing at the service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

from lxml import etree

from gateway.canonical import BonusPoints
from gateway.canonical.money import KOPECK
from gateway.contract import Clock, TillService

from .config import Tills
from .till_answers import add_buyer, add_cheque, add_programme, add_text, answer
from .till_buyer import buyer_of, is_same_buyer
from .till_cheque import as_sent, reckoned
from .till_codes import Code, CodeRefused
from .till_content import Contents, check_coupons, check_open
from .till_memory import Buyer, Desk, Purchase, State, met_again
from .till_wire import TillCall

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Visit:
    """One call at one register."""

    desk: Desk
    call: TillCall
    service: TillService


@dataclass(frozen=True, slots=True)
class Looks:
    """The operations B, C and A, and what they share with the others."""

    tills: Tills
    contents: Contents
    clock: Clock

    async def balance(self, visit: Visit) -> etree._Element:
        """Tell a member's points."""
        desk, call = visit.desk, visit.call
        buyer = await buyer_of(call.buyer, desk.caller, visit.service)
        if buyer.key is None:
            raise CodeRefused(Code.HOLDER_NOT_FOUND)
        told = await visit.service.balance(desk.caller, buyer.key)
        accounts = [one.available for one in told.accounts if one.available is not None]
        if not accounts and told.degraded is not None:
            raise CodeRefused(Code.SYSTEM_ERROR)
        points = _points(accounts[0]) if accounts else ZERO
        told_sums = {"BonusAmount": points, "Currency": self.contents.currency}
        element = answer(call, device=desk.device, **told_sums)
        add_buyer(element, buyer, card_type=self.tills.card_type)
        return element

    async def calculate(self, visit: Visit) -> etree._Element:
        """Reckon a purchase: the direct discounts, and how much may be spent."""
        desk, call = visit.desk, visit.call
        before = await self.known(visit) or Purchase(call.purchase_id)
        self.check_unfinished(before)
        if before.paid is not None:
            raise CodeRefused(Code.WRONG_ORDER)
        # A calculation begins anew, also for a buyer who shows the card after the first one.
        purchase = Purchase(call.purchase_id, buyer=await self._buyer(visit, before.buyer))
        await self.reckon(visit, purchase)
        desk.purchases.put(purchase.id, purchase)
        quote = purchase.quote
        spendable = _points(quote.spendable) if quote is not None else None
        sums = {
            "Balance": _points(quote.available) if quote is not None else None,
            "AvailableAmount": spendable,
            "AvailableBonusAmount": spendable,
        }
        element = answer(call, device=desk.device, **sums)
        add_buyer(element, purchase.buyer, card_type=self.tills.card_type)
        add_text(element, quote.receipt_texts if quote is not None else ())
        add_cheque(element, purchase.lines)
        add_programme(element, self.tills.programme)
        return element

    async def available(self, visit: Visit) -> etree._Element:
        """Tell the most that a purchase may spend, as it was reckoned."""
        desk, call = visit.desk, visit.call
        purchase = await self.known(visit)
        if purchase is None:
            raise CodeRefused(Code.WRONG_ORDER)
        self.check_unfinished(purchase)
        if purchase.paid is not None:
            raise CodeRefused(Code.EXTRA_PAYMENT)
        await self.name_buyer(visit, purchase)
        if purchase.sale is not None and not purchase.is_late:
            quoted = await visit.service.quote(desk.caller, purchase.sale)
            purchase.quote, purchase.allowed = quoted.quote, quoted.allowed
            purchase.is_degraded = quoted.degraded is not None
        most = _points(purchase.quote.spendable) if purchase.quote is not None else None
        sums = {"Amount": most or ZERO, "BonusAmount": most or ZERO}
        element = answer(call, device=desk.device, **sums)
        add_buyer(element, purchase.buyer, card_type=self.tills.card_type)
        add_programme(element, self.tills.programme)
        return element

    async def known(self, visit: Visit) -> Purchase | None:
        """Return the purchase of a call; what memory does not know the service may."""
        call, desk = visit.call, visit.desk
        purchase = desk.purchases.get(call.purchase_id)
        if purchase is not None:
            return purchase
        deal = await visit.service.deal(desk.caller, call.purchase_id)
        return met_again(call.purchase_id, deal)

    def check_unfinished(self, purchase: Purchase) -> None:
        """Refuse what is over (8.4)."""
        check_open(
            [
                (purchase.state is State.CONFIRMED, Code.CONFIRMED_PURCHASE),
                (purchase.state is State.CANCELED, Code.IS_CANCELED),
                (purchase.state is State.REFUSED, Code.BUSINESS),
            ]
        )

    async def name_buyer(self, visit: Visit, purchase: Purchase) -> None:
        """Find the buyer once per purchase and name. Raises for another one than before."""
        found = await self._buyer(visit, purchase.buyer)
        if purchase.sale is not None:
            if not is_same_buyer(found, purchase.buyer):
                raise CodeRefused(Code.DIFFERENT_PURCHASE)
            # The sale keeps the name that it began with: its content stays the same.
            found = replace(found, key=purchase.sale.member)
        purchase.buyer = found

    async def _buyer(self, visit: Visit, known: Buyer) -> Buyer:
        named = visit.call.buyer
        if known.named == named and (known.member is not None or named is None):
            return known
        return await buyer_of(named, visit.desk.caller, visit.service)

    async def reckon(self, visit: Visit, purchase: Purchase) -> None:
        """Reckon the lines of a call as those of the purchase; a late one is left as it was sold.

        Raises ``CodeRefused`` for a coupon that is not good.
        """
        call, desk = visit.call, visit.desk
        sale = self.contents.sale(call, purchase.buyer, desk.caller)
        if self.is_late(call):
            purchase.is_late, purchase.lines = True, as_sent(call.lines)
        else:
            quoted = await visit.service.quote(desk.caller, sale)
            check_coupons(quoted)
            purchase.quote, purchase.allowed = quoted.quote, quoted.allowed
            purchase.is_degraded = quoted.degraded is not None
            purchase.lines = reckoned(call.lines, sale.lines, quoted.quote)
            purchase.is_late, purchase.is_calculated = False, True
        purchase.sale, purchase.is_accrued = sale, False

    def is_late(self, call: TillCall) -> bool:
        """Tell whether a till kept this call while it was alone."""
        return self.clock.now() - call.at > timedelta(seconds=self.tills.late_s)


def _points(points: BonusPoints | None) -> Decimal | None:
    """Return points as they are told: never more than there are."""
    return None if points is None else points.points.quantize(KOPECK, rounding=ROUND_DOWN)
