"""Bonuses on orders: what-if, charge, applying again; every number worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.retailcrm.programs import Level, Program
from tests.mocks.retailcrm.club import (
    MUG,
    OFFERS,
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


async def test_bonuses_spread_over_the_lines(club: Crm) -> None:
    """110 of 1100: 90 on the mug, 20 on the tea; each line earns by its own percent."""
    await make(club, items=[MUG, TEA])
    order = (await apply(club, "110"))["order"]
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
    club = await open_club(start, program)
    await make(club)
    order = (await apply(club, "5"))["order"]
    (line,) = order["items"]
    assert (order["bonusesChargeTotal"], order["totalSumm"]) == (5, 890)
    assert (line["discountTotal"], line["discounts"]) == (
        10,
        [{"type": "bonus_charge", "amount": 10}],
    )


async def test_the_share_of_the_programme_bounds_the_charge(club: Crm) -> None:
    """300 are held, but only 30 % of 900 may be paid with them."""
    await make(club)
    form: dict[str, Any] = {"order": {"externalId": "o-1"}, "bonuses": "271"}
    refused = await club.post("orders/loyalty/apply", **form)
    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        {"bonuses": "Not enough bonuses"},
    )
    assert (await stored(club))["totalSumm"] == 900
    assert (await apply(club, "270"))["order"]["totalSumm"] == 630
    await club.switch(bonus_overcharge="clamp")
    await cancel(club)
    assert (await apply(club, "5000"))["order"]["bonusesChargeTotal"] == 270


@pytest.mark.parametrize(
    ("rule", "total", "amount", "told"),
    [
        ("replace", 850, 250, [("cancel_of_charge", 20), ("charge_for_order", -50)]),
        ("add", 830, 230, [("cancel_of_charge", 20), ("charge_for_order", -70)]),
    ],
    ids=["replaces", "adds"],
)
async def test_applying_again(
    start: Start, rule: str, total: int, amount: int, told: list[tuple[str, float]]
) -> None:
    """The same amount changes nothing; another one replaces or adds, as the switch says."""
    club = await open_club(start, apply_repeat=rule)
    await make(club)
    first = await apply(club, "20")
    assert await apply(club, "20") == first
    order = (await apply(club, "50"))["order"]
    assert (order["totalSumm"], order["loyaltyAccount"]["amount"]) == (total, amount)
    assert (await ledger(club))[2:] == told


async def test_applying_again_may_be_refused(start: Start) -> None:
    """The safe path is to cancel first; it must work under every value of the switch."""
    club = await open_club(start, apply_repeat="400")
    await make(club)
    await apply(club, "20")
    form: dict[str, Any] = {"order": {"externalId": "o-1"}, "bonuses": "50"}
    assert (await club.post("orders/loyalty/apply", **form)).status_code == 400
    await cancel(club)
    assert (await apply(club, "50"))["order"]["totalSumm"] == 850


async def test_a_code_confirms_the_charge(start: Start) -> None:
    """Until the code comes nothing is charged; a repeat does not add up; the confirm charges."""
    program = Program(2, "Клуб", (Level(3, "Один", size=5),), sms_charge=True)
    club = await open_club(start, program)
    await make(club)
    first, second = await apply(club, "20"), await apply(club, "20")
    assert first == second
    assert (first["order"]["totalSumm"], first["verification"]["actionType"]) == (900, "charge")
    assert (await member(club))["amount"] == 300
    code = {"code": "1234", "checkId": first["verification"]["checkId"]}
    assert (await club.post("verification/sms/confirm", verification=code)).status_code == 200
    order = await stored(club)
    assert (order["totalSumm"], order["bonusesChargeTotal"]) == (880, 20)
    assert (await club.post("verification/sms/confirm", verification=code)).status_code == 200
    assert (await member(club))["amount"] == 280
    changes = [row["field"] for row in await club.history("orders")]
    assert changes == [
        "status",
        "order_product.bonuses_charge",
        "order_product.discount_total",
        "order_product.summ",
    ]


async def test_the_event_discount_is_one_privilege_of_several(club: Crm) -> None:
    """Exactly one privilege applies; the event's id is taken under both names."""
    for name in ("loyaltyEventDiscountId", "loyaltyEventId"):
        made = await make(club, externalId=name, privilegeType="loyalty_event", **{name: 9})
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
    made = await make(club)
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
    joining = {"customer": {"externalId": "c-1"}}
    await crm.post("loyalty/account/create", loyaltyAccount=joining)
    await make(crm, status="complete")
    shown = await member(crm)
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
    await make(club)
    answer = await club.post("orders/loyalty/apply", order=locator, bonuses="10")
    assert answer.status_code == status


async def test_who_takes_part_in_nothing_pays_in_money(crm: Crm) -> None:
    """Applying to an order without participation is refused, not passed over."""
    await crm.post("customers/create", customer={"externalId": "c-1", "firstName": "Ия"})
    made = await make(crm)
    assert "loyaltyAccount" not in made
    form: dict[str, Any] = {"order": {"externalId": "o-1"}, "bonuses": "1"}
    answer = await crm.post("orders/loyalty/apply", **form)
    assert answer.json()["errors"] == {"order": "Loyalty account is not activated"}


async def test_rounding_is_a_discount_of_its_own(club: Crm) -> None:
    """With applyRound the goods' sum loses its kopecks; without it they stay."""
    line = {"offer": {"externalId": "sku-1"}, "initialPrice": 100.75, "quantity": 1}
    made = await make(club, items=[line], applyRound=True)
    assert (made["totalSumm"], made["items"][0]["discounts"]) == (
        100,
        [{"type": "round", "amount": 0.75}],
    )
    plain = await make(club, externalId="o-2", items=[line])
    assert plain["totalSumm"] == 100.75
    form: dict[str, Any] = {"order": {"externalId": "o-2", "applyRound": True}, "bonuses": "10"}
    paid = (await club.post("orders/loyalty/apply", **form)).json()["order"]
    kinds = {row["type"]: row["amount"] for row in paid["items"][0]["discounts"]}
    assert (paid["totalSumm"], kinds) == (90, {"bonus_charge": 10, "round": 0.75})


async def test_the_name_of_the_personal_discount_is_disputed(start: Start) -> None:
    """Two sources name the customer's own discount differently."""
    club = await open_club(start, personal_discount_type="loyalty_personal")
    made = await make(club, privilegeType="personal_discount")
    assert made["items"][0]["discounts"] == [{"type": "loyalty_personal", "amount": 27}]
