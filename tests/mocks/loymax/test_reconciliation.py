"""Purchases as the operator reads and ends them (reference, section 7.7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.loymax.shop import Shop
from tests.mocks.loymax.stand import ANNA, CARD, PHONE, SYSTEM, Loymax

LINE = {"goodsId": "B-03", "name": "Мёд", "amount": 460}
PURCHASES = SYSTEM + "purchases"


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, ["42", "43", "44"]),
        ({"state": "Created"}, ["44"]),
        ({"state": "Confirmed"}, ["42", "43"]),
        ({"cardNumber": CARD}, ["42"]),
        ({"personId": ANNA, "chequeNumber": "43"}, ["43"]),
        ({"personIdentifier": PHONE, "from": 1, "count": 1}, ["43"]),
        ({"deviceIds": ["WEB-1"]}, ["44"]),
        ({"startChequeTime": "2025-02-03T10:05:00Z"}, ["43", "44"]),
        ({"lastChequeTime": "2025-02-03T10:05:00Z"}, ["42"]),
        ({"from": 3}, []),
    ],
)
async def test_purchases_are_searched_by_their_fields(
    loymax: Loymax, filters: dict[str, Any], numbers: list[str]
) -> None:
    """The only change detection besides history."""
    at = "2025-02-03T10:00:00Z"
    await loymax.act("till.sell", card=CARD, lines=[LINE], number="42", at=at)
    await loymax.act("till.sell", phone=PHONE, lines=[LINE], number="43")
    more = {"number": "44", "device": "WEB-1", "confirm": False}
    await loymax.act("till.sell", phone=PHONE, lines=[LINE], **more)
    rows = await loymax.data("POST", PURCHASES, await loymax.operator(), filters)
    assert [row["chequeNumber"] for row in rows] == numbers


async def test_an_operator_ends_a_hanging_purchase(shop: Shop) -> None:
    """By device and external id; a second time there is nothing to end."""
    token = await shop.double.operator()
    await shop.codes("C P")
    path = f"{PURCHASES}/cancel/WEB-1/S1"
    await shop.double.data("POST", path, token, {})
    assert (await shop.double.person())["balance"] == 410.0
    refused = await shop.double.refusal("POST", path, token, {})
    assert refused["message"] == "Покупка уже завершена."
    unknown = await shop.double.refusal("POST", f"{PURCHASES}/confirm/WEB-1/S9", token, {})
    assert unknown["message"] == "Покупка не найдена."
    assert await shop.code("K") == "OperationIsCanceled"


async def test_a_refund_is_a_purchase_whose_lines_carry_refunds(loymax: Loymax) -> None:
    """Its operations are refund operations."""
    sold = await loymax.act("till.sell", phone=PHONE, lines=[LINE], pay=100)
    back = {"lines": [LINE], "refundPurchaseId": sold["purchaseId"]}
    await loymax.act("till.refund", phone=PHONE, **back)
    token = await loymax.operator()
    rows = await loymax.data("GET", f"{PURCHASES}/77002/ChequePositions", token)
    assert rows[0]["refunds"][0]["amount"]["amount"] == 460.0
    operations = await loymax.data("GET", f"{PURCHASES}/77002/operations", token)
    assert [(row["type"], row["amounts"][0]["amount"]) for row in operations] == [
        ("RefundPaymentOperation", 100.0),
        ("RefundCashbackOperation", 18.0),
    ]
