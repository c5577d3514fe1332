"""Till steps: payment, accrual, confirmation and cancellation (vendor reference, 8.4).

Payment = reserve, Discount keeps the content, Confirm = commit, Cancel = cancel. The content stays
the one of the calculation: later calls carry sums after its discount, which must not be given
twice, so they are compared with what was answered and never reckoned again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from lxml import etree

from gateway.canonical import BonusPoints
from gateway.canonical.money import KOPECK
from gateway.contract import (
    CodePurpose,
    Deal,
    MemberKey,
    OfflineReceipt,
    Sale,
    Stage,
    TillRefused,
)

from .till_answers import (
    add_buyer,
    add_cheque,
    add_programme,
    add_text,
    answer,
    numbers_of_payment,
    spent_text,
)
from .till_cheque import as_sent, earned, is_same, paid
from .till_codes import Code, CodeRefused
from .till_content import check_open
from .till_look import Looks, Visit
from .till_memory import Purchase, State


@dataclass(frozen=True, slots=True)
class Steps:
    """The operations P, D, K and U."""

    looks: Looks

    async def payment(self, visit: Visit) -> etree._Element:
        """Block the points that a purchase spends."""
        purchase = await self.looks.known(visit) or Purchase(visit.call.purchase_id)
        self.looks.check_unfinished(purchase)
        amount = self._amount(visit, purchase)
        await self.looks.name_buyer(visit, purchase)
        if purchase.buyer.key is None:
            raise CodeRefused(Code.HOLDER_NOT_FOUND)
        is_met_again = purchase.paid is not None
        if is_met_again:
            # Only a repeat may pass here; the service knows what was reserved and tells.
            sale = self.looks.contents.sale(visit.call, purchase.buyer, visit.desk.caller)
            purchase.lines = as_sent(visit.call.lines)
        else:
            sale = await self._reckoned(visit, purchase)
            self._check_amount(purchase, amount)
        proof = await self._proof(visit, purchase, purchase.buyer.key)
        deal = await self._reserved(visit, purchase, sale, amount, proof)
        spent = deal.kept.points_spent if deal.kept is not None else None
        purchase.paid = spent.points if spent is not None else amount
        purchase.sale = sale
        purchase.lines = paid(purchase.lines, purchase.paid)
        visit.desk.purchases.put(purchase.id, purchase)
        return self._paid_answer(visit, purchase)

    async def discount(self, visit: Visit) -> etree._Element:
        """Take what is bought and how it is paid, and tell what it earns."""
        call, desk = visit.call, visit.desk
        purchase = await self.looks.known(visit) or Purchase(call.purchase_id)
        self.looks.check_unfinished(purchase)
        await self.looks.name_buyer(visit, purchase)
        if purchase.sale is None or self._is_sold_alone(visit, purchase):
            purchase.sale = self.looks.contents.sale(call, purchase.buyer, desk.caller)
            lines = as_sent(call.lines)
            purchase.lines = lines if purchase.paid is None else paid(lines, purchase.paid)
            purchase.is_late, purchase.is_calculated = self.looks.is_late(call), False
        elif not is_same(call.lines, purchase.lines):
            raise CodeRefused(Code.DIFFERENT_CHEQUE)
        purchase.payments = self.looks.contents.payments(call)
        if not purchase.is_late:
            await self._earn(visit, purchase, purchase.content(purchase.sale))
        purchase.is_accrued = True
        desk.purchases.put(purchase.id, purchase)
        element = answer(call, device=desk.device)
        add_buyer(element, purchase.buyer, card_type=self.looks.tills.card_type)
        add_cheque(element, [replace(one, pay=one.pay or Decimal(0)) for one in purchase.lines])
        add_programme(element, self.looks.tills.programme)
        return element

    async def confirm(self, visit: Visit) -> etree._Element:
        """Close a purchase: points move."""
        call, desk = visit.call, visit.desk
        purchase = await self._found(visit)
        check_open(
            [
                (purchase.state is State.CONFIRMED, Code.IS_CONFIRMED),
                (purchase.state is State.CANCELED, Code.IS_CANCELED),
                (purchase.state is State.REFUSED, Code.BUSINESS),
                # What was bought is forgotten: the till sends the accrual again.
                (purchase.sale is None, Code.WRONG_ORDER),
            ]
        )
        assert purchase.sale is not None  # noqa: S101 - for the type checker: refused above
        sale = purchase.content(purchase.sale)
        if purchase.is_calculated or purchase.paid is not None:
            deal = await visit.service.commit(desk.caller, sale, key=call.operation_id)
        else:
            (deal,) = await visit.service.offline(desk.caller, [OfflineReceipt(sale=sale)])
        if deal.stage not in {Stage.COMMITTED, Stage.ACCEPTED}:
            raise CodeRefused(Code.BUSINESS)
        purchase.state = State.CONFIRMED
        desk.purchases.put(purchase.id, purchase)
        return answer(call, device=desk.device)

    async def cancel(self, visit: Visit) -> etree._Element:
        """Give a purchase up: what was blocked comes back."""
        call, desk = visit.call, visit.desk
        purchase = await self._found(visit)
        check_open(
            [
                (purchase.state is State.CONFIRMED, Code.WRONG_ORDER),
                (purchase.state is State.CANCELED, Code.IS_CANCELED),
                (purchase.state is State.REFUSED, Code.BUSINESS),
            ]
        )
        await visit.service.cancel(desk.caller, purchase.id, key=call.operation_id)
        purchase.state = State.CANCELED
        desk.purchases.put(purchase.id, purchase)
        return answer(call, device=desk.device)

    def _is_sold_alone(self, visit: Visit, purchase: Purchase) -> bool:
        """Tell whether a till was cut off after it had a purchase reckoned, and sold otherwise."""
        if purchase.paid is not None or not self.looks.is_late(visit.call):
            return False
        return not is_same(visit.call.lines, purchase.lines)

    async def _found(self, visit: Visit) -> Purchase:
        purchase = await self.looks.known(visit)
        if purchase is None:
            raise CodeRefused(Code.PURCHASE_NOT_FOUND)
        return purchase

    def _amount(self, visit: Visit, purchase: Purchase) -> Decimal:
        """Return the points to be spent, if this purchase may spend any now."""
        amount = visit.call.amount or Decimal(0)
        check_open(
            [
                (amount <= 0, Code.FORMAT),
                (bool(amount % KOPECK), Code.DIVISIBILITY),
                # A till that was alone has given the goods away already (9).
                (purchase.is_late or self.looks.is_late(visit.call), Code.PAYMENT),
                (purchase.paid is not None and purchase.sale is not None, Code.EXTRA_PAYMENT),
                (purchase.is_accrued, Code.WRONG_ORDER),
            ]
        )
        return amount

    async def _reckoned(self, visit: Visit, purchase: Purchase) -> Sale:
        """Return the content; without a calculation the till's prices must be the reckoned ones."""
        if not purchase.is_calculated:
            await self.looks.reckon(visit, purchase)
        if purchase.sale is None or not is_same(visit.call.lines, purchase.lines):
            raise CodeRefused(Code.DIFFERENT_CHEQUE)
        return purchase.sale

    def _check_amount(self, purchase: Purchase, amount: Decimal) -> None:
        quote = purchase.quote
        available = quote.available if quote is not None else None
        spendable = quote.spendable if quote is not None else None
        check_open(
            [
                (purchase.is_degraded or not purchase.allowed.spending, Code.PAYMENT),
                (available is not None and amount > available.points, Code.NOT_ENOUGH),
                (spendable is not None and amount > spendable.points, Code.LARGE_PAYMENT),
            ]
        )

    async def _proof(self, visit: Visit, purchase: Purchase, who: MemberKey) -> str:
        """Check the code of a call (8.6). Raises ``WrongPin`` for a wrong one, and where none is.

        The first call without a code has one sent.
        """
        caller, service, pin = visit.desk.caller, visit.service, visit.call.pin
        if pin:
            proof = await service.confirm_code(
                caller,
                who,
                pin,
                purpose=CodePurpose.SPENDING,
                reference=purchase.code_reference,
            )
            if proof is None:
                raise CodeRefused(Code.WRONG_PIN)
            return proof
        if purchase.allowed.code_needed:
            await self._ask_for_code(visit, purchase, who)
        return ""

    async def _ask_for_code(self, visit: Visit, purchase: Purchase, who: MemberKey) -> None:
        sent = await visit.service.send_code(visit.desk.caller, who, purpose=CodePurpose.SPENDING)
        purchase.code_reference = sent.reference
        visit.desk.purchases.put(purchase.id, purchase)
        raise CodeRefused(Code.WRONG_PIN)

    async def _reserved(
        self, visit: Visit, purchase: Purchase, sale: Sale, amount: Decimal, proof: str
    ) -> Deal:
        wanted = replace(sale, points=BonusPoints(points=amount))
        key = visit.call.operation_id
        try:
            deal = await visit.service.reserve(visit.desk.caller, wanted, key=key, proof=proof)
        except TillRefused as error:
            if error.code == "code-needed" and not proof and purchase.buyer.key is not None:
                await self._ask_for_code(visit, purchase, purchase.buyer.key)
            raise
        if deal.stage is not Stage.RESERVED:
            raise CodeRefused(Code.PAYMENT)
        return deal

    def _paid_answer(self, visit: Visit, purchase: Purchase) -> etree._Element:
        call, desk = visit.call, visit.desk
        points = purchase.paid or Decimal(0)
        transaction, code = numbers_of_payment(desk.device, purchase.id, call.operation_id)
        element = answer(
            call,
            device=desk.device,
            TransactionID=transaction,
            AuthCode=code,
            Amount=points,
            BonusAmount=points,
        )
        add_buyer(element, purchase.buyer, card_type=self.looks.tills.card_type)
        add_text(element, [spent_text(points)])
        add_cheque(element, [replace(one, cashback=None, discounts=()) for one in purchase.lines])
        add_programme(element, self.looks.tills.programme)
        return element

    async def _earn(self, visit: Visit, purchase: Purchase, sale: Sale) -> None:
        """Reckon what a purchase earns; after a payment a processor may decline to."""
        try:
            quoted = await visit.service.quote(visit.desk.caller, sale)
        except TillRefused:
            if purchase.paid is None:
                raise
            return
        purchase.lines = earned(purchase.lines, quoted.quote)
