"""The states of a purchase (8.4), also after a restart and after a spell offline."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.contract import Allowed, Caller, Degraded, Quoted, Reason, Sale, Stage, TillRefused
from gateway.testing import TillRecorder

from .till_stage import ANNA, BUYER, PURCHASE, FaithfulTill, Till, cheque

KEY = ("tills.till-1", PURCHASE)
OLD = {"at": "2025-02-03T10:15:00+03:00"}


async def play(till: Till, script: str) -> list[str]:
    """Play steps by their letters, ``R`` restarts the gateway; return the codes."""
    codes = []
    for step in script.split():
        if step == "R":
            till.restart()
        else:
            codes.append(await till.step(step))
    return codes


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("A", "218"),
        ("K", "216"),
        ("U", "216"),
        ("C A", "0"),
        ("C C", "0"),
        ("P10", "0"),
        ("C P31", "203"),
        ("C P1000", "204"),
        ("C P0", "4"),
        ("C P0.001", "230"),
        ("C P10 P10", "221"),
        ("C P10 A", "221"),
        ("C P10 C", "218"),
        ("C D P10", "218"),
        ("C P10 D D K", "0"),
        ("C P10 K", "0"),
        ("C D K", "0"),
        ("D K K", "209"),
        ("C D K K", "209"),
        ("C D K C", "220"),
        ("C D K A", "220"),
        ("C D K P1", "220"),
        ("C D K D", "220"),
        ("C D K U", "218"),
        ("C U U", "210"),
        ("C U K", "210"),
        ("C U C", "210"),
        ("C U P1", "210"),
        ("C P10 U D", "210"),
    ],
)
async def test_a_step_out_of_order_has_the_vendor_s_code(script: str, code: str) -> None:
    """A till would act on the wrong case: pay twice, or give up what is done."""
    codes = await play(Till(), script)
    assert codes == ["0"] * (len(codes) - 1) + [code]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("C P10 R A", "221"),
        ("C P10 R C", "218"),
        ("C P10 R K", "218"),
        ("C P10 R D K", "0"),
        ("C P10 D R D K", "0"),
        ("C P10 R U", "0"),
        ("C P10 D K R K", "209"),
        ("C P10 D K R U", "218"),
        ("C P10 D K R D", "220"),
        ("C P10 U R U", "210"),
        ("C P10 U R P10", "210"),
        ("C R A", "218"),
        ("C R P10", "0"),
        ("C D R K", "216"),
        ("C D R D K", "0"),
    ],
)
async def test_after_a_restart_the_till_is_told_how_to_go_on(script: str, code: str) -> None:
    """A purchase would be closed without its content, or its points stay blocked."""
    codes = await play(Till(), script)
    assert codes == ["0"] * (len(codes) - 1) + [code]


async def test_what_was_paid_before_a_restart_is_closed_with_its_points() -> None:
    """Points would be given back for goods that were paid by them."""
    till = Till()
    await play(till, "C P10 R D K")
    assert till.service.effects() == {KEY: (Stage.COMMITTED, Decimal(10))}


async def test_a_lost_calculation_is_not_discounted_twice() -> None:
    """A till that sends reduced sums to a gateway that forgot them would get them reduced again."""
    till = Till()
    line = '<ChequeLine PosID="1" Amount="{}" Quantity="1" GoodsId="A-17"/>'
    lines = '<Cheque ChequeNumber="1">{}</Cheque>'
    coupons = '<Coupons><Coupon Number="SPRING25"/></Coupons>'
    full, reduced = (lines.format(line.format(sum_)) for sum_ in ("100", "90"))
    assert await till.code("Calculate", BUYER + full + coupons) == "0"
    till.restart()
    assert await till.code("Payment", reduced + BUYER + coupons, Amount="10") == "217"
    assert await till.code("Calculate", BUYER + full + coupons) == "0"
    assert await till.code("Payment", reduced + BUYER + coupons, Amount="10") == "0"


@pytest.mark.parametrize("name", ["Payment", "Discount"])
async def test_another_cheque_is_refused(name: str) -> None:
    """Points would be spent on goods that nobody reckoned."""
    till = Till()
    await till.step("C")
    other = cheque("101")
    children = other + BUYER if name == "Payment" else BUYER + other
    amount = {"Amount": "1"} if name == "Payment" else {}
    assert await till.code(name, children, **amount) == "217"


async def test_another_buyer_is_refused_but_not_at_a_calculation() -> None:
    """A member's points would pay for a stranger's goods; a card shown late would be refused."""
    till = Till()
    assert await till.code("Calculate", cheque("100")) == "0"
    assert await till.code("Discount", BUYER + cheque("100")) == "224"
    assert await till.step("C") == "0"
    assert await till.step("D") == "0"
    assert await till.code("Discount", cheque("100")) == "224"


async def test_phone_and_card_of_one_member_are_one_buyer() -> None:
    """A cashier who types the phone and then scans the card would be stopped."""
    till = Till()
    await till.step("C")
    card = BUYER.replace("79000005012", "7000000000012345")
    assert await till.code("Discount", card + cheque("100")) == "0"
    assert await till.step("K") == "0"
    who = till.service.sales[KEY].member
    assert who is not None
    assert who.phone == "+79000005012"


async def test_an_unknown_coupon_is_told() -> None:
    """A cashier would promise a discount that is not given."""
    coupon = '<Coupons><Coupon Number="NOPE"/></Coupons>'
    assert await Till().code("Calculate", BUYER + cheque("100") + coupon) == "225"


async def test_a_spell_offline_accrues_and_spends_nothing() -> None:
    """Points would be spent when the goods are gone, or a receipt be reckoned at today's prices."""
    till = Till()
    coupon = '<Coupons><Coupon Number="SPRING25"/></Coupons>'
    line = '<Cheque><ChequeLine PosID="1" Amount="100" Quantity="1" GoodsId="A-17"/></Cheque>'
    answer = await till.ask("Calculate", BUYER + line + coupon, **OLD)
    told = answer.find("Cheque/ChequeLine")
    assert told is not None
    assert (told.get("Amount"), answer.get("AvailableAmount")) == ("100.00", None)
    assert await till.code("Payment", line + BUYER, Amount="10", **OLD) == "223"
    assert await till.code("Discount", BUYER + line, **OLD) == "0"
    assert await till.code("ConfirmPurchase", **OLD) == "0"
    assert till.service.effects() == {KEY: (Stage.ACCEPTED, Decimal(0))}
    assert not {"quote", "reserve", "commit"} & set(till.service.calls)
    assert till.service.sales[KEY].points is None


async def test_what_was_sold_after_the_line_was_cut_is_taken_as_it_was_sold() -> None:
    """A till that was cut off after a calculation sold at its own prices: its receipt failed."""
    till = Till()
    await till.step("C")
    sold_alone = cheque("110")
    assert await till.code("Discount", BUYER + sold_alone) == "217"
    till.later(hours=5)
    assert await till.code("Discount", BUYER + sold_alone) == "0"
    assert await till.step("K") == "0"
    assert till.service.effects() == {KEY: (Stage.ACCEPTED, Decimal(0))}


async def test_a_repeat_that_comes_late_closes_what_was_paid() -> None:
    """A till that pays, loses the line and closes later would lose its receipt."""
    till = Till()
    await play(till, "C P10")
    till.later(hours=5)
    assert await play(till, "D K") == ["0", "0"]
    assert till.service.effects() == {KEY: (Stage.COMMITTED, Decimal(10))}


class Careful(FaithfulTill):
    """Wants a code for spending."""

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Reckon, and ask for a code."""
        quoted = await super().quote(caller, sale)
        return Quoted(quoted.quote, Allowed(code_needed=True))


async def test_spending_wants_its_code_where_the_rule_demands_one() -> None:
    """Whoever knows a phone could spend its owner's points."""
    till = Till(Careful(ANNA, Decimal(410)))
    await till.step("C")
    assert await till.step("P10") == "211"
    assert await till.step("P10", PinCode="0000") == "211"
    assert await till.step("P10", PinCode="4711") == "0"
    assert till.service.calls.count("send_code") == 1


class Away(FaithfulTill):
    """Its processor is away."""

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Give the till's own prices."""
        quoted = await super().quote(caller, sale)
        return Quoted(quoted.quote, degraded=Degraded(Reason.AWAY))


async def test_without_the_processor_nothing_is_spent_and_the_sale_goes_on() -> None:
    """A till would stand still while the processor is away, or spend points that are gone."""
    till = Till(Away(ANNA, Decimal(410)))
    assert await play(till, "C P10 D K") == ["0", "223", "0", "0"]
    assert till.service.effects() == {KEY: (Stage.COMMITTED, Decimal(0))}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("member-unknown", "201"),
        ("key-reused", "207"),
        ("sale-cancelled", "210"),
        ("code-needed", "211"),
        ("sale-differs", "217"),
        ("points-differ", "217"),
        ("not-reserved", "218"),
        ("spending-off", "223"),
        ("lines-invalid", "4"),
        ("processor-refused", "226"),
    ],
)
async def test_a_refusal_of_the_service_has_a_code_of_the_protocol(refusal: str, code: str) -> None:
    """A cashier would be told a fault of the network for a rule of the shop."""
    till = Till()
    await play(till, "C P10")
    till.service.trouble = TillRefused(refusal, "the service says no")
    answer = await till.ask("Discount", BUYER + cheque("100"), **OLD)
    assert answer.get("ErrorCode") == "0", "a late accrual asks nothing of the service"
    answer = await till.ask("ConfirmPurchase")
    assert answer.get("ErrorCode") == code
    assert "says no" not in (answer.get("ErrorMessage") or "")


async def test_a_member_of_another_name_is_nobody() -> None:
    """A cashier would greet somebody who is not there."""
    till = Till(TillRecorder(ANNA))
    other = BUYER.replace("79000005012", "79999999999")
    assert await till.code("Balance", other) == "201"
    assert await till.code("Calculate", other + cheque("100")) == "201"
    assert not till.service.effects()
