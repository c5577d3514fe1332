"""Purchases: arithmetic, states, codes and what happens to the bonuses (reference, section 8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.shop import HONEY, SPRING, TEA, Shop
from tests.mocks.loymax.stand import CARD, OTHER_PHONE, PHONE, WORLD, Loymax

STATES = [
    ("A", "IncorrectOperationOrder"),
    ("K", "PurchaseNotFound"),
    ("U", "PurchaseNotFound"),
    ("C C", "Ok"),
    ("C A", "Ok"),
    ("P", "Ok"),
    ("D", "Ok"),
    ("C P C", "IncorrectOperationOrder"),
    ("C P A", "PurchaseExtraPayment"),
    ("C P P", "PurchaseExtraPayment"),
    ("C P D D", "Ok"),
    ("C K", "Ok"),
    ("C U", "Ok"),
    ("C K C", "ConfirmedPurchaseOperation"),
    ("C K A", "ConfirmedPurchaseOperation"),
    ("C K P", "ConfirmedPurchaseOperation"),
    ("C K D", "ConfirmedPurchaseOperation"),
    ("C K K", "OperationIsConfirmed"),
    ("C K U", "IncorrectOperationOrder"),
    ("C U C", "OperationIsCanceled"),
    ("C U A", "OperationIsCanceled"),
    ("C U P", "OperationIsCanceled"),
    ("C U D", "OperationIsCanceled"),
    ("C U K", "OperationIsCanceled"),
    ("C U U", "OperationIsCanceled"),
]


@pytest.mark.parametrize(("script", "code"), STATES, ids=[row[0] for row in STATES])
async def test_the_state_table_of_a_purchase(shop: Shop, script: str, code: str) -> None:
    """Section 8.4, cell by cell: all calls before the last are accepted."""
    codes = await shop.codes(script)
    assert codes[:-1] == ["Ok"] * (len(codes) - 1)
    assert codes[-1] == code


UNDO = "Operations/op-2/Cancel"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (f"{UNDO}", "PurchaseNotFound"),
        (f"C C {UNDO}", "OperationNotFound"),
        (f"C P {UNDO}", "Ok"),
        (f"C P {UNDO} {UNDO}", "OperationIsCanceled"),
        (f"C P {UNDO} P", "Ok"),
        (f"C P K {UNDO}", "OperationIsConfirmed"),
        (f"C P U {UNDO}", "OperationIsCanceled"),
    ],
    ids=["unknown", "no payment", "undo", "twice", "pay again", "confirmed", "cancelled"],
)
async def test_the_states_of_undoing_a_payment(shop: Shop, script: str, code: str) -> None:
    """The write-off to undo is named by its own operation id."""
    assert (await shop.codes(script))[-1] == code


async def test_the_documented_purchase_moves_the_documented_sums(shop: Shop) -> None:
    """410, 310 while blocked, 355 after Confirm, 380.3 after the return of one line (16.7)."""
    member = await shop.double.member()

    async def balance() -> tuple[float, float]:
        row = (await shop.double.data("GET", "User/Balance", member))[0]
        return row["balance"], row["paid"]

    seen = [await balance()]
    calculated = await shop.run("C", coupons=SPRING, paymentAmount=100)
    lines = calculated["cheque"]["lines"]
    assert [(row["amount"], row["discount"], row["payAmount"]) for row in lines] == [
        (540.0, 60.0, 54.0),
        (460.0, 0.0, 46.0),
    ]
    sold = [{**TEA, "amount": 540}, HONEY]
    await shop.run("P", lines=sold, coupons=SPRING, amount="100")
    seen.append(await balance())
    await shop.run("D", lines=sold, pays=[{"type": "Card", "amount": 900}])
    seen.append(await balance())
    await shop.run("K")
    seen.append(await balance())
    await shop.run("R", "S1R", lines=[HONEY], refundPurchaseId="S1")
    seen.append(await balance())
    await shop.run("K", "S1R")
    seen.append(await balance())
    assert seen == [
        (410.0, 230.0),
        (310.0, 230.0),
        (310.0, 230.0),
        (355.0, 330.0),
        (355.0, 330.0),
        (380.3, 284.0),
    ]
    assert (await shop.double.state())["coupons"][0]["state"] == "Used"


async def test_blocked_bonuses_cannot_be_spent_twice(shop: Shop) -> None:
    """The second purchase sees what the first left; cancelling gives it back."""
    await shop.codes("C P")
    second = await shop.run("C", "S2", lines=[{**HONEY, "amount": 10000}])
    assert (second["balance"], second["availableBonusAmount"]) == (310.0, 310.0)
    state = await shop.double.person()
    assert (state["balance"], state["blocked"]) == (310.0, 100.0)
    await shop.code("U")
    third = await shop.run("C", "S2", lines=[{**HONEY, "amount": 10000}])
    assert third["balance"] == 410.0


async def test_a_hanging_purchase_ends_by_itself_if_the_installation_says_so(
    start: Start,
) -> None:
    """Trap 5: without the switch bonuses stay blocked for good."""
    double = await start(seed=WORLD)
    shop = Shop(double, await double.customer())
    await shop.codes("C P")
    await double.door("clock", advance=90 * 86400)
    assert (await double.person())["blocked"] == 100.0
    await double.door("settings", unconfirmed_lifetime_s=3600)
    balance = (await double.data("GET", "User/Balance", await double.member()))[0]
    assert balance["balance"] == 430.0
    assert (await double.state())["purchases"][0]["state"] == "Canceled"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (318, "Ok"),
        (318.01, "LargePaymentAmount"),
        (410.01, "NotEnoughMoney"),
        (0.005, "DivisibilityError"),
        (0, "FormatException"),
        (-5, "FormatException"),
    ],
)
async def test_a_payment_keeps_its_limits(shop: Shop, amount: float, code: str) -> None:
    """Thirty percent of 1060 is 318; the balance is 410."""
    await shop.run("C")
    assert await shop.code("P", amount=amount) == code


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([HONEY, TEA], "Ok"),
        ([TEA], "DifferentCheque"),
        ([{**TEA, "amount": 599}, HONEY], "DifferentCheque"),
        ([{**TEA, "quantity": 3}, HONEY], "DifferentCheque"),
        ([{**TEA, "quantity": "2.000"}, {**HONEY, "amount": "460.00"}], "Ok"),
    ],
    ids=["other order", "line missing", "other sum", "other quantity", "other spelling"],
)
async def test_a_payment_wants_the_calculated_lines(
    shop: Shop, lines: list[dict[str, Any]], code: str
) -> None:
    """Trap 10: the reduced sums of Calculate, in any order and spelling."""
    await shop.run("C")
    assert await shop.code("P", lines=lines, amount=1) == code
    assert await shop.code("D", lines=lines) == code


async def test_undiscounted_sums_after_a_discount_are_another_cheque(shop: Shop) -> None:
    """Sending list prices again would take the discount twice."""
    await shop.run("C", coupons=SPRING)
    assert await shop.code("P", amount=10) == "DifferentCheque"


async def test_a_repeated_operation_is_rejected_or_replayed_by_the_switch(shop: Shop) -> None:
    """The default loses the first answer; the money moves once in both."""
    await shop.run("C")
    first = await shop.run("P", amount=100, operationId="pay")
    again = await shop.run("P", amount=100, operationId="pay")
    assert (again["code"], again["transactionId"]) == ("NotUniqueOperationID", None)
    assert (await shop.double.person())["blocked"] == 100.0
    await shop.double.door("settings", repeat_operation="replay")
    await shop.code("U")
    await shop.run("C", "S2")
    second = await shop.run("P", "S2", amount=100, operationId="pay-2")
    assert await shop.run("P", "S2", amount=100, operationId="pay-2") == second
    other = await shop.code("P", "S2", amount=101, operationId="pay-2")
    assert other == "NotUniqueOperationID"
    assert first["transactionId"] != second["transactionId"]
    assert (await shop.double.person())["blocked"] == 100.0


async def test_another_buyer_does_not_get_into_a_purchase(shop: Shop) -> None:
    """A purchase belongs to who was identified first; the merchant may still end it."""
    await shop.codes("C P")
    oleg = Shop(shop.double, await shop.double.customer(OTHER_PHONE))
    assert await oleg.code("C") == "DifferentPurchase"
    assert await oleg.code("K") == "DifferentPurchase"
    merchant = Shop(shop.double, await shop.double.merchant())
    assert await merchant.code("U") == "Ok"


async def test_an_anonymous_purchase_gets_offers_and_no_bonuses(loymax: Loymax) -> None:
    """With the merchant token nobody is identified."""
    shop = Shop(loymax, await loymax.merchant())
    calculated = await shop.run("C")
    assert (calculated["balance"], calculated["availableAmount"]) == (0.0, 0.0)
    assert await shop.code("P", amount=1) == "CardHolderNotFound"
    assert await shop.codes("D K") == ["Ok", "Ok"]


async def test_a_blocked_card_refuses_and_the_phone_does_not(loymax: Loymax) -> None:
    """Section 8.5: identify by phone instead."""
    by_card = Shop(loymax, await loymax.customer(CARD))
    by_phone = Shop(loymax, await loymax.customer(PHONE))
    await loymax.act("card.block", number=CARD)
    assert await by_card.code("C") == "CardBlocked"
    assert await by_phone.code("C") == "Ok"


async def test_a_card_that_is_not_active_accrues_and_does_not_pay(loymax: Loymax) -> None:
    """Section 9: accrual allowed, write-off impossible."""
    await loymax.act("card.block", number=CARD, block=False, state="Issued")
    shop = Shop(loymax, await loymax.customer(CARD))
    assert await shop.codes("C P") == ["Ok", "CardNotActivated"]
    assert await shop.codes("D K") == ["Ok", "Ok"]


async def test_a_write_off_above_a_sum_needs_a_code(start: Start) -> None:
    """The first call without a code sends it and is refused (switch, unconfirmed)."""
    double = await start(seed=WORLD, payment_code_over=50)
    shop = Shop(double, await double.customer())
    await shop.run("C")
    assert await shop.code("P", amount=49.99) == "Ok"
    await shop.code("Operations/op-2/Cancel")
    assert await shop.code("P", amount=50) == "WrongPin"
    code = await double.code()
    assert await shop.code("P", amount=50, pinCode="000000") == "WrongPin"
    assert await shop.code("P", amount=50, pinCode=code) == "Ok"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("pays", [{"type": "Barter", "amount": 1}], "PayTypeIsNotExist"),
        ("operationId", None, "RequereFieldException"),
        ("operationDate", None, "RequereFieldException"),
        ("cheque", None, "RequereFieldException"),
        ("cheque", {"lines": [{"goodsId": "A"}]}, "RequereFieldException"),
        ("cheque", {"lines": [{**TEA, "quantity": 0}]}, "FormatException"),
    ],
    ids=["pay type", "no id", "no date", "no cheque", "no position", "no quantity"],
)
async def test_a_malformed_operation_is_refused_by_code(
    shop: Shop, field: str, value: object, code: str
) -> None:
    """The refusal sits in the row, the envelope says Success (trap 1)."""
    assert await shop.code("D", **{field: value}) == code


async def test_refusals_come_on_order(shop: Shop) -> None:
    """A script may ask for conflicts, as parallel calls of one till would meet."""
    await shop.double.act("processing.refuse", code="PurchaseOperationConflict", times=2)
    assert [await shop.code("C") for _ in range(3)] == [
        "PurchaseOperationConflict",
        "PurchaseOperationConflict",
        "Ok",
    ]
