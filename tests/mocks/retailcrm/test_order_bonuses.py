"""Bonuses on orders: what-if, charge, earning, level, return; every number worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.retailcrm.programs import Event, Level, Program
from mocks.retailcrm.settings import Offer
from tests.mocks.retailcrm.conftest import Crm, Start

CLUB = Program(
    2,
    "Клуб",
    (Level(3, "Серебро", size=5, promo_size=1), Level(4, "Золото", sum=1500, size=10)),
    cap_percent=30,
    events=(Event(9, "birthday", discount=20),),
)
OFFERS = (Offer(311, "sku-1", "Кружка", 900, "sku-1"), Offer(312, "акция", "Чай", 200, promo=True))
MUG = {"offer": {"externalId": "sku-1"}, "initialPrice": 900, "quantity": 1}
TEA = {"offer": {"externalId": "акция"}, "initialPrice": 200, "quantity": 1}
ORDER = {
    "externalId": "o-1",
    "customer": {"externalId": "c-1"},
    "privilegeType": "loyalty_level",
    "items": [MUG],
}


async def _club(start: Start, program: Program = CLUB, amount: int = 300, **changes: Any) -> Crm:
    crm = await start(programs=(program,), offers=OFFERS, **changes)
    seeded = {
        "customers": [{"externalId": "c-1", "firstName": "Алёна", "personalDiscount": 3}],
        "participations": [{"customer": {"externalId": "c-1"}, "amount": amount}],
    }
    answer = await crm.client.post("/__mock__/seed", json=seeded)
    assert answer.json()["participationIds"] == [71]
    return crm


@pytest.fixture
async def club(start: Start) -> Crm:
    """A double with an active participation of 300 bonuses."""
    return await _club(start)


async def _make(crm: Crm, **changes: Any) -> Any:  # noqa: ANN401 - JSON
    answer = await crm.post("orders/create", order={**ORDER, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()["order"]


async def _apply(crm: Crm, bonuses: str, name: str = "o-1") -> Any:  # noqa: ANN401 - JSON
    answer = await crm.post("orders/loyalty/apply", order={"externalId": name}, bonuses=bonuses)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _cancel(crm: Crm) -> Any:  # noqa: ANN401 - JSON
    form: dict[str, Any] = {"order": {"externalId": "o-1"}}
    return (await crm.post("orders/loyalty/cancel-bonus-operations", **form)).json()["order"]


async def _member(crm: Crm) -> Any:  # noqa: ANN401 - JSON
    return (await crm.get("loyalty/account/71")).json()["loyaltyAccount"]


async def _ledger(crm: Crm) -> list[tuple[str, float]]:
    rows = (await crm.get("loyalty/account/71/bonus/operations")).json()["bonusOperations"]
    return [(row["type"], row["amount"]) for row in reversed(rows)]


async def _order(crm: Crm) -> Any:  # noqa: ANN401 - JSON
    return (await crm.get("orders/o-1")).json()["order"]


async def test_bonuses_spread_over_the_lines(club: Crm) -> None:
    """110 of 1100: 90 on the mug, 20 on the tea; each line earns by its own percent."""
    await _make(club, items=[MUG, TEA])
    order = (await _apply(club, "110"))["order"]
    assert (order["totalSumm"], order["bonusesChargeTotal"]) == (990, 110)
    shown = [
        (row["bonusesChargeTotal"], row["prices"][0]["price"], row["bonusesCreditTotal"])
        for row in order["items"]
    ]
    assert shown == [(90, 810, 40.5), (20, 180, 1.8)]
    assert order["bonusesCreditTotal"] == 42.3
    assert order["loyaltyAccount"] == {"id": 71, "amount": 190}


async def test_a_bonus_may_be_worth_more_than_money(start: Start) -> None:
    """At two roubles a bonus, five bonuses take ten roubles off the line."""
    program = Program(2, "Клуб", (Level(3, "Один", size=10),), charge_rate=2)
    club = await _club(start, program)
    await _make(club)
    order = (await _apply(club, "5"))["order"]
    (line,) = order["items"]
    assert (order["bonusesChargeTotal"], order["totalSumm"]) == (5, 890)
    assert (line["discountTotal"], line["discounts"]) == (
        10,
        [{"type": "bonus_charge", "amount": 10}],
    )


async def test_the_share_of_the_programme_bounds_the_charge(club: Crm) -> None:
    """300 are held, but only 30 % of 900 may be paid with them."""
    await _make(club)
    form: dict[str, Any] = {"order": {"externalId": "o-1"}, "bonuses": "271"}
    refused = await club.post("orders/loyalty/apply", **form)
    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        {"bonuses": "Not enough bonuses"},
    )
    assert (await _order(club))["totalSumm"] == 900
    assert (await _apply(club, "270"))["order"]["totalSumm"] == 630
    await club.switch(bonus_overcharge="clamp")
    await _cancel(club)
    assert (await _apply(club, "5000"))["order"]["bonusesChargeTotal"] == 270


@pytest.mark.parametrize(
    ("rule", "total", "amount", "ledger"),
    [
        ("replace", 850, 250, [("cancel_of_charge", 20), ("charge_for_order", -50)]),
        ("add", 830, 230, [("cancel_of_charge", 20), ("charge_for_order", -70)]),
    ],
    ids=["replaces", "adds"],
)
async def test_applying_again(
    start: Start, rule: str, total: int, amount: int, ledger: list[tuple[str, float]]
) -> None:
    """The same amount changes nothing; another one replaces or adds, as the switch says."""
    club = await _club(start, apply_repeat=rule)
    await _make(club)
    first = await _apply(club, "20")
    assert await _apply(club, "20") == first
    order = (await _apply(club, "50"))["order"]
    assert (order["totalSumm"], order["loyaltyAccount"]["amount"]) == (total, amount)
    assert (await _ledger(club))[2:] == ledger


async def test_applying_again_may_be_refused(start: Start) -> None:
    """The safe path is to cancel first; it must work under every value of the switch."""
    club = await _club(start, apply_repeat="400")
    await _make(club)
    await _apply(club, "20")
    form: dict[str, Any] = {"order": {"externalId": "o-1"}, "bonuses": "50"}
    assert (await club.post("orders/loyalty/apply", **form)).status_code == 400
    await _cancel(club)
    assert (await _apply(club, "50"))["order"]["totalSumm"] == 850


async def test_a_code_confirms_the_charge(start: Start) -> None:
    """Until the code comes nothing is charged; a repeat does not add up; the confirm charges."""
    program = Program(2, "Клуб", (Level(3, "Один", size=5),), sms_charge=True)
    club = await _club(start, program)
    await _make(club)
    first, second = await _apply(club, "20"), await _apply(club, "20")
    assert first == second
    assert (first["order"]["totalSumm"], first["verification"]["actionType"]) == (900, "charge")
    assert (await _member(club))["amount"] == 300
    code = {"code": "1234", "checkId": first["verification"]["checkId"]}
    assert (await club.post("verification/sms/confirm", verification=code)).status_code == 200
    order = await _order(club)
    assert (order["totalSumm"], order["bonusesChargeTotal"]) == (880, 20)
    assert (await club.post("verification/sms/confirm", verification=code)).status_code == 200
    assert (await _member(club))["amount"] == 280
    changes = [row["field"] for row in await club.history("orders")]
    assert changes == [
        "status",
        "order_product.bonuses_charge",
        "order_product.discount_total",
        "order_product.summ",
    ]


async def test_a_purchase_earns_counts_and_lifts_the_level(club: Crm) -> None:
    """Two mugs earn 90 under silver; 1800 of purchases make gold, which the next order has."""
    await _make(club, items=[{**MUG, "quantity": 2}])
    assert (await _member(club))["ordersSum"] == 0
    await club.post("orders/o-1/edit", order={"status": "complete"})
    shown = await _member(club)
    assert (shown["amount"], shown["ordersSum"], shown["level"]["id"]) == (390, 1800, 4)
    assert "nextLevelSum" not in shown
    assert (await _order(club))["bonusesCreditTotal"] == 90
    await club.post("orders/o-1/edit", order={"managerComment": "Спасибо"})
    assert (await _order(club))["bonusesCreditTotal"] == 90
    second = await _make(club, externalId="o-2")
    assert (second["loyaltyLevel"]["name"], second["bonusesCreditTotal"]) == ("Золото", 90)


async def test_a_return_takes_the_purchase_back(club: Crm) -> None:
    """Leaving the group of complete orders withdraws the bonuses and the sum of purchases."""
    await _make(club, items=[{**MUG, "quantity": 2}])
    await club.post("orders/o-1/edit", order={"status": "complete"})
    await club.post("orders/o-1/edit", order={"status": "cancel-other"})
    shown = await _member(club)
    assert (shown["amount"], shown["ordersSum"], shown["level"]["id"]) == (300, 0, 3)
    assert (await _ledger(club))[1:] == [("credit_for_order", 90), ("cancel_of_credit", -90)]


async def test_what_was_earned_and_spent_cannot_be_withdrawn(club: Crm) -> None:
    """Only what is left is taken: the balance does not fall below zero."""
    await _make(club, items=[{**MUG, "quantity": 2}])
    await club.post("orders/o-1/edit", order={"status": "complete"})
    await club.act("loyalty.charge", account=71, amount=380)
    order = await _cancel(club)
    assert (order["bonusesCreditTotal"], order["loyaltyAccount"]["amount"]) == (0, 0)
    assert (await _ledger(club))[-1] == ("cancel_of_credit", -10)


async def test_cancelling_twice_is_cancelling_once(club: Crm) -> None:
    """The second call leaves zeros and the balance; the order earns no more afterwards."""
    await _make(club)
    await _apply(club, "100")
    assert await _cancel(club) == await _cancel(club)
    await club.post("orders/o-1/edit", order={"status": "complete"})
    shown = await _member(club)
    assert (shown["amount"], shown["ordersSum"]) == (300, 900)


async def test_a_smaller_order_gives_the_excess_back(club: Crm) -> None:
    """A charge that the goods no longer hold returns to the balance."""
    order = await _make(club, items=[MUG, TEA])
    await _apply(club, "250")
    tea = order["items"][1]["id"]
    await club.post("orders/o-1/edit", order={"items": [{"id": tea}]})
    assert (await _order(club))["bonusesChargeTotal"] == 200
    assert (await _member(club))["amount"] == 100


async def test_without_the_privilege_nothing_is_earned(club: Crm) -> None:
    """The silent trap: an order without privilegeType earns nothing, yet may be paid by bonuses."""
    made = await _make(club, privilegeType="none")
    assert (made["bonusesCreditTotal"], "loyaltyLevel" in made) == (0, False)
    assert (await _apply(club, "100"))["order"]["totalSumm"] == 800
    await club.post("orders/o-1/edit", order={"status": "complete"})
    assert (await _member(club))["amount"] == 200


async def test_a_level_of_discounts_needs_no_apply(start: Start) -> None:
    """Ten percent off stand on the lines as soon as the order exists; nothing is earned."""
    program = Program(2, "Клуб", (Level(3, "Скидка", "discount", 0, 10, 10),))
    club = await _club(start, program)
    made = await _make(club, items=[{**MUG, "quantity": 3}])
    (line,) = made["items"]
    assert line["discounts"] == [{"type": "loyalty_level", "amount": 270}]
    assert (line["discountTotal"], made["totalSumm"], made["bonusesCreditTotal"]) == (90, 2430, 0)


async def test_a_converting_level_earns_whole_bonuses(start: Start) -> None:
    """One bonus per 70 roubles of 900: twelve, the rest is lost."""
    program = Program(2, "Клуб", (Level(3, "Один", "bonus_converting", 0, 70, 70),))
    club = await _club(start, program)
    assert (await _make(club))["bonusesCreditTotal"] == 12


async def test_bonuses_of_an_order_may_wait(start: Start) -> None:
    """A programme with a delay of two days: the credit waits, then is spendable for ten days."""
    program = Program(2, "Клуб", (Level(3, "Один", size=5),), delay_days=2, life_days=10)
    club = await _club(start, program, amount=0)
    await _make(club, status="complete")
    path = "loyalty/account/71/bonus/waiting_activation/details"
    assert (await club.get(path)).json()["bonuses"] == [{"date": "2026-03-11", "amount": 45}]
    assert (await _member(club))["amount"] == 0
    club.clock.set("2026-03-11 08:00:00")
    assert (await _member(club))["amount"] == 45
    club.clock.set("2026-03-22 08:00:00")
    assert (await _member(club))["amount"] == 0


async def test_full_payment_may_be_the_moment(start: Start) -> None:
    """Under the other switch the status does nothing, the payment does."""
    club = await _club(start, credit_moment="full_paid", order_credit_total="booked")
    made = await _make(club)
    assert made["bonusesCreditTotal"] == 0
    await club.post("orders/o-1/edit", order={"status": "complete"})
    assert (await _member(club))["amount"] == 300
    payment = {"externalId": "p-1", "type": "cash", "status": "paid", "amount": 900}
    await club.post("orders/payments/create", payment={**payment, "order": {"externalId": "o-1"}})
    assert (await _member(club))["amount"] == 345
    assert (await _order(club))["bonusesCreditTotal"] == 45


async def test_a_deleted_order_gives_its_bonuses_back(club: Crm) -> None:
    """An operator deletes the order: what it spent returns, what it earned goes."""
    await _make(club)
    await _apply(club, "100")
    await club.post("orders/o-1/edit", order={"status": "complete"})
    assert (await _member(club))["amount"] == 240
    await club.act("order.delete", externalId="o-1")
    shown = await _member(club)
    assert (shown["amount"], shown["ordersSum"]) == (300, 0)


async def test_the_event_discount_is_one_privilege_of_several(club: Crm) -> None:
    """Exactly one privilege applies; the event's id is taken under both names."""
    for name in ("loyaltyEventDiscountId", "loyaltyEventId"):
        made = await _make(club, externalId=name, privilegeType="loyalty_event", **{name: 9})
        assert made["items"][0]["discounts"] == [{"type": "loyalty_event", "amount": 180}]
        assert made["loyaltyEventDiscount"] == {"id": 9}


async def test_what_if_names_every_privilege_and_the_best(club: Crm) -> None:
    """The event's 180 off beat 45 bonuses; the personal three percent and none come last."""
    order = {"customer": {"externalId": "c-1"}, "items": [MUG]}
    body = (await club.post("loyalty/calculate", site='"shop-ru"', order=order)).json()
    rows = [
        (row["privilegeType"], row["discount"], row["creditBonuses"], row["maxChargeBonuses"])
        for row in body["calculations"]
    ]
    assert rows == [
        ("loyalty_level", 0, 45, 270),
        ("loyalty_event", 180, 0, 216),
        ("personal_discount", 27, 0, 261.9),
        ("none", 0, 0, 270),
    ]
    assert [row["maximum"] for row in body["calculations"]] == [False, True, False, False]
    assert body["order"]["privilegeType"] == "none"
    made = await _make(club)
    assert (made["id"], made["items"][0]["id"]) == (4501, 7701)


async def test_what_if_for_a_stranger_knows_no_programme(club: Crm) -> None:
    """Without participation there is one row and no programme."""
    await club.post("customers/create", customer={"externalId": "c-2", "firstName": "Ия"})
    order = {"customer": {"externalId": "c-2"}, "items": [MUG], "privilegeType": "loyalty_level"}
    body = (await club.post("loyalty/calculate", order=order, bonuses="0")).json()
    assert [row["privilegeType"] for row in body["calculations"]] == ["none"]
    assert "loyalty" not in body
    assert "loyaltyAccount" not in body["order"]
    spends = await club.post("loyalty/calculate", order=order, bonuses="1")
    assert spends.json()["errors"] == {"bonuses": "Not enough bonuses"}


async def test_who_is_not_confirmed_earns_but_does_not_spend(start: Start) -> None:
    """Purchases and bonuses accumulate before the phone is confirmed."""
    program = Program(2, "Клуб", (Level(3, "Один", size=5),), sms_registration=True)
    crm = await start(programs=(program,), offers=OFFERS)
    await crm.post("customers/create", customer={"externalId": "c-1", "firstName": "Ия"})
    member = {"customer": {"externalId": "c-1"}}
    await crm.post("loyalty/account/create", loyaltyAccount=member)
    await _make(crm, status="complete")
    shown = await _member(crm)
    assert (shown["status"], shown["amount"], shown["ordersSum"]) == ("not_confirmed", 45, 900)
    form: dict[str, Any] = {"order": {"externalId": "o-1"}, "bonuses": "1"}
    assert (await crm.post("orders/loyalty/apply", **form)).status_code == 400


@pytest.mark.parametrize(
    ("locator", "status"),
    [({"number": "4501A"}, 200), ({"id": 4501}, 200), ({"id": 1}, 404), ({}, 400)],
    ids=["number", "id", "unknown", "nothing"],
)
async def test_an_order_is_named_in_three_ways(
    club: Crm, locator: dict[str, Any], status: int
) -> None:
    """Id, externalId or number; an empty locator must not hit just any order."""
    await _make(club)
    answer = await club.post("orders/loyalty/apply", order=locator, bonuses="10")
    assert answer.status_code == status


async def test_who_takes_part_in_nothing_pays_in_money(crm: Crm) -> None:
    """Applying to an order without participation is refused, not passed over."""
    await crm.post("customers/create", customer={"externalId": "c-1", "firstName": "Ия"})
    made = await _make(crm)
    assert "loyaltyAccount" not in made
    form: dict[str, Any] = {"order": {"externalId": "o-1"}, "bonuses": "1"}
    answer = await crm.post("orders/loyalty/apply", **form)
    assert answer.json()["errors"] == {"order": "Loyalty account is not activated"}
