"""Members: a programme with people in it, and sales of theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusPoints, Money, OrderLine, Payment, PaymentState, ProductRef
from gateway.contract import LoyaltyProcessing, MemberKey, OneTimeCodes, Sale

from .conftest import Bench

PHONE = "+79161234567"
CARD = "2000 0000 0071"
MEMBER = MemberKey(phone=PHONE)
LOYALTY: dict[str, Any] = {"programme": 2, "name": "club"}
OWN: dict[str, Any] = {"loyalty": LOYALTY}


def loyalty_of(bench: Bench) -> LoyaltyProcessing:
    """Return the processing of a bench."""
    loyalty = bench.connector.services.loyalty
    assert loyalty is not None
    return loyalty


def codes_of(bench: Bench) -> OneTimeCodes:
    """Return the codes of a bench."""
    codes = bench.connector.services.codes
    assert codes is not None
    return codes


def programme(**fields: Any) -> dict[str, Any]:
    """Return the programme as the side door takes it: no SMS, half of the goods payable."""
    level = {"id": 3, "name": "Silver", "type": "bonus_percent", "sum": 0, "privilegeSize": 5}
    return {
        "id": 2,
        "name": "Club",
        "levels": [level],
        "chargeCapPercent": 50,
        **fields,
    }


async def join(
    bench: Bench, amount: int = 0, *, phone: str = PHONE, card: str | None = CARD, **fields: Any
) -> tuple[str, int]:
    """Make a customer who takes part; return the ids of customer and participation."""
    made = await bench.act(
        "customer.create",
        customer={"firstName": "Алёна", "lastName": "Ёлкина", "phones": [{"number": phone}]}
        | fields,
    )
    account = {"phoneNumber": phone} | ({"cardNumber": card} if card else {})
    joined = await bench.act(
        "loyalty.join", customer=made["id"], loyaltyAccount=account, activate=True
    )
    if amount:
        await bench.act("loyalty.credit", account=joined["account"], amount=amount)
    return str(made["id"]), int(joined["account"])


async def balance(bench: Bench, account: int) -> Decimal:
    """Return what the vendor holds on a participation."""
    told = await bench.api(f"loyalty/account/{account}")
    return Decimal(str(told["loyaltyAccount"]["amount"]))


def sale(
    name: str = "pos-1-000123",
    *,
    member: MemberKey | None = MEMBER,
    spends: int = 0,
    **fields: Any,
) -> Sale:
    """Return a sale of one mug for 900 roubles."""
    whole: dict[str, Any] = {
        "id": name,
        "lines": (
            OrderLine(
                id=f"{name}#1",
                product=ProductRef(external_id="sku-1"),
                quantity=Decimal(1),
                base_price=Money.of("900.00"),
                price=Money.of("900.00"),
            ),
        ),
        "at": datetime(2026, 3, 9, 7, 10, tzinfo=UTC),
        "member": member,
        "points": BonusPoints(points=Decimal(spends)) if spends else None,
        "payments": (
            Payment(
                id=f"{name}-p1",
                method="card",
                amount=Money.of(900 - spends),
                state=PaymentState.PAID,
            ),
        ),
    }
    return Sale(**{**whole, **fields})
