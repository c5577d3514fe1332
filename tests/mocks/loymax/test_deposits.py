"""Manual accruals and write-offs of the System API (reference, section 7.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import ANNA, CARD, PHONE, SYSTEM, WORLD, Loymax

DEPOSIT = SYSTEM + "deposit"
OLD_TYPE = "Loymax.SystemApi.Models.BatchOperations.OperationCardModel, Loymax.SystemApi"


def body(amount: object = 150, kind: str = "Deposit", **more: Any) -> dict[str, Any]:
    """Return a batch of one operation."""
    row = {"identifierType": "CardNumber", "identifier": CARD, "amount": amount}
    return {
        "operations": [row],
        "legal": {"id": 5},
        "currency": {"id": 1},
        "loyaltyProgram": {"id": 1},
        "partner": {"id": 2},
        "type": kind,
        "description": "Отзыв",
        "internalDescription": "review-1",
        **more,
    }


async def _done(double: Loymax, token: str, batch: int) -> dict[str, Any]:
    path = f"{DEPOSIT}/{batch}/progress"
    assert (await double.data("GET", path, token))["state"] == "NotProcessed"
    found: dict[str, Any] = await double.data("GET", path, token)
    return found


async def test_a_batch_waits_for_polls_or_time(loymax: Loymax) -> None:
    """Points move when the batch is processed, not when it is accepted."""
    token = await loymax.operator()
    await loymax.data("PUT", DEPOSIT, token, body())
    assert (await loymax.person())["balance"] == 410.0
    await loymax.door("clock", advance=2)
    await loymax.data("GET", f"{DEPOSIT}/9001", token)
    assert (await loymax.person())["balance"] == 560.0


async def test_the_same_batch_twice_pays_twice(loymax: Loymax) -> None:
    """Trap 6: no key makes it idempotent; the list shows both by the internal description."""
    token = await loymax.operator()
    for _ in range(2):
        await loymax.data("PUT", DEPOSIT, token, body())
    await loymax.act("deposits.process")
    assert (await loymax.person())["balance"] == 710.0
    path = f"{DEPOSIT}?from=0&count=10&filter.identifier={CARD}&filter.fromDate=2025-02-03"
    rows = await loymax.data("GET", path, token)
    assert [(row["id"], row["internalDescription"]) for row in rows] == [
        (9002, "review-1"),
        (9001, "review-1"),
    ]
    assert await loymax.data("GET", f"{DEPOSIT}?filter.identifier=review-1", token) == []


@pytest.mark.parametrize(
    ("handling", "state", "balance"),
    [
        (None, "ProcessedWithError", 410.0),
        ("Error", "ProcessedWithError", 410.0),
        ("ZeroBalance", "Processed", 0.0),
        ("NegativeBalance", "Processed", -90.0),
    ],
)
async def test_a_withdrawal_over_the_balance_follows_its_handling(
    loymax: Loymax, handling: str | None, state: str, balance: float
) -> None:
    """The default fails in the batch, never in the answer of the PUT."""
    token = await loymax.operator()
    sent = body(500, "Withdraw", errorHandlingType=handling)
    batch = await loymax.data("PUT", DEPOSIT, token, sent)
    assert (await _done(loymax, token, batch))["state"] == state
    assert (await loymax.person())["balance"] == balance
    rows = await loymax.data("GET", f"{DEPOSIT}/{batch}/operations", token)
    assert rows[0]["state"] == ("Canceled" if state == "ProcessedWithError" else "Confirmed")
    text = await loymax.data("GET", f"{DEPOSIT}/{batch}/export?deferredOperationState=Error", token)
    assert (CARD in text) == (state == "ProcessedWithError")


async def test_one_bad_row_does_not_stop_the_others(loymax: Loymax) -> None:
    """Each operation stands for itself."""
    token = await loymax.operator()
    rows = [
        {"identifierType": "Phone", "identifier": PHONE, "amount": 10},
        {"identifierType": "Phone", "identifier": "79000000000", "amount": 10},
    ]
    batch = await loymax.data("PUT", DEPOSIT, token, body(operations=rows))
    found = await _done(loymax, token, batch)
    assert (found["completedOperationCount"], found["errorOperationCount"]) == (1, 1)


async def test_a_lifetime_delays_and_ends_bonuses(loymax: Loymax) -> None:
    """Definition 8: active after 14 days; or exact dates in the body."""
    token = await loymax.operator()
    await loymax.data("PUT", DEPOSIT, token, body(lifeTimeDefinition={"id": 8}))
    exact = {"certainActivationDate": "2025-03-01", "certainExpirationDate": "2025-04-01"}
    await loymax.data("PUT", DEPOSIT, token, body(50, lifeTimeDefinition=exact))
    await loymax.act("deposits.process")
    path = f"{SYSTEM}users/{ANNA}/DetailedBalance"
    row = (await loymax.data("GET", path, token))["items"][0]
    assert (row["amount"], row["notActivatedAmount"]) == (410.0, 220.0)
    assert row["lifeTimesByTime"] == [
        {"amount": 20.0, "date": "2025-02-10T00:00:00Z"},
        {"amount": 150.0, "date": "2025-02-17T10:10:00Z"},
        {"amount": 50.0, "date": "2025-03-01T00:00:00Z"},
        {"amount": -50.0, "date": "2025-04-01T00:00:00Z"},
        {"amount": -100.0, "date": "2025-06-01T00:00:00Z"},
        {"amount": -150.0, "date": "2026-02-03T10:10:00Z"},
    ]
    unknown = await loymax.refusal("PUT", DEPOSIT, token, body(lifeTimeDefinition={"id": 99}))
    assert unknown["state"] == "Error"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"legal": None}, "Error"),
        ({"currency": {"id": 3}}, "Error"),
        ({"operations": []}, "Error"),
        ({"type": "Gift"}, "ValidationError"),
        ({"operations": [{"identifierType": "Phone", "identifier": PHONE}]}, "ValidationError"),
        (
            {"operations": [{"identifierType": "Phone", "identifier": PHONE, "amount": -1}]},
            "ValidationError",
        ),
        (
            {"operations": [{"identifierType": "Pigeon", "identifier": "1", "amount": 1}]},
            "ValidationError",
        ),
        ({"operations": [{"cardNumber": CARD, "amount": 1}]}, "Error"),
    ],
    ids=["legal", "currency", "empty", "type", "no sum", "minus", "kind", "no type"],
)
async def test_a_malformed_batch_is_refused_at_once(
    loymax: Loymax, change: dict[str, Any], state: str
) -> None:
    """Withdrawals are positive too; ids of legal and currency are required."""
    token = await loymax.operator()
    assert (await loymax.refusal("PUT", DEPOSIT, token, body(**change)))["state"] == state
    assert (await loymax.state())["batches"] == []


@pytest.mark.parametrize(
    ("profile", "path", "row", "state"),
    [
        ("legacy", "/systemapi/api/deposit", {"$type": OLD_TYPE, "cardNumber": CARD}, "Success"),
        ("legacy", "/systemapi/api/deposit", {"cardNumber": CARD, "$type": OLD_TYPE}, "Error"),
        (
            "legacy",
            "/systemapi/api/deposit",
            {"identifierType": "CardNumber", "identifier": CARD},
            "Error",
        ),
        ("v1.2", DEPOSIT, {"$type": OLD_TYPE, "cardNumber": CARD}, "Error"),
        ("v1.2", DEPOSIT, {"identifierType": "cardnumber", "identifier": CARD}, "Success"),
    ],
    ids=["old", "old, type not first", "new form on old", "old form on new", "new"],
)
async def test_each_version_wants_its_own_operation_form(
    start: Start, profile: str, path: str, row: dict[str, Any], state: str
) -> None:
    """The type tag must come first: a later one is no tag (section 1)."""
    double = await start(seed=WORLD, version_profile=profile)
    sent = body(operations=[{**row, "amount": 5}])
    answer = await double.call("PUT", path, await double.operator(), sent)
    assert answer.json()["result"]["state"] == state


async def test_the_answer_may_be_an_object(start: Start) -> None:
    """Not recorded by any source, so a connector must take both."""
    double = await start(seed=WORLD, deposit_answer="object")
    found = await double.data("PUT", DEPOSIT, await double.operator(), body())
    assert found == {"id": 9001}


async def test_an_operator_attribute_update_wants_the_whole_attribute(loymax: Loymax) -> None:
    """Trap 12: without its type first the attribute is unknown, and data says why."""
    token = await loymax.operator()
    path = f"{SYSTEM}users/{ANNA}/UpdateAttributeValue"
    rows = await loymax.data("GET", f"{SYSTEM}users/{ANNA}/AttributesValues", token)
    row = rows[0]
    await loymax.data("POST", path, token, {**row, "value": "false"})
    assert (await loymax.person())["attributes"] == {"Discount": "false"}
    attribute = dict(reversed(row["attribute"].items()))
    answer = await loymax.call("POST", path, token, {**row, "attribute": attribute})
    assert answer.json()["data"] == {"messages": ["Неизвестный тип атрибута"]}


async def test_a_shop_sets_an_attribute_by_phone(loymax: Loymax) -> None:
    """The simple form is open to an OAuth application."""
    path = f"{SYSTEM}users/code/{PHONE}/attributes"
    sent = {"attribute": {"logicalName": "ExternalCode"}, "value": "shop-17"}
    await loymax.data("POST", path, await loymax.merchant(), sent)
    wanted = [{"attribute": {"logicalName": "ExternalCode"}, "value": "shop-17"}]
    search = {"values": wanted, "from": 0, "count": 10}
    found = await loymax.data(
        "POST", SYSTEM + "UserGroups/SearchByAttributes", await loymax.operator(), search
    )
    assert [row["id"] for row in found] == [ANNA]
