"""What an operator does in the CRM's pages, seeding, and the served double with faults."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mocks.retailcrm.app import RetailCrmSettings, build_app, describe
from mocks.serving import serve
from tests.mocks.retailcrm.conftest import Crm

MUG = {"offer": {"externalId": "sku-1"}, "quantity": 2}


async def test_an_operators_order_finds_its_customer_and_is_told_as_the_users(crm: Crm) -> None:
    """A gateway must see such an order as foreign, with the customer that the system found."""
    made = await crm.act("customer.create", site=None, customer={"firstName": "Мария"})
    assert "site" not in (await crm.history("customers"))[0]["customer"]
    order = await crm.act("order.create", order={"phone": "8 916 123-45-67", "items": [MUG]})
    assert order["customerId"] == made["id"] + 1
    rows = await crm.history("orders")
    assert [(row["field"], row["source"]) for row in rows] == [
        ("status", "user"),
        ("customer", "code"),
    ]
    stored = (await crm.get(f"orders/{order['id']}", {"by": "id"})).json()["order"]
    assert (stored["fromApi"], stored["orderMethod"]) == (False, "phone")
    assert "externalId" not in stored


async def test_an_operator_edits_lines_prices_and_fields(crm: Crm) -> None:
    """Every edit of the page leaves its record with the operator's id."""
    order = await crm.act("order.create", order={"items": [MUG, MUG]})
    first, second = order["itemIds"]
    await crm.act(
        "order.edit",
        number=order["number"],
        order={"managerComment": "Перезвонить", "customFields": {"promo_code": "МАЙ"}},
        items={
            "change": [{"id": first, "quantity": 5, "initialPrice": 800}],
            "remove": [second],
            "add": [{"productName": "Пакет", "initialPrice": 10, "quantity": 1}],
        },
    )
    rows = (await crm.history("orders"))[1:]
    assert {row["user"]["id"] for row in rows} == {7}
    assert [(row["field"], row["newValue"]) for row in rows] == [
        ("order_product", None),
        ("order_product.initial_price", 800),
        ("order_product.quantity", 5),
        ("order_product.summ", 4000),
        ("order_product", {"id": second + 1}),
        ("manager_comment", "Перезвонить"),
        ("custom_promo_code", "МАЙ"),
    ]
    stored = (await crm.get(f"orders/{order['id']}", {"by": "id"})).json()["order"]
    assert stored["totalSumm"] == 4010


async def test_an_operator_sets_status_and_marks_paid(crm: Crm) -> None:
    """Payment by an operator is dated at midnight and closes the order."""
    await crm.post("orders/create", order={"externalId": "o-1", "items": [MUG]})
    await crm.act("order.status", externalId="o-1", status="complete", statusComment="Выдан")
    added = await crm.act("order.payment", externalId="o-1", payment={"type": "cash"})
    crm.clock.move(60)
    paid = {"payment": {"status": "paid"}, "paymentId": added["paymentId"]}
    await crm.act("order.payment", externalId="o-1", **paid)
    stored = (await crm.get("orders/o-1")).json()["order"]
    assert stored["payments"][str(added["paymentId"])]["paidAt"] == "2026-03-09 00:00:00"
    assert stored["fullPaidAt"] == "2026-03-09 10:01:00"
    assert (stored["status"], stored["statusComment"]) == ("complete", "Выдан")
    await crm.act("order.payment", externalId="o-1", paymentId=added["paymentId"], delete=True)
    assert (await crm.get("orders/o-1")).json()["order"]["payments"] == {}


async def test_an_operator_finds_a_customer_by_email(crm: Crm) -> None:
    """People search by what they see; only programs know ids."""
    made = {"externalId": "c-1", "email": "olga@example.com"}
    await crm.post("customers/create", customer=made)
    edited = await crm.act("customer.edit", email="Olga@example.com", customer={"sex": "female"})
    assert edited["externalId"] == "c-1"
    assert (await crm.get("customers/c-1")).json()["customer"]["sex"] == "female"


async def test_an_operator_corrects_and_deletes(crm: Crm) -> None:
    """Deletion surfaces only in history; a removed phone is a record the other way round."""
    phones = [{"number": "+79161234567"}]
    await crm.post("customers/create", customer={"externalId": "c-1", "phones": phones})
    await crm.post("orders/create", order={"externalId": "o-1", "items": [MUG]})
    await crm.act("customer.edit", externalId="c-1", removePhones=["+79161234567"], user=7)
    await crm.act("customer.delete", externalId="c-1")
    await crm.act("order.delete", externalId="o-1")
    removed, deleted = (await crm.history("customers"))[-2:]
    assert (removed["field"], removed["oldValue"]) == ("phones", "+79161234567")
    assert (deleted["deleted"], deleted["source"]) == (True, "user")
    assert deleted["customer"]["phones"] == []
    assert (await crm.history("orders"))[-1]["deleted"] is True
    assert (await crm.get("customers/c-1")).status_code == 404


@pytest.mark.parametrize(
    ("action", "body", "told"),
    [
        ("order.explode", {}, "action must be one of"),
        ("order.status", {"id": 1, "status": "new"}, "nothing has this id"),
        ("customer.edit", {"email": "nobody@example.com"}, "nothing has this id"),
        ("order.create", {"order": {"status": "sold"}}, "Status with code sold not found"),
        ("customer.create", {"customer": {"sex": "x"}}, "sex"),
        ("customer.create", {"customer": {}, "user": 99}, "not an operator"),
        ("customer.create", {"customer": {}, "site": "moon"}, "site moon does not exist"),
    ],
)
async def test_the_page_refuses_what_the_vendor_would(
    crm: Crm, action: str, body: dict[str, Any], told: str
) -> None:
    """A script error in a demo must be told, not stored as a strange order."""
    answer = await crm.client.post("/__mock__/act", json={"action": action, **body})
    assert answer.status_code == 400
    assert told in answer.json()["error"]


async def test_seeding_leaves_no_history(crm: Crm) -> None:
    """Initial state must not look like fresh changes to a reader of the feed."""
    body = {
        "offers": [{"id": 500, "externalId": "sku-5", "name": "Чайник", "price": 2500}],
        "customers": [{"externalId": "c-1", "firstName": "Ася"}],
        "orders": [
            {
                "externalId": "o-1",
                "customer": {"externalId": "c-1"},
                "items": [{"offer": {"id": 500}}],
            }
        ],
    }
    answer = await crm.client.post("/__mock__/seed", json=body)
    assert answer.json() == {"offers": 1, "customerIds": [9001], "orderIds": [4501]}
    assert await crm.history("customers") == await crm.history("orders") == []
    assert (await crm.get("orders/o-1")).json()["order"]["totalSumm"] == 2500
    await crm.post("customers/c-1/edit", customer={"lastName": "Щукина"})
    assert [row["id"] for row in await crm.history("customers")] == [31001]


async def test_a_cut_after_commit_leaves_the_order_behind() -> None:
    """The unknown outcome: the client sees a broken answer, the retry meets the duplicate."""
    settings = RetailCrmSettings(rate_limit_answer="off")
    form = {"order": '{"externalId":"o-1","items":[]}'}
    headers = {"X-API-KEY": settings.keys[0].value}
    rule = {"kind": "cut_after", "path": "/orders/create$", "times": 1}
    async with (
        serve(build_app(settings)) as url,
        httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as client,
    ):
        await client.post("/__mock__/faults", json={"seed": 1, "rules": [rule]})
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/api/v5/orders/create", data=form)
        again = await client.post("/api/v5/orders/create", data=form)
        assert (again.status_code, again.json()["errorMsg"]) == (400, "Order already exists.")
        assert (await client.get("/api/v5/orders/o-1")).status_code == 200
        fired = (await client.get("/__mock__/faults")).json()["fired"]
        assert fired == {"cut_after": 1}


def test_the_description_holds_what_a_caller_needs() -> None:
    """``python -m mocks`` prints this; without keys nobody could call the double."""
    told = describe(RetailCrmSettings(), "http://127.0.0.1:1")
    assert set(told["keys"]) == {"gateway", "auditor", "third-party"}
    assert (told["url"], told["site"]) == ("http://127.0.0.1:1", "shop-ru")
    assert told["api_key"] == told["keys"]["gateway"]


def test_another_seed_gives_other_ids() -> None:
    """Two doubles with different seeds must not be mistaken for each other by their ids."""
    account = build_app(RetailCrmSettings(seed=3)).state.account
    assert account.next_id("customer") == 209001
    assert account.next_id("customer") == 209002
