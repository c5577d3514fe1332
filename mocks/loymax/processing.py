"""The processing: operations on purchases, their states and codes (reference, section 8.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from mocks.loymax import history, pricing, settlement
from mocks.loymax.money import ZERO
from mocks.loymax.payment_checks import check_amount, check_pin
from mocks.loymax.purchase import (
    Applied,
    CodeRefused,
    Line,
    Operation,
    Outcome,
    Payment,
    Purchase,
)
from mocks.loymax.refunds import refund

if TYPE_CHECKING:
    from mocks.loymax.codes import Codes
    from mocks.loymax.installation import Installation

_MOVING = frozenset({"payment", "undo", "refund"})


class Processing:
    """Runs operations one after the other, as a device must send them."""

    def __init__(self, installation: Installation, codes: Codes) -> None:
        """Start without purchases."""
        self._installation = installation
        self._codes = codes
        self._used: dict[tuple[str, str], tuple[object, Outcome]] = {}
        self._does: dict[str, Callable[[Operation], Outcome]] = {
            "balance": self._balance,
            "calculate": self._calculate,
            "available": self._available,
            "payment": self._payment,
            "undo": self._undo,
            "bonus": self._bonus,
            "confirm": self._confirm,
            "cancel": self._cancel,
            "refund": self._refund,
        }

    def run(self, operation: Operation) -> Outcome:
        """Run one operation; a refusal is an outcome with its code and no transaction."""
        self.sweep()
        key = (operation.device, operation.operation_id)
        known = self._used.get(key)
        settings = self._installation.settings
        payload = (operation.kind, operation.purchase_id, operation.payload)
        if settings.repeat_operation == "replay" and known is not None and known[0] == payload:
            return known[1]
        transaction = self._installation.count.number("transaction")
        try:
            self._refuse_if_told()
            if operation.person is not None:
                history.settle(self._installation, operation.person)
            outcome = self._does[operation.kind](operation)
        except CodeRefused as refusal:
            return Outcome(None, refusal.code, refusal.text)
        outcome.transaction = transaction
        purchase = self._find(operation)
        if purchase is not None:
            purchase.transactions.add(transaction)
        if operation.kind in _MOVING or settings.repeat_operation == "replay":
            self._used[key] = (payload, outcome)
        return outcome

    def sweep(self) -> None:
        """Cancel purchases that hang longer than the installation lets them."""
        lifetime = self._installation.settings.unconfirmed_lifetime_s
        if not lifetime:
            return
        border = self._installation.clock.now() - timedelta(seconds=lifetime)
        for purchase in list(self._installation.hanging.values()):
            if purchase.created <= border:
                settlement.cancel(self._installation, purchase)

    def _refuse_if_told(self) -> None:
        waiting = self._installation.processing_refusals
        if waiting:
            raise CodeRefused(code=waiting.pop(0)[0])

    def _find(self, operation: Operation) -> Purchase | None:
        return self._installation.purchases.get((operation.device, operation.purchase_id))

    def _open(self, operation: Operation) -> Purchase:
        """Return the unconfirmed purchase, or a new one.

        Raises:
            CodeRefused: it is final, or another buyer's.
        """
        self._check_card(operation)
        purchase = self._find(operation)
        if purchase is None:
            return Purchase(
                self._installation.count.number("purchase"),
                operation.device,
                operation.purchase_id,
                self._installation.clock.now(),
                operation.time or operation.at,
                person=operation.person,
                card=operation.card,
                identifier=operation.identifier,
            )
        self._check_open(purchase, confirmed="ConfirmedPurchaseOperation")
        if purchase.person is not operation.person or purchase.refund_of is not None:
            raise CodeRefused(code="DifferentPurchase")
        return purchase

    def _keep(self, purchase: Purchase, operation: Operation) -> None:
        purchase.number = operation.number or purchase.number
        purchase.time = operation.time or purchase.time
        purchase.params = [dict(one) for one in operation.params] or purchase.params
        self._installation.add_purchase(purchase)

    def _check_open(self, purchase: Purchase, *, confirmed: str) -> None:
        if purchase.state == "Confirmed":
            raise CodeRefused(code=confirmed)
        if purchase.state == "Canceled":
            raise CodeRefused(code="OperationIsCanceled")

    def _check_card(self, operation: Operation) -> None:
        card = operation.card
        if card is not None and card.is_blocked:
            raise CodeRefused(code="CardBlocked")
        now = self._installation.clock.now()
        if card is not None and card.expiry is not None and card.expiry <= now:
            raise CodeRefused(code="CardExpired")

    def _check_unused(self, operation: Operation) -> None:
        if (operation.device, operation.operation_id) in self._used:
            raise CodeRefused(code="NotUniqueOperationID")

    def _balance(self, operation: Operation) -> Outcome:
        person = operation.person
        if person is None:
            raise CodeRefused(code="CardHolderNotFound")
        amount = person.account.balance(self._installation.clock.now())
        return Outcome(extra={"amount": amount})

    def _calculate(self, operation: Operation) -> Outcome:
        purchase = self._open(operation)
        if purchase.paid is not None:
            raise CodeRefused(code="IncorrectOperationOrder")
        person = purchase.person
        coupons = pricing.usable_coupons(self._installation, person, operation.coupons)
        lines = pricing.discounted(self._installation, operation.lines, coupons)
        purchase.lines, purchase.coupons = lines, list(operation.coupons)
        purchase.is_calculated, purchase.is_accrued = True, False
        self._keep(purchase, operation)
        limit = pricing.available(self._installation, person, lines)
        shown = lines
        if operation.amount > ZERO:
            wish = pricing.paid(self._installation, lines, min(operation.amount, limit))
            shown = [replace(line, pay=part.pay) for line, part in zip(lines, wish, strict=True)]
        now, rate = self._installation.clock.now(), self._installation.programme.rules.rate
        return Outcome(
            message="Спасибо",
            lines=pricing.accrued(self._installation, shown),
            extra={
                "availableAmount": limit * rate,
                "availableBonusAmount": limit,
                "balance": person.account.balance(now) if person is not None else ZERO,
            },
        )

    def _available(self, operation: Operation) -> Outcome:
        if self._find(operation) is None:
            raise CodeRefused(code="IncorrectOperationOrder")
        purchase = self._open(operation)
        if purchase.paid is not None:
            raise CodeRefused(code="PurchaseExtraPayment")
        lines = self._with_discounts(purchase, operation.lines)
        limit = pricing.available(self._installation, purchase.person, lines)
        rate = self._installation.programme.rules.rate
        shown = [replace(line, applied=[]) for line in lines]
        return Outcome(lines=shown, extra={"amount": limit * rate, "bonusAmount": limit})

    def _with_discounts(self, purchase: Purchase, lines: Sequence[Line]) -> list[Line]:
        """Return sent lines with the discount that Calculate gave to their positions."""
        given = {line.position: line.discount for line in purchase.lines}
        return [replace(line, discount=given.get(line.position, ZERO)) for line in lines]

    def _check_cheque(self, purchase: Purchase, lines: Sequence[Line]) -> None:
        if {line.mark() for line in lines} != {line.mark() for line in purchase.lines}:
            raise CodeRefused(code="DifferentCheque")

    def _payment(self, operation: Operation) -> Outcome:
        purchase = self._open(operation)
        self._check_unused(operation)
        person, amount = purchase.person, operation.amount
        if person is None:
            raise CodeRefused(code="CardHolderNotFound")
        if operation.card is not None and operation.card.state != "Activated":
            raise CodeRefused(code="CardNotActivated")
        if not purchase.is_calculated:
            pricing.usable_coupons(self._installation, person, operation.coupons)
            purchase.lines = list(operation.lines)
        self._check_cheque(purchase, operation.lines)
        check_amount(self._installation, purchase, amount)
        check_pin(self._installation, self._codes, operation)
        now = self._installation.clock.now()
        lines = pricing.paid(self._installation, purchase.lines, amount)
        self._keep(purchase, operation)
        person.account.block(purchase.block_key, amount, now)
        purchase.payments.append(Payment(operation.operation_id, amount))
        purchase.lines = lines
        rate = self._installation.programme.rules.rate
        return Outcome(
            message=f"Списано: {amount.normalize():f} бонусов",
            lines=lines,
            extra={"amount": amount * rate, "bonusAmount": amount},
        )

    def _undo(self, operation: Operation) -> Outcome:
        purchase = self._find(operation)
        if purchase is None:
            raise CodeRefused(code="PurchaseNotFound")
        self._check_open(purchase, confirmed="OperationIsConfirmed")
        self._check_unused(operation)
        for payment in purchase.payments:
            if payment.operation_id != operation.undone:
                continue
            if payment.is_undone:
                raise CodeRefused(code="OperationIsCanceled")
            payment.is_undone = True
            if purchase.person is not None:
                purchase.person.account.release(purchase.block_key)
            purchase.is_accrued = False
            purchase.lines = [replace(line, pay=ZERO, cashback=ZERO) for line in purchase.lines]
            return Outcome()
        raise CodeRefused(code="OperationNotFound")

    def _bonus(self, operation: Operation) -> Outcome:
        """Calculate the accrual; without an earlier call this is an offline replay."""
        purchase = self._open(operation)
        if set(operation.pays) - set(self._installation.settings.pay_types):
            raise CodeRefused(code="PayTypeIsNotExist")
        if purchase.lines:
            self._check_cheque(purchase, operation.lines)
        else:
            purchase.lines = list(operation.lines)
        self._keep(purchase, operation)
        lines = pricing.accrued(self._installation, purchase.lines)
        purchase.lines, purchase.is_accrued = lines, True
        offer = self._installation.programme.rules.accrual
        shown = [
            replace(line, applied=[Applied(offer, line.cashback, is_money=False)])
            if line.cashback
            else replace(line, applied=[])
            for line in lines
        ]
        return Outcome(lines=shown)

    def _confirm(self, operation: Operation) -> Outcome:
        purchase = self._existing(operation)
        self._check_open(purchase, confirmed="OperationIsConfirmed")
        settlement.confirm(self._installation, purchase, operation.at)
        return Outcome()

    def _cancel(self, operation: Operation) -> Outcome:
        purchase = self._existing(operation)
        self._check_open(purchase, confirmed="IncorrectOperationOrder")
        settlement.cancel(self._installation, purchase)
        return Outcome()

    def _existing(self, operation: Operation) -> Purchase:
        purchase = self._find(operation)
        if purchase is None:
            raise CodeRefused(code="PurchaseNotFound")
        if operation.person is not None and purchase.person is not operation.person:
            raise CodeRefused(code="DifferentPurchase")
        return purchase

    def _refund(self, operation: Operation) -> Outcome:
        self._check_unused(operation)
        if self._find(operation) is not None:
            raise CodeRefused(code="NotUniquePurchaseID")
        return refund(self._installation, operation)
