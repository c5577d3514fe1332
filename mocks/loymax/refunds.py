"""Refunds: a purchase of its own that gives back its share of another (reference, 8.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from mocks.loymax import settlement
from mocks.loymax.money import cents, total
from mocks.loymax.purchase import CodeRefused, Line, Operation, Outcome, Purchase

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation


def refund(installation: Installation, operation: Operation) -> Outcome:
    """Create a refund; accounts move at its Confirm unless the switch says at once.

    Raises:
        CodeRefused: no such sale, not confirmed, or more than was sold and not yet returned.
    """
    sale = _sale(installation, operation)
    if sale is None:
        raise CodeRefused(code="PurchaseNotFound")
    if sale.state != "Confirmed" or sale.refund_of is not None:
        raise CodeRefused(code="IncorrectOperationOrder")
    is_bonus_first = installation.settings.refund_operation_type == "BonusFirst"
    sold, lines = _left(sale), []
    for line in operation.lines:
        one = _match(sold, line)
        lines.append(_returned(one, line, is_bonus_first=is_bonus_first))
        _count(one, lines[-1])
    purchase = Purchase(
        installation.count.number("purchase"),
        operation.device,
        operation.purchase_id,
        installation.clock.now(),
        operation.time or operation.at,
        number=operation.number,
        person=sale.person,
        card=sale.card,
        identifier=sale.identifier,
        lines=lines,
        params=[dict(one) for one in operation.params],
        is_accrued=sale.is_accrued,
        refund_of=sale,
    )
    installation.add_purchase(purchase)
    sale.refunds.append(purchase)
    if installation.settings.refund_needs_confirm == "no":
        settlement.confirm(installation, purchase, operation.at)
    given = total(line.pay for line in lines)
    return Outcome(
        lines=lines,
        extra={
            "amount": given * installation.programme.rules.rate,
            "bonusAmount": given,
            "refundOperationType": installation.settings.refund_operation_type,
        },
    )


def _sale(installation: Installation, operation: Operation) -> Purchase | None:
    """Find the sale by the caller's id, by Loymax's, or by a transaction of it."""
    found = installation.purchases.get((operation.device, operation.refunded or ""))
    if found is not None:
        return found
    for purchase in installation.purchases.values():
        if (
            purchase.external_id == operation.refunded
            or str(purchase.id) == operation.refunded
            or operation.refunded_transaction in purchase.transactions
        ):
            return purchase
    return None


def _left(sale: Purchase) -> list[Line]:
    """Return the sold lines with what earlier refunds have taken of them already."""
    lines = [replace(line) for line in sale.lines]
    for one in sale.refunds:
        if one.state != "Canceled":
            for line in one.lines:
                _count(_match(lines, line), line)
    return lines


def _match(sold: Sequence[Line], line: Line) -> Line:
    same = [one for one in sold if line.is_goods(one)]
    same.sort(key=lambda one: one.position != line.position)
    for one in same:
        if one.quantity - one.returned >= line.quantity:
            return one
    raise CodeRefused(code="DifferentCheque")


def _count(sold: Line, line: Line) -> None:
    sold.returned += line.quantity
    sold.returned_pay += line.pay
    sold.returned_cashback += line.cashback
    sold.returned_discount += line.discount


def _returned(sold: Line, line: Line, *, is_bonus_first: bool) -> Line:
    """Return a refund line; the last return of a line takes all that is left of it."""

    def share(whole: Decimal, before: Decimal) -> Decimal:
        return cents(whole * (sold.returned + line.quantity) / sold.quantity) - before

    pay = share(sold.pay, sold.returned_pay)
    if is_bonus_first:
        pay = min(sold.pay - sold.returned_pay, line.amount)
    return replace(
        line,
        discount=share(sold.discount, sold.returned_discount),
        pay=pay,
        cashback=share(sold.cashback, sold.returned_cashback),
        applied=[],
    )
