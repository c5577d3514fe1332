"""Participations: joining, activation by SMS and without, levels, finding at the till."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.retailcrm.programs import CLUB, Level, Program
from tests.mocks.retailcrm.conftest import TWO_SHOPS, Crm, Start

OPEN = Program(5, "Свои", (Level(8, "Базовый", size=5), Level(9, "Золотой", sum=3000, size=10)))
STRICT = Program(
    6, "Строгий", (Level(8, "Базовый", size=5),), required=("lastName", "email", "phoneNumber")
)
UNFILLED = (
    "To activate participation in the loyalty program, the following fields should be filled in "
    "for the customer: Last name, Email, Phone number"
)


async def _joined(crm: Crm, number: int = 1, **fields: Any) -> Any:  # noqa: ANN401 - JSON
    customer = {"externalId": f"c-{number}", "firstName": "Алёна"}
    await crm.post("customers/create", customer=customer)
    member = {"customer": {"externalId": f"c-{number}"}, **fields}
    answer = await crm.post("loyalty/account/create", loyaltyAccount=member)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_programme_without_sms_and_demands_activates_at_once(start: Start) -> None:
    """A connector that always calls activate meets the refusal that means done."""
    crm = await start(programs=(OPEN,))
    made = await _joined(crm, cardNumber="2000 71", customFields=[])
    assert (made["loyaltyAccount"]["status"], made["warnings"]) == ("activated", [])
    again = await crm.post("loyalty/account/71/activate")
    assert (again.status_code, again.json()["errorMsg"]) == (
        400,
        "LoyaltyAccount has been already activated",
    )


async def test_activation_lists_the_fields_that_are_missing(start: Start) -> None:
    """Creation never fails for missing fields; the activation names them, then goes through."""
    crm = await start(programs=(STRICT,))
    made = await _joined(crm)
    assert (made["loyaltyAccount"]["active"], made["warnings"]) == (False, [UNFILLED])
    refused = await crm.post("loyalty/account/71/activate")
    assert (refused.status_code, refused.json()["errors"]) == (400, [UNFILLED])
    fields = (await crm.get("loyalty/loyalties/6")).json()["requiredFields"]
    assert [(row["code"], row["entity"]) for row in fields] == [
        ("lastName", "customer"),
        ("email", "customer"),
        ("phoneNumber", "loyalty_account"),
    ]
    await crm.post("customers/c-1/edit", customer={"lastName": "Ёлкина", "email": "a@example.com"})
    await crm.post("loyalty/account/71/edit", loyaltyAccount={"phoneNumber": "8 (916) 123-45-67"})
    crm.clock.move(70)
    done = (await crm.post("loyalty/account/71/activate")).json()
    assert "verification" not in done
    assert done["loyaltyAccount"]["activatedAt"] == "2026-03-09 10:01:10"


async def test_a_second_activation_sends_the_same_code_until_it_is_over(crm: Crm) -> None:
    """Resending is calling activate again: one open check, a new one after five minutes."""
    await _joined(crm, phoneNumber="+79050001122")
    first = (await crm.post("loyalty/account/71/activate")).json()["verification"]["checkId"]
    crm.clock.move(300)
    again = (await crm.post("loyalty/account/71/activate")).json()["verification"]["checkId"]
    crm.clock.move(1)
    later = (await crm.post("loyalty/account/71/activate")).json()["verification"]["checkId"]
    assert first == again != later
    old = {"code": "1234", "checkId": first}
    refused = await crm.post("verification/sms/confirm", verification=old)
    assert refused.json()["errors"] == {"code": "Verification code is wrong or expired"}
    right = {"code": "1234", "checkId": later}
    for _ in range(2):
        done = await crm.post("verification/sms/confirm", verification=right)
        assert done.json()["verification"]["verifiedAt"] == "2026-03-09 10:05:01"
    shown = (await crm.get("loyalty/account/71")).json()["loyaltyAccount"]
    assert (shown["status"], shown["lastCheckId"]) == ("activated", later)
    unknown = {"code": "1234", "checkId": "none"}
    missing = await crm.post("verification/sms/confirm", verification=unknown)
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("member", "errors"),
    [
        ({}, {"customer": "Set one of the following fields: id, externalId"}),
        (
            {"customer": {"externalId": "нет"}},
            {"customer": "Customer with externalId=нет not found."},
        ),
        ({"customer": {"id": 1}}, {"customer": "Customer with id=1 not found."}),
        ({"cardNo": "1"}, {"cardNo": "This form should not contain extra fields."}),
    ],
    ids=["no-customer", "unknown-name", "unknown-id", "unknown-field"],
)
async def test_bad_participations_are_refused(
    crm: Crm, member: dict[str, Any], errors: dict[str, str]
) -> None:
    """A participation without its customer would take bonuses that nobody can spend."""
    answer = await crm.post("loyalty/account/create", loyaltyAccount=member)
    assert (answer.status_code, answer.json()["errors"]) == (400, errors)


async def test_the_shop_chooses_the_programme(start: Start) -> None:
    """Programmes are bound to shops: one customer may take part in several."""
    here = Program(7, "Москва", (Level(1, "Один"),), sites=("shop-msk",))
    there = Program(8, "Сайт", (Level(2, "Два"),), sites=("shop-ru",))
    crm = await start(shops=TWO_SHOPS, programs=(here, there))
    made = await crm.post(
        "customers/create", key="b0th", site="shop-ru", customer={"firstName": "Ия"}
    )
    party = {"customer": {"id": made.json()["id"]}}
    for site in ("shop-ru", "shop-msk"):
        answer = await crm.post(
            "loyalty/account/create", key="b0th", site=site, loyaltyAccount=party
        )
        assert answer.status_code == 200, answer.text
    foreign = await crm.post(
        "customers/create", key="b0th", site="shop-msk", customer={"firstName": "Юля"}
    )
    hidden = {"customer": {"id": foreign.json()["id"]}}
    answer = await crm.post("loyalty/account/create", loyaltyAccount=hidden)
    assert answer.json()["errors"] == {"customer": "Customer with id=9002 not found."}
    rows = (await crm.get("loyalty/accounts", key="b0th")).json()["loyaltyAccounts"]
    assert [(row["id"], row["loyalty"]["id"]) for row in rows] == [(72, 7), (71, 8)]
    mine = (await crm.get("loyalty/accounts")).json()["loyaltyAccounts"]
    assert [row["id"] for row in mine] == [71]
    assert (await crm.get("loyalty/account/72")).status_code == 404


async def test_a_stopped_programme_takes_nobody(crm: Crm) -> None:
    """The module checks that the programme works before it lets a customer in."""
    stopped = await crm.act("loyalty.program", id=2, blocked=True)
    assert stopped == {"id": 2, "active": True, "blocked": True}
    await crm.post("customers/create", customer={"externalId": "c-1", "firstName": "Ия"})
    member = {"customer": {"externalId": "c-1"}}
    answer = await crm.post("loyalty/account/create", loyaltyAccount=member)
    assert answer.json()["errors"] == {"loyalty": "Active loyalty program not found."}
    query = {"filter[blocked]": 1}
    shown = (await crm.get("loyalty/loyalties", query)).json()["loyalties"]
    assert [(row["id"], row["blockedAt"]) for row in shown] == [(2, "2026-03-09 10:00:00")]


async def test_switches_shape_participations(start: Start) -> None:
    """The id may be absent from the creation, rows may be old: it is then looked up by phone."""
    crm = await start(account_create_id="absent", list_row_shape="old")
    made = await _joined(crm, phoneNumber="8 905 000-11-22", cardNumber="2000 0000 0071")
    assert "id" not in made["loyaltyAccount"]
    exact = {"filter[phoneNumber]": "+79050001122"}
    assert (await crm.get("loyalty/accounts", exact)).json()["loyaltyAccounts"] == []
    await crm.switch(account_match="digits_only")
    found = (await crm.get("loyalty/accounts", {"filter[cardNumber]": "200000000071"})).json()
    (row,) = found["loyaltyAccounts"]
    assert row["id"] == 71
    assert {"loyalty", "status", "customFields"} & set(row) == set()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"filter[status]": "activated"}, [72]),
        ({"filter[customerExternalId]": "c-1"}, [71]),
        ({"filter[customerId]": "9002"}, [72]),
        ({"filter[minAmount]": "50"}, [72]),
        ({"filter[level]": "9"}, [72]),
        ({"filter[ids][]": "71"}, [71]),
        ({"filter[burnDateTo]": "2026-04-01"}, [72]),
        ({"filter[customer]": "алёна"}, [72, 71]),
        ({"filter[sites][]": "shop-ru", "filter[loyalties][]": "5"}, [72, 71]),
        ({"filter[createdAtFrom]": "2026-03-10"}, []),
    ],
    ids=str,
)
async def test_participations_are_filtered(
    start: Start, query: dict[str, str], ids: list[int]
) -> None:
    """Several participations may share a phone: every filter must narrow, none be ignored."""
    crm = await start(programs=(OPEN,))
    await _joined(crm, 1)
    await _joined(crm, 2)
    await crm.act("loyalty.status", account=71, status="deactivated")
    await crm.act("loyalty.credit", account=72, amount=100, expireDate="2026-04-01")
    await crm.act("loyalty.level", account=72, level=9)
    rows = (await crm.get("loyalty/accounts", query)).json()["loyaltyAccounts"]
    assert [row["id"] for row in rows] == ids


async def test_an_unknown_filter_is_not_ignored(crm: Crm) -> None:
    """A filter with a slip in its name would return everybody."""
    answer = await crm.get("loyalty/accounts", {"filter[phone]": "1"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["children[phone]"])


async def test_a_level_of_the_programme_is_given_by_hand(start: Start) -> None:
    """The API edits the level too; one of another programme is refused."""
    crm = await start(programs=(OPEN,))
    await _joined(crm)
    await crm.post("loyalty/account/71/edit", loyaltyAccount={"loyaltyLevelId": 9})
    shown = (await crm.get("loyalty/account/71")).json()["loyaltyAccount"]
    assert (shown["level"]["name"], "nextLevelSum" in shown) == ("Золотой", False)
    wrong = await crm.post("loyalty/account/71/edit", loyaltyAccount={"loyaltyLevelId": 3})
    assert list(wrong.json()["errors"]) == ["loyaltyLevelId"]


async def test_a_merged_customers_bonuses_follow(start: Start) -> None:
    """A merge must not burn what the customer had saved."""
    crm = await start(programs=(OPEN,), combine_delay_ms=0)
    await _joined(crm, 1)
    await _joined(crm, 2)
    await crm.act("loyalty.credit", account=71, amount=100)
    await crm.act("loyalty.credit", account=72, amount=30)
    await crm.post("customers/combine", customers=[{"id": 9001}], resultCustomer={"id": 9002})
    rows = (await crm.get("loyalty/accounts")).json()["loyaltyAccounts"]
    assert [(row["id"], row["amount"]) for row in rows] == [(72, 130)]


async def test_the_default_programme_is_the_one_of_the_samples(crm: Crm) -> None:
    """Other rooms' tests count on a club whose bonuses nobody has until they join."""
    assert (CLUB.cap_percent, CLUB.sms_registration, CLUB.sms_charge) == (30, True, False)
    assert (await crm.get("loyalty/accounts")).json()["loyaltyAccounts"] == []
