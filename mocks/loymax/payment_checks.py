"""What a write-off must pass before bonuses are blocked (reference, sections 8.4 and 8.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from mocks.loymax import pricing
from mocks.loymax.money import CENT, ZERO
from mocks.loymax.purchase import CodeRefused, Operation, Purchase

if TYPE_CHECKING:
    from mocks.loymax.codes import Codes
    from mocks.loymax.installation import Installation


def check_amount(installation: Installation, purchase: Purchase, amount: Decimal) -> None:
    """Check the sum against currency, account and programme.

    Raises:
        CodeRefused: with the code that tells what is wrong; the balance comes before the limit.
    """
    person = purchase.person
    if person is None or amount <= ZERO:
        raise CodeRefused(code="FormatException")
    if amount % CENT:
        raise CodeRefused(code="DivisibilityError")
    if person.account.is_blocked:
        raise CodeRefused(code="PaymentException")
    if purchase.paid is not None:
        raise CodeRefused(code="PurchaseExtraPayment")
    if amount > person.account.balance(installation.clock.now()):
        raise CodeRefused(code="NotEnoughMoney")
    if _is_limit_gained(installation, purchase, amount):
        raise CodeRefused(code="LimitGained")
    if amount > pricing.available(installation, person, purchase.lines):
        raise CodeRefused(code="LargePaymentAmount")


def _is_limit_gained(installation: Installation, purchase: Purchase, amount: Decimal) -> bool:
    """Tell whether a person's write-offs of a day would pass the hard border (section 10)."""
    limit = installation.settings.payment_day_limit
    if not limit:
        return False
    day = installation.clock.now().date()
    spent = [
        one.paid.amount
        for one in installation.purchases.values()
        if one.person is purchase.person
        and one.paid is not None
        and one.state != "Canceled"
        and one.created.date() == day
    ]
    return sum(spent, amount) > limit


def check_pin(installation: Installation, codes: Codes, operation: Operation) -> None:
    """Ask for a code above the set sum; the first call without one sends it (8.6).

    Raises:
        CodeRefused: no code or a wrong one.
    """
    over, person = installation.settings.payment_code_over, operation.person
    if not over or operation.amount < over or person is None or person.phone is None:
        return
    if operation.card is not None:
        # A card or its code on the screen needs no further proof.
        return
    if operation.pin is None:
        codes.send_enveloped("payment", person.id, "sms", person.phone.value)
    elif codes.try_code("payment", person.id, operation.pin) is None:
        return
    raise CodeRefused(code="WrongPin")
