"""A programme of hundredths of points for some goods, as a project may be set up (11, 12, 18)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.mindbox.project import Json, Project
from tests.mocks.mindbox.small_orders import CHANGE, CREATE, order, status

PROMOTION = {
    "external_id": "POINTS",
    "name": "Баллы",
    "benefit": "cashback",
    "value": 3,
    "products": ["SKU-A"],
}


async def _programme(empty: Project) -> None:
    await empty.switch(accrual_delay_days=0)
    account = {"id": "MainPoints", "name": "Основной счёт", "fractional": True}
    customer = {"mobilePhone": "79990000001", "firstName": "Зоя"}
    seed = {"balances": [account], "promotions": [PROMOTION], "customers": [customer]}
    answer = await empty.http.post("/__mock__/seed", json=seed)
    assert answer.status_code == 200, answer.text


def _bought(operation: str) -> Json:
    sent = order()
    line = sent["order"]["lines"][0]
    rows = [
        {**line, "lineId": str(n), "lineNumber": n, "product": {"ids": {"website": sku}}}
        for n, sku in enumerate(("SKU-A", "SKU-B"), start=1)
    ]
    sent["order"] |= {"lines": rows, "totalPrice": 1200}
    sent["customer"] = {"mobilePhone": "79990000001"}
    if operation != CREATE:
        for row in rows:
            row["status"] = {"ids": {"externalId": "Paid"}}
    return sent


async def _balance(empty: Project) -> Any:  # noqa: ANN401 - a number of JSON
    answer = await empty.http.post("/__mock__/inspect", json={"what": "customers"})
    (row,) = answer.json()["customers"]
    return row["balances"][0]["total"]


@pytest.mark.parametrize("operation", [CREATE, "Offline.SaveOfflineOrder"])
async def test_goods_outside_of_a_promotion_earn_nothing(empty: Project, operation: str) -> None:
    """A promotion for some goods would be one for all, at the till or afterwards."""
    await _programme(empty)
    await empty.call(operation, _bought(operation))
    if operation == CREATE:
        await empty.call(CHANGE, status("Paid"))
    assert await _balance(empty) == 18


async def test_hundredths_stay_hundredths_when_a_line_is_divided(empty: Project) -> None:
    """One of two units that comes back would take whole points only, and leave the rest."""
    await _programme(empty)
    sent = _bought(CREATE)
    sent["order"]["lines"][0]["basePricePerItem"] = 350
    sent["order"]["totalPrice"] = 1300
    await empty.call(CREATE, sent)
    await empty.call(CHANGE, status("Paid"))
    assert await _balance(empty) == 21
    back = status("Returned")
    back.pop("orderLinesStatus")
    back["order"]["lines"] = [{"lineId": "1", "quantity": 1, "status": "Returned"}]
    await empty.call(CHANGE, back)
    assert await _balance(empty) == 10.5
