"""The ledger: credits that wait, burn and are charged; walking it by cursor."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from mocks.retailcrm.programs import Event, Level, Program
from tests.mocks.retailcrm.conftest import Crm, Start

CLUB = Program(
    2,
    "Клуб",
    (Level(3, "Базовый", size=5),),
    life_days=10,
    events=(Event(1, "birthday", bonuses=500), Event(2, "welcome", discount=15)),
)
PATH = "loyalty/account/71/bonus"


@pytest.fixture
async def club(start: Start) -> Crm:
    """A double with one active participation, 71."""
    return await _club(start)


async def _club(start: Start, **changes: Any) -> Crm:
    crm = await start(programs=(CLUB,), **changes)
    seeded = {
        "customers": [{"externalId": "c-1", "firstName": "Алёна"}],
        "participations": [{"customer": {"externalId": "c-1"}}],
    }
    answer = await crm.client.post("/__mock__/seed", json=seeded)
    assert answer.json()["participationIds"] == [71]
    return crm


async def _amount(crm: Crm) -> Any:  # noqa: ANN401 - a JSON number
    return (await crm.get("loyalty/account/71")).json()["loyaltyAccount"]["amount"]


async def _details(crm: Crm, status: str) -> Any:  # noqa: ANN401 - JSON
    body = (await crm.get(f"{PATH}/{status}/details")).json()
    return body["statistic"]["totalAmount"], body["bonuses"]


async def test_a_credit_waits_is_spendable_and_burns(club: Crm) -> None:
    """Before its day a credit is no balance, after its term it is none again."""
    given = {"amount": "100", "activationDate": "2026-03-11", "expireDate": "2026-03-12"}
    assert (await club.post(f"{PATH}/credit", **given)).status_code == 200
    assert await _amount(club) == 0
    waits = [{"date": "2026-03-11", "amount": 100}]
    assert await _details(club, "waiting_activation") == (100, waits)
    club.clock.set("2026-03-11 00:00:00")
    assert await _amount(club) == 100
    burns = [{"date": "2026-03-12", "amount": 100}]
    assert await _details(club, "burn_soon") == (100, burns)
    assert await _details(club, "waiting_activation") == (0, [])
    club.clock.set("2026-03-12 23:59:59")
    assert await _amount(club) == 100
    club.clock.set("2026-03-13 00:00:00")
    assert await _amount(club) == 0
    rows = (await club.get(f"{PATH}/operations")).json()["bonusOperations"]
    assert [(row["type"], row["amount"], row["createdAt"]) for row in rows] == [
        ("burn", -100, "2026-03-13 00:00:00"),
        ("credit_manual", 100, "2026-03-09 10:00:00"),
    ]


async def test_a_credit_without_dates_follows_the_programme(club: Crm) -> None:
    """Without dates it is spendable at once and burns by the programme's rule."""
    bonus = (await club.post(f"{PATH}/credit", amount="40")).json()["loyaltyBonus"]
    assert bonus == {"amount": 40, "activationDate": "2026-03-09", "expireDate": "2026-03-19"}
    await club.switch(credit_answer_key="expiredDate")
    bonus = (await club.post(f"{PATH}/credit", amount="40.5")).json()["loyaltyBonus"]
    assert (bonus["amount"], bonus["expiredDate"]) == (40.5, "2026-03-19 00:00:00")


async def test_credit_and_charge_have_no_protection_against_a_repeat(club: Crm) -> None:
    """A blind retry doubles money: that is the trap this double must keep open."""
    for _ in range(2):
        await club.post(f"{PATH}/credit", amount="100", comment="один раз [op:1]")
    for _ in range(2):
        await club.post(f"{PATH}/charge", amount="30", comment="один раз [op:2]")
    assert await _amount(club) == 140


async def test_what_burns_first_is_charged_first(club: Crm) -> None:
    """A charge must not eat lasting bonuses while others burn."""
    await club.post(f"{PATH}/credit", amount="100", expireDate="2026-12-31")
    await club.post(f"{PATH}/credit", amount="50", expireDate="2026-03-10")
    await club.post(f"{PATH}/charge", amount="60")
    club.clock.set("2026-03-11 09:00:00")
    assert await _amount(club) == 90
    kinds = (await club.get(f"{PATH}/operations")).json()["bonusOperations"]
    assert [row["type"] for row in kinds] == ["charge_manual", "credit_manual", "credit_manual"]


@pytest.mark.parametrize(
    ("call", "form", "errors"),
    [
        ("charge", {"amount": "101"}, {"amount": "Not enough bonuses"}),
        ("charge", {"amount": "-1"}, {"amount": "This value should be greater than 0."}),
        ("credit", {"amount": "сто"}, {"amount": "This value is not valid."}),
        (
            "credit",
            {"amount": "1", "activationDate": "09.03.2026"},
            {"activationDate": "This value is not valid."},
        ),
        (
            "credit",
            {"amount": "1", "expireDate": "2026-03-08"},
            {"expireDate": "This value is not valid."},
        ),
    ],
    ids=["over", "negative", "text", "russian-date", "over-before-it-starts"],
)
async def test_bad_amounts_and_dates_are_refused(
    club: Crm, call: str, form: dict[str, str], errors: dict[str, str]
) -> None:
    """A refused call must leave the balance as it was."""
    await club.post(f"{PATH}/credit", amount="100")
    answer = await club.post(f"{PATH}/{call}", **form)
    assert (answer.status_code, answer.json()["errors"]) == (400, errors)
    assert await _amount(club) == 100


async def test_a_charge_without_amount_names_the_parameter(club: Crm) -> None:
    """The text of a missing parameter is the vendor's."""
    answer = await club.post(f"{PATH}/charge")
    assert answer.json()["errorMsg"] == "Parameter 'amount' is missing"


async def test_an_overcharge_may_be_cut_down(club: Crm) -> None:
    """Whether the vendor refuses or clamps is unsettled: the balance tells."""
    await club.switch(bonus_overcharge="clamp")
    await club.post(f"{PATH}/credit", amount="100")
    assert (await club.post(f"{PATH}/charge", amount="500")).json() == {"success": True}
    assert await _amount(club) == 0
    assert (await club.post(f"{PATH}/charge", amount="1")).status_code == 400


async def test_who_is_not_active_spends_nothing(club: Crm) -> None:
    """A deactivated participation neither earns nor spends, and comes back with its balance."""
    await club.post(f"{PATH}/credit", amount="100")
    await club.act("loyalty.status", account=71, status="deactivated")
    for call in ("credit", "charge"):
        answer = await club.post(f"{PATH}/{call}", amount="10")
        assert answer.json()["errors"] == {"loyaltyAccount": "Loyalty account is not activated"}
    shown = (await club.get("loyalty/account/71")).json()["loyaltyAccount"]
    assert (shown["active"], shown["status"], shown["amount"]) == (False, "deactivated", 100)
    back = await club.act("loyalty.status", account=71, status="activated")
    assert (back["status"], back["amount"]) == ("activated", 100)


async def test_the_ledger_is_walked_by_cursor(club: Crm) -> None:
    """The cursor holds id and moment with the offset; a page after the end is empty."""
    for _ in range(25):
        await club.post(f"{PATH}/credit", amount="1")
    first = (await club.get("loyalty/bonus/operations", {"limit": 20})).json()
    cursor = first["pagination"]["nextCursor"]
    assert base64.b64decode(cursor) == b'[634,"2026-03-09 10:00:00+03:00"]'
    assert first["bonusOperations"][0]["loyalty"] == {"id": 2}
    rest = (await club.get("loyalty/bonus/operations", {"cursor": cursor})).json()
    assert len(rest["bonusOperations"]) == 5
    last = rest["pagination"]["nextCursor"]
    query = {"cursor": last}
    for rule, pagination in (
        ("no_key", {}),
        ("empty_string", {"nextCursor": ""}),
        ("same_cursor", {"nextCursor": last}),
    ):
        await club.switch(cursor_end=rule)
        body = (await club.get("loyalty/bonus/operations", query)).json()
        assert (body["bonusOperations"], body["pagination"]) == ([], pagination)
    await club.post(f"{PATH}/charge", amount="3")
    more = (await club.get("loyalty/bonus/operations", query)).json()["bonusOperations"]
    assert [(row["type"], row["amount"]) for row in more] == [("charge_manual", -3)]
    broken = await club.get("loyalty/bonus/operations", {"cursor": "х"})
    assert broken.status_code == 400


async def test_comments_show_only_where_the_switch_says(club: Crm) -> None:
    """Whether operations carry the comment is unsettled: a mark in it may not come back."""
    await club.post(f"{PATH}/credit", amount="1", comment="[op:7]")
    rows = (await club.get(f"{PATH}/operations")).json()["bonusOperations"]
    assert "comment" not in rows[0]
    await club.switch(bonus_comment="present")
    rows = (await club.get(f"{PATH}/operations")).json()["bonusOperations"]
    assert rows[0]["comment"] == "[op:7]"


async def test_operations_are_cut_by_time(club: Crm) -> None:
    """The reading before a retry asks from a moment on."""
    await club.post(f"{PATH}/credit", amount="1")
    club.clock.move(60)
    await club.post(f"{PATH}/credit", amount="2")
    query = {"filter[createdAtFrom]": "2026-03-09 10:00:30"}
    rows = (await club.get(f"{PATH}/operations", query)).json()["bonusOperations"]
    assert [row["amount"] for row in rows] == [2]
    wrong = await club.get(f"{PATH}/operations", {"filter[createdAtFrom]": "09.03.2026"})
    assert wrong.status_code == 400


async def test_a_birthday_credits_by_itself(club: Crm) -> None:
    """An event's operation names the event, not an order."""
    assert (await club.act("loyalty.gift", account=71, event=1))["amount"] == 500
    (row,) = (await club.get(f"{PATH}/operations")).json()["bonusOperations"]
    assert (row["type"], row["event"]) == ("credit_for_event", {"id": 1, "type": "birthday"})


async def test_details_of_another_kind_are_no_method(club: Crm) -> None:
    """Only two kinds exist."""
    answer = await club.get(f"{PATH}/burned/details")
    assert (answer.status_code, answer.json()["errorMsg"]) == (404, "API method not found")


async def test_a_key_without_the_scope_is_refused(club: Crm) -> None:
    """A reader must not be able to charge."""
    answer = await club.post(f"{PATH}/charge", key="r3ad", amount="1")
    assert (answer.status_code, answer.json()["errorMsg"]) == (403, "Access denied.")
