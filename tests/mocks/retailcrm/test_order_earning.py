"""What orders earn, and what a return takes back; every number worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.retailcrm.programs import Level, Program
from tests.mocks.retailcrm.club import (
    MUG,
    TEA,
    apply,
    cancel,
    ledger,
    make,
    member,
    open_club,
    stored,
)
from tests.mocks.retailcrm.conftest import Crm, Start


@pytest.fixture
async def club(start: Start) -> Crm:
    """A double with an active participation of 300 bonuses."""
    return await open_club(start)


async def test_a_purchase_earns_counts_and_lifts_the_level(club: Crm) -> None:
    """Two mugs earn 90 under silver; 1800 of purchases make gold, which the next order has."""
    await make(club, items=[{**MUG, "quantity": 2}])
    assert (await member(club))["ordersSum"] == 0
    await club.post("orders/o-1/edit", order={"status": "complete"})
    shown = await member(club)
    assert (shown["amount"], shown["ordersSum"], shown["level"]["id"]) == (390, 1800, 4)
    assert "nextLevelSum" not in shown
    assert (await stored(club))["bonusesCreditTotal"] == 90
    await club.post("orders/o-1/edit", order={"managerComment": "Спасибо"})
    assert (await stored(club))["bonusesCreditTotal"] == 90
    second = await make(club, externalId="o-2")
    assert (second["loyaltyLevel"]["name"], second["bonusesCreditTotal"]) == ("Золото", 90)


async def test_a_return_takes_the_purchase_back(club: Crm) -> None:
    """Leaving the group of complete orders withdraws the bonuses and the sum of purchases."""
    await make(club, items=[{**MUG, "quantity": 2}])
    await club.post("orders/o-1/edit", order={"status": "complete"})
    await club.post("orders/o-1/edit", order={"status": "cancel-other"})
    shown = await member(club)
    assert (shown["amount"], shown["ordersSum"], shown["level"]["id"]) == (300, 0, 3)
    assert (await ledger(club))[1:] == [("credit_for_order", 90), ("cancel_of_credit", -90)]


async def test_what_was_earned_and_spent_cannot_be_withdrawn(club: Crm) -> None:
    """Only what is left is taken: the balance does not fall below zero."""
    await make(club, items=[{**MUG, "quantity": 2}])
    await club.post("orders/o-1/edit", order={"status": "complete"})
    await club.act("loyalty.charge", account=71, amount=380)
    order = await cancel(club)
    assert (order["bonusesCreditTotal"], order["loyaltyAccount"]["amount"]) == (0, 0)
    assert (await ledger(club))[-1] == ("cancel_of_credit", -10)


async def test_cancelling_twice_is_cancelling_once(club: Crm) -> None:
    """The second call leaves zeros and the balance; the order earns no more afterwards."""
    await make(club)
    await apply(club, "100")
    assert await cancel(club) == await cancel(club)
    await club.post("orders/o-1/edit", order={"status": "complete"})
    shown = await member(club)
    assert (shown["amount"], shown["ordersSum"]) == (300, 900)


async def test_a_smaller_order_gives_the_excess_back(club: Crm) -> None:
    """A charge that the goods no longer hold returns to the balance."""
    order = await make(club, items=[MUG, TEA])
    await apply(club, "250")
    tea = order["items"][1]["id"]
    await club.post("orders/o-1/edit", order={"items": [{"id": tea}]})
    assert (await stored(club))["bonusesChargeTotal"] == 200
    assert (await member(club))["amount"] == 100


async def test_without_the_privilege_nothing_is_earned(club: Crm) -> None:
    """The silent trap: an order without privilegeType earns nothing, yet may be paid by bonuses."""
    made = await make(club, privilegeType="none")
    assert (made["bonusesCreditTotal"], "loyaltyLevel" in made) == (0, False)
    assert (await apply(club, "100"))["order"]["totalSumm"] == 800
    await club.post("orders/o-1/edit", order={"status": "complete"})
    assert (await member(club))["amount"] == 200


async def test_a_level_of_discounts_needs_no_apply(start: Start) -> None:
    """Ten percent off stand on the lines as soon as the order exists; nothing is earned."""
    program = Program(2, "Клуб", (Level(3, "Скидка", "discount", 0, 10, 10),))
    club = await open_club(start, program)
    made = await make(club, items=[{**MUG, "quantity": 3}])
    (line,) = made["items"]
    assert line["discounts"] == [{"type": "loyalty_level", "amount": 270}]
    assert (line["discountTotal"], made["totalSumm"], made["bonusesCreditTotal"]) == (90, 2430, 0)


async def test_a_converting_level_earns_whole_bonuses(start: Start) -> None:
    """One bonus per 70 roubles of 900: twelve, the rest is lost."""
    program = Program(2, "Клуб", (Level(3, "Один", "bonus_converting", 0, 70, 70),))
    club = await open_club(start, program)
    assert (await make(club))["bonusesCreditTotal"] == 12


async def test_bonuses_of_an_order_may_wait(start: Start) -> None:
    """A programme with a delay of two days: the credit waits, then is spendable for ten days."""
    program = Program(2, "Клуб", (Level(3, "Один", size=5),), delay_days=2, life_days=10)
    club = await open_club(start, program, amount=0)
    await make(club, status="complete")
    path = "loyalty/account/71/bonus/waiting_activation/details"
    assert (await club.get(path)).json()["bonuses"] == [{"date": "2026-03-11", "amount": 45}]
    assert (await member(club))["amount"] == 0
    club.clock.set("2026-03-11 08:00:00")
    assert (await member(club))["amount"] == 45
    club.clock.set("2026-03-22 08:00:00")
    assert (await member(club))["amount"] == 0


async def test_full_payment_may_be_the_moment(start: Start) -> None:
    """Under the other switch the status does nothing, the payment does."""
    club = await open_club(start, credit_moment="full_paid", order_credit_total="booked")
    made = await make(club)
    assert made["bonusesCreditTotal"] == 0
    await club.post("orders/o-1/edit", order={"status": "complete"})
    assert (await member(club))["amount"] == 300
    payment = {"externalId": "p-1", "type": "cash", "status": "paid", "amount": 900}
    await club.post("orders/payments/create", payment={**payment, "order": {"externalId": "o-1"}})
    assert (await member(club))["amount"] == 345
    assert (await stored(club))["bonusesCreditTotal"] == 45


async def test_a_deleted_order_gives_its_bonuses_back(club: Crm) -> None:
    """An operator deletes the order: what it spent returns, what it earned goes."""
    await make(club)
    await apply(club, "100")
    await club.post("orders/o-1/edit", order={"status": "complete"})
    assert (await member(club))["amount"] == 240
    await club.act("order.delete", externalId="o-1")
    shown = await member(club)
    assert (shown["amount"], shown["ordersSum"]) == (300, 0)


@pytest.mark.parametrize("stop", ["program", "participation"])
async def test_what_was_booked_stays_when_the_programme_stops(club: Crm, stop: str) -> None:
    """An edit of an old order must not take bonuses because nothing accumulates any more."""
    await make(club)
    await apply(club, "100")
    await club.post("orders/o-1/edit", order={"status": "complete"})
    assert (await member(club))["amount"] == 240
    if stop == "program":
        await club.act("loyalty.program", id=2, active=False)
    else:
        await club.act("loyalty.status", account=71, status="deactivated")
    await club.post("orders/o-1/edit", order={"managerComment": "Архив"})
    order = await stored(club)
    assert (order["bonusesChargeTotal"], order["bonusesCreditTotal"]) == (100, 40)
    assert (await member(club))["amount"] == 240
    await make(club, externalId="o-2", status="complete")
    assert (await member(club))["amount"] == 240
    form: dict[str, Any] = {"order": {"externalId": "o-2"}, "bonuses": "1"}
    assert (await club.post("orders/loyalty/apply", **form)).status_code == 400


async def test_a_merge_moves_the_orders_bonuses_too(start: Start) -> None:
    """An order of the absorbed customer gives its bonuses back to the one that took over."""
    club = await open_club(start, combine_delay_ms=0)
    await make(club)
    await apply(club, "100")
    await club.post("customers/create", customer={"externalId": "c-2", "firstName": "Ия"})
    await club.act("loyalty.join", customer=9002, activate=True)
    await club.act("loyalty.credit", account=72, amount=5)
    await club.post("customers/combine", customers=[{"id": 9001}], resultCustomer={"id": 9002})
    shown = (await club.get("loyalty/account/72")).json()["loyaltyAccount"]
    assert shown["amount"] == 205
    assert (await cancel(club))["loyaltyAccount"] == {"id": 72, "amount": 305}


async def test_the_next_level_may_be_told_as_a_remainder(club: Crm) -> None:
    """Threshold or what is left to it: unsettled, so a reader must not compute with it."""
    await make(club, status="complete")
    assert (await member(club))["nextLevelSum"] == 1500
    await club.switch(next_level_sum="remaining")
    assert (await member(club))["nextLevelSum"] == 600
