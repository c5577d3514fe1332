"""Purchases: arithmetic, states, codes and what happens to the bonuses (reference, section 8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import CARD, OTHER_PHONE, PHONE, WORLD, Loymax

TEA = {"position": 1, "goodsId": "A-17", "name": "Чай", "quantity": 2, "amount": 600}
HONEY = {"position": 2, "goodsId": "B-03", "name": "Мёд", "quantity": 1, "amount": 460}
SPRING = [{"number": "SPRING25"}]
CALLS = {
    "C": "Calculate",
    "A": "Bonus/Available",
    "P": "Bonus/Payment",
    "D": "Bonus",
    "K": "Confirm",
    "U": "Cancel",
    "R": "Refund",
}
DONE = "Created"


class Shop:
    """A web shop that runs operations on purchases with fresh operation ids."""

    def __init__(self, double: Loymax, token: str) -> None:
        """Act with one token."""
        self.double = double
        self.token = token
        self._number = 0

    async def run(self, kind: str, purchase: str = "S1", **body: Any) -> dict[str, Any]:
        """Run an operation and return its row; ``lines`` go into the cheque."""
        self._number += 1
        sent = {"operationId": f"op-{self._number}", "operationDate": "2025-02-03T10:15:00.000Z"}
        lines = body.pop("lines", [TEA, HONEY] if kind in "CAPDR" else None)
        if lines is not None:
            sent["cheque"] = {"number": "1", "date": "2025-02-03T10:15:00Z", "lines": lines}
        path = f"Processing/Purchases/{purchase}/{CALLS.get(kind, kind)}"
        row: dict[str, Any] = (await self.double.data("POST", path, self.token, {**sent, **body}))[
            0
        ]
        return row

    async def code(self, kind: str, purchase: str = "S1", **body: Any) -> str:
        """Run an operation and return its code."""
        return str((await self.run(kind, purchase, **body))["code"])

    async def codes(self, script: str, purchase: str = "S1") -> list[str]:
        """Run a script such as ``C P K`` with a payment of 100 and return the codes."""
        return [
            await self.code(kind, purchase, **({"amount": 100} if kind == "P" else {}))
            for kind in script.split()
        ]


@pytest.fixture
async def shop(loymax: Loymax) -> Shop:
    """A shop acting for Anna."""
    return Shop(loymax, await loymax.customer())


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


async def test_confirm_without_accrual_accrues_nothing(shop: Shop) -> None:
    """What the double takes literally: accrual is what D calculated."""
    await shop.codes("C K")
    assert (await shop.double.person())["balance"] == 410.0


async def test_accrued_bonuses_wait_for_their_activation(start: Start) -> None:
    """Fourteen days not activated, then spendable, then gone after a year."""
    rules = {**WORLD["rules"], "activation_days": 14, "expiration_days": 365}
    double = await start(seed={**WORLD, "rules": rules})
    await double.act("till.sell", phone=PHONE, lines=[HONEY])
    row = (await double.data("GET", "User/Balance", await double.member()))[0]
    assert (row["balance"], row["notActivated"], row["accumulated"]) == (410.0, 43.0, 663.0)
    await double.door("clock", freeze="2025-02-17T10:10:00Z")
    row = (await double.data("GET", "User/Balance", await double.member()))[0]
    assert (row["balance"], row["notActivated"]) == (453.0, 0.0)
    await double.door("clock", freeze="2026-02-17T10:10:00Z")
    token = await double.member()
    row = (await double.data("GET", "User/Balance", token))[0]
    assert row["balance"] == 330.0
    path = "History?filter.operationTypes=WithdrawBonusExpiration"
    rows = (await double.data("GET", path, token))["rows"]
    assert [(row["dateTime"], row["data"]["amount"]["amount"]) for row in rows] == [
        ("2025-06-01T00:00:00+00:00", -100.0),
        ("2026-02-17T10:10:00+00:00", -23.0),
    ]


async def test_the_rate_tells_money_from_bonuses(start: Start) -> None:
    """Trap 9: at two roubles a bonus the two availables differ."""
    rules = {**WORLD["rules"], "rate": 2}
    double = await start(seed={**WORLD, "rules": rules})
    shop = Shop(double, await double.customer())
    calculated = await shop.run("C")
    assert (calculated["availableAmount"], calculated["availableBonusAmount"]) == (318.0, 159.0)
    paid = await shop.run("P", amount=100)
    assert (paid["amount"], paid["bonusAmount"]) == (200.0, 100.0)
    accrued = await shop.run("D")
    assert accrued["cheque"]["totalCashback"] == 43.0


async def test_the_base_of_the_accrual_is_a_switch(start: Start) -> None:
    """Open question 14: with the full base spent bonuses do not lower the accrual."""
    double = await start(seed=WORLD, accrual_base="full")
    shop = Shop(double, await double.customer())
    await shop.codes("C P")
    assert (await shop.run("D"))["cheque"]["totalCashback"] == 53.0


async def test_unknown_goods_earn_nothing_once_there_is_a_catalogue(start: Start) -> None:
    """Positions that the catalogue does not recognise take no part in offers."""
    double = await start(seed={**WORLD, "goods": [{"goodsId": "A-17", "barcode": "46"}]})
    shop = Shop(double, await double.customer())
    lines = (await shop.run("C", coupons=SPRING))["cheque"]["lines"]
    assert [(line["discount"], line["cashback"]) for line in lines] == [(60.0, 27.0), (0.0, 0.0)]


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


async def test_goods_are_estimated_without_a_purchase(shop: Shop) -> None:
    """Section 8.9: for price lists; nothing is left on the server."""
    body = {
        "isCalculateDiscount": True,
        "isCalculateCashback": True,
        "goods": [{"goodsId": "A-17", "amount": 300}],
    }
    shown = await shop.double.data("POST", "Processing/Goods", shop.token, body)
    assert shown["goods"][0]["calculationResults"][0]["cashback"] == 15.0
    assert (await shop.double.state())["purchases"] == []
