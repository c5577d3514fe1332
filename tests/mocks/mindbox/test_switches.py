"""Switches of the project that no other test turns (section 32)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mocks.mindbox.settings import BalanceType
from tests.mocks.mindbox.project import OLGA, open_project
from tests.mocks.mindbox.small_orders import CHANGE, CREATE, order, status

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Project


@pytest.mark.parametrize(
    ("degraded", "word", "total", "customer"),
    [
        pytest.param("off", "Calculated", 400, "Found", id="healthy"),
        pytest.param("points", "Calculated", 500, "Found", id="no points"),
        pytest.param(
            "personal",
            "PersonalDiscountsCalculationIsUnavailable",
            500,
            "Unavailable",
            id="public discounts only",
        ),
        pytest.param(
            "all", "DiscountsCalculationIsUnavailable", 600, "Unavailable", id="no discounts"
        ),
    ],
)
async def test_a_degraded_project_computes_less(
    demo: Project, degraded: str, word: str, total: int, customer: str
) -> None:
    """HTTP stays 200; points, personal and all discounts go one after the other (12.2)."""
    public = {"external_id": "P", "name": "Всем", "benefit": "amount", "value": 100}
    await demo.door("seed", {"promotions": [public]})
    await demo.switch(degraded=degraded)
    sent = order(bonusPoints=[{"amount": 100}])
    found = await demo.call("Website.CalculateAuthorizedCart", sent)
    assert found["order"]["processingStatus"] == word
    assert found["order"]["totalPrice"] == total
    assert found["customer"]["processingStatus"] == customer
    info = found["order"]["bonusPointsInfo"][0]["status"]
    assert info == ("Success" if degraded == "off" else "Unavailable")


@pytest.mark.parametrize(
    ("switch", "word"),
    [pytest.param("keepUsed", "Used", id="kept"), pytest.param("release", "Active", id="freed")],
)
async def test_a_return_frees_the_code_if_the_project_says_so(
    demo: Project, switch: str, word: str
) -> None:
    """After payment and a full return (13)."""
    await demo.switch(couponOnReturn=switch)
    line = order()["order"]["lines"][0] | {"product": {"ids": {"website": "SKU-9001"}}}
    sent = order(lines=[line], totalPrice=540, coupons=[{"ids": {"code": "SPRING-0007"}}])
    await demo.call(CREATE, sent)
    await demo.call(CHANGE, status("Paid"))
    await demo.call(CHANGE, status("Returned"))
    codes = {row["ids"]["value"]: row["status"] for row in await demo.inspect("promoCodes")}
    assert codes["SPRING-0007"] == word


async def test_balances_come_in_any_order() -> None:
    """Two accounts; only the name tells which is which (2.4, 11.1)."""
    kinds = (BalanceType("Main", "Основной"), BalanceType("Gift", "Подарочный"))
    async with open_project(balance_types=kinds) as project:
        await project.switch(
            operations={"Website.Gift": {"step": "balance.change", "options": {"balance": "Gift"}}}
        )
        sent = {"customer": OLGA, "balanceChanges": [{"changeAmount": 5}]}
        await project.call("Website.Gift", sent)
        orders = set()
        for _ in range(20):
            rows = (await project.call("Website.GetCustomerBalance", {"customer": OLGA}))[
                "balances"
            ]
            orders.add(tuple(row["systemName"] for row in rows))
            assert {row["systemName"]: row["available"] for row in rows} == {"Main": 900, "Gift": 5}
        assert orders == {("Main", "Gift"), ("Gift", "Main")}


async def test_personal_offers_are_read_as_set(demo: Project) -> None:
    """What the project set for a customer (18)."""
    offer = {
        "product": {"ids": {"website": "SKU-9001"}},
        "benefit": {"amount": {"value": 10, "type": "Percent"}},
    }
    await demo.door("seed", {"offers": [{"customer": OLGA, **offer}]})
    found = await demo.call("Website.GetPersonalOffers", {"customer": OLGA})
    assert found["personalOffers"] == [offer]


async def test_the_switches_are_shown(demo: Project) -> None:
    """Every switch of section 32 stands under its name."""
    shown = (await demo.http.get("/__mock__/settings")).json()
    names = [
        "register_duplicate",
        "wrong_auth_code",
        "order_saved_status",
        "price_changed_place",
        "split_error",
        "legacy_transaction",
        "unknown_field",
        "unknown_operation",
        "sync_key_on_non_order",
        "transaction_key_ttl",
        "key_after_failure",
        "balance_vocabulary",
        "order_id_suffix",
        "spend_over_balance",
        "coupon_on_return",
        "phone_in_answer",
        "cancel_unknown_line",
        "bulk_answer",
        "degraded",
    ]
    assert [name for name in names if name not in shown] == []
