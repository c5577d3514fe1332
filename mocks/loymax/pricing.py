"""The arithmetic of the offers (reference, section 8.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from mocks.loymax.money import HUNDRED, ZERO, cents, spread, total
from mocks.loymax.purchase import Applied, CodeRefused, Line

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Coupon, Person
    from mocks.loymax.programme import Offer


def usable_coupons(
    installation: Installation, person: Person | None, codes: Sequence[str]
) -> list[Coupon]:
    """Return the coupons of a purchase.

    Raises:
        CodeRefused: one of them is unknown, another member's, used or out of its time.
    """
    now, found = installation.clock.now(), []
    for code in codes:
        coupon = installation.coupon(code)
        if (
            coupon is None
            or coupon.state != "Issued"
            or (coupon.expires is not None and coupon.expires <= now)
            or (coupon.owner is not None and (person is None or coupon.owner != person.id))
        ):
            raise CodeRefused(code="CouponsException")
        found.append(coupon)
    return found


def discounted(
    installation: Installation, lines: Sequence[Line], coupons: Sequence[Coupon]
) -> list[Line]:
    """Return the lines after the direct discounts; percents of the sum that was sent."""
    emissions = {coupon.emission_id for coupon in coupons}
    offers = [
        offer
        for offer in installation.programme.rules.discounts
        if offer.emission is None or offer.emission in emissions
    ]
    return [_discounted(installation, line, offers) for line in lines]


def _discounted(installation: Installation, line: Line, offers: Sequence[Offer]) -> Line:
    applied: list[Applied] = []
    left = line.amount
    for offer in offers:
        if not is_known(installation, line) or not _is_for(offer, line):
            continue
        value = min(cents(line.amount * offer.percent / HUNDRED), left)
        if value > ZERO:
            left -= value
            applied.append(Applied(offer, value, is_money=True))
    discount = total(one.value for one in applied)
    return replace(line, amount=left, discount=discount, applied=applied)


def is_known(installation: Installation, line: Line) -> bool:
    """Tell whether the catalogue recognises a line; an empty catalogue recognises all (9)."""
    goods = installation.programme.goods
    return not goods or line.goods_id in goods or line.barcode in goods


def _is_for(offer: Offer, line: Line) -> bool:
    return not offer.goods or bool({line.goods_id, line.barcode} & set(offer.goods))


def available(installation: Installation, person: Person | None, lines: Sequence[Line]) -> Decimal:
    """Return the greatest write-off in bonuses: the payment percent of the sum, the balance."""
    if person is None or person.account.is_blocked:
        return ZERO
    rules = installation.programme.rules
    paying = [line.amount for line in lines if _is_for(rules.payment, line)]
    limit = cents(total(paying) * rules.payment.percent / HUNDRED / rules.rate)
    return max(min(limit, person.account.balance(installation.clock.now())), ZERO)


def paid(installation: Installation, lines: Sequence[Line], amount: Decimal) -> list[Line]:
    """Return the lines with a write-off spread over them in proportion to their sums."""
    offer = installation.programme.rules.payment
    weights = [line.amount if _is_for(offer, line) else ZERO for line in lines]
    parts = spread(amount, weights)
    return [
        replace(line, pay=part, applied=[Applied(offer, part, is_money=False)] if part else [])
        for line, part in zip(lines, parts, strict=True)
    ]


def accrued(installation: Installation, lines: Sequence[Line]) -> list[Line]:
    """Return the lines with their cashback, from what is left to pay in money."""
    rules = installation.programme.rules
    is_full = installation.settings.accrual_base == "full"
    found = []
    for line in lines:
        base = line.amount if is_full else line.amount - line.pay * rules.rate
        is_due = is_known(installation, line) and _is_for(rules.accrual, line)
        value = cents(base * rules.accrual.percent / HUNDRED) if is_due else ZERO
        found.append(replace(line, cashback=value))
    return found
