"""A till that repeats, reorders and dies, and registers beside each other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract import Caller, Deal, Quoted, Sale, Stage, TillBusy

from .till_stage import (
    ANNA,
    BUYER,
    PURCHASE,
    FaithfulTill,
    Till,
    cheque,
    element,
    open_door,
    request,
    whole,
)

KEY = ("tills.till-1", PURCHASE)
LINES = cheque("100")
IDS = ("a" * 32, "b" * 32, "c" * 32)
ACCEPTED = {"0", "209"}


@pytest.mark.parametrize("restarts", [False, True], ids=["running", "restarted"])
async def test_a_repeated_payment_spends_once(*, restarts: bool) -> None:
    """A till whose answer was lost would block its customer's points twice."""
    till = Till()
    await till.step("C")
    first = await till.ask("Payment", LINES + BUYER, operation="7", Amount="10")
    if restarts:
        till.restart()
    again = await till.ask("Payment", LINES + BUYER, operation="7", Amount="10")
    assert [one.get("ErrorCode") for one in (first, again)] == ["0", "0"]
    assert [one.get("TransactionID") for one in (first,)] == [again.get("TransactionID")]
    assert [one.get("AuthCode") for one in (first,)] == [again.get("AuthCode")]
    assert till.service.effects() == {KEY: (Stage.RESERVED, Decimal(10))}


@pytest.mark.parametrize("restarts", [False, True], ids=["running", "restarted"])
async def test_another_payment_under_one_id_is_refused(*, restarts: bool) -> None:
    """A till that reuses ids would believe that other points were spent."""
    till = Till()
    await till.step("C")
    await till.ask("Payment", LINES + BUYER, operation="7", Amount="10")
    if restarts:
        till.restart()
    other = await till.ask("Payment", LINES + BUYER, operation="7", Amount="11")
    assert other.get("ErrorCode") == "207"
    assert till.service.effects() == {KEY: (Stage.RESERVED, Decimal(10))}


async def test_a_repeat_may_have_a_moment_of_its_own() -> None:
    """A till that dates each sending anew would be refused what it did."""
    till = Till()
    await till.step("C")
    moments = ("2025-02-03T13:15:00+03:00", "2025-02-03T13:15:09+03:00")
    codes = [
        await till.code("Payment", LINES + BUYER, operation="7", at=at, number=number, Amount="10")
        for number, at in enumerate(moments, start=1)
    ]
    assert codes == ["0", "0"]
    assert till.service.effects() == {KEY: (Stage.RESERVED, Decimal(10))}


async def test_an_id_of_one_operation_is_not_another_s() -> None:
    """A confirmation would be answered by the payment that it should close."""
    till = Till()
    await till.step("C")
    await till.ask("Payment", LINES + BUYER, operation="7", Amount="10")
    assert await till.code("ConfirmPurchase", operation="7") == "207"


async def test_a_calculation_may_come_again_with_other_goods() -> None:
    """Shops that keep one id for every calculation of a basket (8.7) would see an old basket."""
    till = Till()
    for amount in ("100", "250"):
        answer = await till.ask("Calculate", BUYER + cheque(amount), operation="7")
        line = answer.find("Cheque/ChequeLine")
        assert line is not None
        assert line.get("Amount") == f"{amount}.00"


class Busy(FaithfulTill):
    """Its disk is full for a while."""

    full = False

    async def commit(self, caller: Caller, sale: Sale, *, key: str = "") -> Deal:
        """Refuse while it is full."""
        if self.full:
            code = "disk-full"
            raise TillBusy(code, "the disk is full", retry_after_s=1)
        return await super().commit(caller, sale, key=key)


async def test_what_could_not_be_kept_is_kept_by_the_repeat() -> None:
    """A refusal that passes would be answered for ever to the till that repeats."""
    service = Busy(ANNA, Decimal(410))
    till = Till(service)
    for step in ("C", "P10", "D"):
        await till.step(step)
    service.full = True
    assert await till.code("ConfirmPurchase", operation="9") == "1"
    assert till.service.effects() == {KEY: (Stage.RESERVED, Decimal(10))}
    service.full = False
    assert await till.code("ConfirmPurchase", operation="9") == "0"
    assert till.service.effects() == {KEY: (Stage.COMMITTED, Decimal(10))}


@dataclass
class Slow(FaithfulTill):
    """Counts how many quotes are under way at a register, and at all."""

    here: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    together: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Wait until both registers are here."""
        self.here[caller.name] = self.here.get(caller.name, 0) + 1
        self.most[caller.name] = max(self.most.get(caller.name, 0), self.here[caller.name])
        self.together = max(self.together, sum(self.here.values()))
        if len(self.here) == len(("till-1", "till-2")):
            self.gate.set()
        await self.gate.wait()
        self.here[caller.name] -= 1
        return await super().quote(caller, sale)


async def test_a_register_is_served_one_by_one_and_others_beside_it() -> None:
    """Parallel calls of one till would overtake each other, or one till hold up the shop (9)."""
    service, door = Slow(ANNA, Decimal(410)), open_door()

    async def calculate(login: str, password: str, operation: str) -> bytes:
        document = whole(
            element("Calculate", BUYER + LINES, operation=operation, purchase=operation)
        )
        sent = request(document, login=login, password=password)
        return (await door.answer(sent, service)).body

    answers = await asyncio.gather(
        calculate("till-1", "till-secret", "1"),
        calculate("till-1", "till-secret", "2"),
        calculate("till-2", "other-secret", "3"),
    )
    assert all(b'ErrorCode="0"' in one for one in answers)
    assert service.most == {"tills.till-1": 1, "tills.till-2": 1}
    assert service.together == len(service.most)


steps = st.lists(
    st.tuples(
        st.sampled_from(IDS),
        st.sampled_from(["C", "A", "P10", "P25", "D", "K", "U", "repeat", "restart"]),
    ),
    max_size=25,
)


@given(steps)
@settings(deadline=None)
async def test_no_order_of_steps_counts_twice_or_loses(script: list[tuple[str, str]]) -> None:
    """Some order of calls, repeats and restarts would sell twice, or lose what was closed."""
    till = Till()
    told: dict[str, set[str]] = {one: set() for one in IDS}
    last: dict[str, str] = {}
    for number, (purchase, step) in enumerate(script, start=1):
        if step == "restart":
            till.restart()
            continue
        name = last.get(purchase) if step == "repeat" else f"{step} {number}"
        if name is None:
            continue
        last[purchase] = name
        letter, _, operation = name.partition(" ")
        code = await till.step(letter, purchase=purchase, operation=operation)
        told[purchase].add(f"{letter[0]}{code}")
    effects = till.service.effects()
    for purchase in IDS:
        stage = effects.get(("tills.till-1", purchase), (None, Decimal(0)))[0]
        is_closed = stage in {Stage.COMMITTED, Stage.ACCEPTED}
        assert is_closed == ("K0" in told[purchase]), told[purchase]
        assert not ("K0" in told[purchase] and "U0" in told[purchase])
        if "U0" in told[purchase]:
            assert stage is None
    spent = sum((points for _, points in effects.values()), Decimal(0))
    balance = await till.ask("Balance", BUYER, operation="999")
    assert Decimal(balance.get("BonusAmount") or "0") == 410 - spent


@given(steps)
@settings(deadline=None)
async def test_every_purchase_can_be_ended(script: list[tuple[str, str]]) -> None:
    """A till would stand before a purchase that it can neither close nor give up."""
    till = Till()
    for number, (purchase, step) in enumerate(script, start=1):
        if step == "restart":
            till.restart()
        elif step != "repeat":
            await till.step(step, purchase=purchase, operation=str(number))
    for number, purchase in enumerate(IDS, start=1):
        ended = await till.step("K", purchase=purchase, operation=f"9{number}")
        if ended not in ACCEPTED | {"210"}:
            assert await till.step("D", purchase=purchase, operation=f"8{number}") == "0"
            assert await till.step("K", purchase=purchase, operation=f"7{number}") == "0"
