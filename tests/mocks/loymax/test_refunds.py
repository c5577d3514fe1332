"""Refunds: what comes back, what is taken and under which rules (reference, section 8.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.shop import TEA, Shop
from tests.mocks.loymax.stand import PHONE, WORLD


async def test_partial_returns_add_up_to_the_whole(shop: Shop) -> None:
    """Three returns of one piece each give back exactly what was spent and earned."""
    line = {"position": 1, "goodsId": "X", "quantity": 3, "amount": 100}
    await shop.run("C", lines=[line])
    await shop.run("P", lines=[line], amount=10)
    await shop.run("D", lines=[line])
    await shop.run("K")
    piece = {**line, "quantity": 1, "amount": 33.33}
    given, taken = Decimal(0), Decimal(0)
    for number in range(3):
        name = f"R{number}"
        row = await shop.run("R", name, lines=[piece], refundPurchaseId="S1")
        given += Decimal(str(row["bonusAmount"]))
        taken += Decimal(str(row["cheque"]["totalCashback"]))
        assert await shop.code("K", name) == "Ok"
    assert (given, taken) == (Decimal("10.0"), Decimal("4.5"))
    assert (await shop.double.person())["balance"] == 410.0
    more = await shop.code("R", "R9", lines=[piece], refundPurchaseId="S1")
    assert more == "DifferentCheque"


@pytest.mark.parametrize(
    ("script", "refund", "code"),
    [
        ("C", {"refundPurchaseId": "S1"}, "IncorrectOperationOrder"),
        ("C U", {"refundPurchaseId": "S1"}, "IncorrectOperationOrder"),
        ("C K", {"refundPurchaseId": "NOPE"}, "PurchaseNotFound"),
        ("C K", {"refundPurchaseId": "77001"}, "Ok"),
        ("C K", {"refundTransactionId": 880122}, "Ok"),
        ("C K", {"refundPurchaseId": "S1", "lines": [TEA, TEA]}, "DifferentCheque"),
        (
            "C K",
            {"refundPurchaseId": "S1", "lines": [{**TEA, "goodsId": "Z"}]},
            "DifferentCheque",
        ),
    ],
    ids=["created", "cancelled", "unknown", "vendor's id", "transaction", "too much", "not sold"],
)
async def test_what_may_be_refunded(
    shop: Shop, script: str, refund: dict[str, Any], code: str
) -> None:
    """Only confirmed sales, named by either side's id, and no more than was sold."""
    await shop.codes(script)
    assert await shop.code("R", "S1R", **refund) == code


async def test_a_cancelled_refund_frees_its_lines(shop: Shop) -> None:
    """A refund that was dropped does not count as returned."""
    await shop.codes("C P D K")
    before = (await shop.double.person())["balance"]
    assert await shop.code("R", "R1", refundPurchaseId="S1") == "Ok"
    assert await shop.code("R", "R2", refundPurchaseId="S1") == "DifferentCheque"
    assert await shop.code("U", "R1") == "Ok"
    assert await shop.code("R", "R2", refundPurchaseId="S1") == "Ok"
    assert (await shop.double.person())["balance"] == before


@pytest.mark.parametrize(
    ("policy", "balance"), [("SuppressNegative", 0.0), ("AllowNegative", -53.0)]
)
async def test_a_refund_of_spent_bonuses_follows_the_policy(
    start: Start, policy: str, balance: float
) -> None:
    """The accrual is taken back even when it was spent, down to zero or below."""
    double = await start(seed={"customers": [{"phone": PHONE}]}, refund_negative_type=policy)
    shop = Shop(double, await double.customer())
    await shop.codes("C D K")
    await double.act("points.withdraw", phone=PHONE, amount=53)
    await shop.code("R", "R1", refundPurchaseId="S1")
    await shop.code("K", "R1")
    assert (await double.state())["customers"][0]["balance"] == balance
    await double.act("points.credit", phone=PHONE, amount=60)
    assert (await double.state())["customers"][0]["balance"] == balance + 60


async def test_a_refund_may_need_no_confirmation(start: Start) -> None:
    """Open question 7: by the switch accounts move at once and Confirm comes too late."""
    double = await start(seed=WORLD, refund_needs_confirm="no")
    shop = Shop(double, await double.customer())
    await shop.codes("C P D K")
    await shop.code("R", "R1", refundPurchaseId="S1")
    assert (await double.person())["balance"] == 410.0
    assert await shop.code("K", "R1") == "OperationIsConfirmed"


async def test_bonuses_come_back_first_if_the_device_says_so(start: Start) -> None:
    """BonusFirst returns the whole bonus part with the first line."""
    double = await start(seed=WORLD, refund_operation_type="BonusFirst")
    shop = Shop(double, await double.customer())
    await shop.codes("C P D K")
    half = {**TEA, "quantity": 1, "amount": 300}
    row = await shop.run("R", "R1", lines=[half], refundPurchaseId="S1")
    assert (row["bonusAmount"], row["refundOperationType"]) == (56.6, "BonusFirst")
