"""Balances and history: lifetimes, lag, filters, groups (reference, sections 6.2 and 6.3)."""

from __future__ import annotations

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import ANNA, OLEG, OTHER_PHONE, PHONE, SYSTEM, WORLD, Loymax

LINE = {"goodsId": "B-03", "name": "Мёд", "amount": 460}


async def test_bonuses_that_expire_first_are_spent_first(loymax: Loymax) -> None:
    """310 without an end and 100 that end in June: a write-off of 50 leaves 50 to expire."""
    await loymax.act("points.withdraw", phone=PHONE, amount=50)
    token = await loymax.member()
    rows = (await loymax.data("GET", "User/DetailedBalance", token))["items"][0]
    assert rows["amount"] == 360.0
    assert rows["lifeTimesByTime"] == [
        {"amount": 20.0, "date": "2025-02-10T00:00:00Z"},
        {"amount": -50.0, "date": "2025-06-01T00:00:00Z"},
    ]


@pytest.mark.parametrize(
    ("path", "amounts"),
    [
        ("Operations?orderByDateAscending=false", [-100.0, 20.0]),
        ("Operations?filter.changeTypes=BonusActivation", [20.0]),
        ("Operations?filter.changeTypes=BonusExpiration", [-100.0]),
        ("Operations?filter.fromDate=2025-03-01", [-100.0]),
        ("Operations?filter.from=1&filter.count=1", [-100.0]),
        ("Activations?from=0&count=10", [20.0]),
        ("Expirations?toDate=2025-03-01", []),
    ],
)
async def test_planned_changes_are_filtered(
    loymax: Loymax, path: str, amounts: list[float]
) -> None:
    """Activations are positive, expiries negative."""
    rows = await loymax.data("GET", f"User/DetailedBalance/1/{path}", await loymax.member())
    assert [row["amount"] for row in rows] == amounts


async def test_the_operator_sees_blocked_bonuses_in_the_account(loymax: Loymax) -> None:
    """Spendable falls at the write-off, the account at its confirmation (13.2)."""
    await loymax.act("till.sell", phone=PHONE, lines=[LINE], pay=100, confirm=False)
    token = await loymax.operator()
    path = f"{SYSTEM}users/{ANNA}/"
    assert (await loymax.data("GET", path + "Balance", token))[0]["balance"] == 310.0
    assert (await loymax.data("GET", path + "Accounts", token))[0]["amount"] == 410.0


async def test_history_comes_with_a_lag_by_the_switch(start: Start) -> None:
    """The balance moves at once, the row shows later with its own time."""
    double = await start(seed=WORLD, history_lag_s=600)
    await double.door("clock", advance=3600)
    await double.act("till.sell", phone=PHONE, lines=[LINE], at="2025-02-03T09:00:00Z")
    token = await double.member()
    assert (await double.data("GET", "User/Balance", token))[0]["balance"] == 433.0
    assert (await double.data("GET", "History", token))["allCount"] == 2
    await double.door("clock", advance=600)
    found = await double.data("GET", "History", token)
    assert found["allCount"] == 3
    assert found["rows"][-1]["dateTime"] == "2025-02-03T09:00:00+00:00"


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["RewardData", "WithdrawData", "PurchaseData", "PurchaseData"]),
        ("filter.historyItemType=Purchase", ["PurchaseData", "PurchaseData"]),
        ("filter.historyItemType=RewardData", ["RewardData"]),
        ("filter.chequeNumber=42", ["PurchaseData"]),
        ("filter.operationTypes=RewardBonus", ["RewardData", "PurchaseData", "PurchaseData"]),
        ("filter.fromDate=2025-02-02&filter.toDate=2025-02-03", ["WithdrawData"]),
        ("filter.from=3&filter.count=2", ["PurchaseData"]),
        ("filter.from=4", []),
        ("filter.cardId=456", ["PurchaseData"]),
    ],
    ids=["all", "purchases", "rewards", "cheque", "operation", "dates", "page", "past", "card"],
)
async def test_history_is_filtered(loymax: Loymax, query: str, kinds: list[str]) -> None:
    """Trap 13: the filter says Purchase, the row says PurchaseData."""
    await loymax.act("till.sell", card="7000000000012345", lines=[LINE], number="42")
    await loymax.act("till.sell", phone=PHONE, lines=[LINE], number="43")
    rows = (await loymax.data("GET", f"History?{query}", await loymax.member()))["rows"]
    assert [row["type"] for row in rows] == kinds


async def test_the_rows_name_is_no_value_of_the_filter(loymax: Loymax) -> None:
    """The other half of trap 13."""
    token = await loymax.member()
    path = "History?filter.historyItemType=PurchaseData"
    assert (await loymax.refusal("GET", path, token))["state"] == "ValidationError"


async def test_a_refund_is_a_row_of_its_own_with_the_signs_turned(loymax: Loymax) -> None:
    """Spent bonuses come back as a reward, earned ones go as a withdrawal."""
    sold = await loymax.act("till.sell", phone=PHONE, lines=[LINE], pay=100)
    await loymax.act("till.refund", phone=PHONE, lines=[LINE], refundPurchaseId=sold["purchaseId"])
    rows = (await loymax.data("GET", "History", await loymax.member()))["rows"]
    data = rows[-1]["data"]
    assert data["isRefund"] is True
    assert data["rewards"][0]["amount"]["amount"] == 100.0
    assert data["withdraws"][0]["amount"]["amount"] == -18.0
    sums = "History/AggregateWithdrawRewardPurchase"
    shown = await loymax.data("GET", sums, await loymax.member())
    assert (shown["purchaseCount"], shown["purchaseAmount"][0]["amount"]["amount"]) == (1, 460.0)


async def test_a_group_shares_account_and_may_show_all_history(loymax: Loymax) -> None:
    """Merging needs no confirmation by the operator and keeps both persons (unconfirmed)."""
    operator = await loymax.operator()
    await loymax.data("POST", f"{SYSTEM}users/{ANNA}/MergeAccount/{OLEG}", operator, {})
    again = f"{SYSTEM}users/{ANNA}/MergeAccount/{OLEG}"
    assert (await loymax.refusal("POST", again, operator, {}))["state"] == "Error"
    await loymax.act("till.sell", phone=OTHER_PHONE, lines=[LINE])
    token = await loymax.member()
    assert (await loymax.data("GET", "User/Balance", token))[0]["balance"] == 473.0
    assert (await loymax.data("GET", "History", token))["allCount"] == 2
    everybody = await loymax.data("GET", "History?filter.currentUser=false", token)
    assert everybody["allCount"] == 3
    group = await loymax.data("GET", f"{SYSTEM}UserGroups/{ANNA}", operator)
    assert [row["id"] for row in group["users"]] == [ANNA, OLEG]


async def test_a_blocked_account_keeps_its_bonuses(loymax: Loymax) -> None:
    """The detailed balance says so, and nothing can be written off."""
    operator = await loymax.operator()
    body = {"personId": ANNA, "comment": "Проверка"}
    await loymax.data("POST", SYSTEM + "CallCenter/BlockAccount", operator, body)
    path = f"{SYSTEM}users/{ANNA}/DetailedBalance"
    row = (await loymax.data("GET", path, operator))["items"][0]
    assert (row["accountIsBlocked"], row["amount"]) == (True, 410.0)
    answer = await loymax.client.post(
        "/__mock__/act",
        json={"action": "till.sell", "phone": PHONE, "lines": [LINE], "pay": 10},
    )
    assert answer.status_code == 400
    assert "PaymentException" in answer.json()["error"]


async def test_currencies_are_told_apart(start: Start) -> None:
    """Trap 7: a second bonus currency shows everywhere and must not be summed."""
    anna = {**WORLD["customers"][0], "otherBalances": {"3": 1000}}
    more = {"currencies": [{"id": 3, "name": "Фишки", "abbreviation": "фш."}], "customers": [anna]}
    double = await start(seed={**WORLD, **more})
    rows = await double.data("GET", "User/Balance", await double.member())
    assert [(row["currency"]["code"], row["balance"]) for row in rows] == [
        ("Currency1", 410.0),
        ("Currency3", 1000.0),
    ]
    person = await double.data("GET", f"{SYSTEM}users/{ANNA}", await double.operator())
    assert [(one["currency"], one["amount"]) for one in person["balances"]] == [
        ("бнс.", 410.0),
        ("фш.", 1000.0),
    ]
    path = "User/DetailedBalance/{}/Operations"
    assert await double.data("GET", path.format(3), await double.member()) == []
    refused = await double.refusal("GET", path.format(9), await double.member())
    assert refused["message"] == "Валюта не найдена."
