"""Whole orders at once, and the smaller entities of ``sale`` (reference 2.1, 2.2, 2.4-2.7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import AnyJson, Json, Shop

SAMPLE = json.loads((Path(__file__).parent / "samples/modify.json").read_text("utf-8"))[0]
ORDER: Json = {
    "items": [{"product_id": 88, "quantity": 4, "price": 640}],
    "properties": {"FIO": "Анна Петрова", "EMAIL": "anna@example.ru", "PHONE": "+79990001122"},
    "payments": [{"pay_system_id": 2}],
    "delivery": {"id": 3, "price": 280},
}


async def _order(shop: Shop, key: int = 51) -> AnyJson:
    return (await shop.result("sale.order.get", {"id": key}))["order"]


async def test_modify_sample(shop: Shop) -> None:
    """The documented input must give the documented order: 3 x 640 + 50 + 280 = 2250."""
    await shop.act("order.place", **ORDER)
    order = (await shop.result("sale.order.modify", SAMPLE["body"]))["order"]
    assert (order["statusId"], order["price"]) == ("P", 2250)
    assert [(row["id"], row["quantity"]) for row in order["basketItems"]] == [
        ("310", 3),
        ("311", 1),
    ]
    assert [row["sum"] for row in order["payments"]] == [2250]
    assert len(order["propertyValues"]) == 3
    assert order["shipments"][0]["shipmentItems"][0]["quantity"] == 3


async def test_modify_removes_what_is_left_out(shop: Shop) -> None:
    """An absent list counts as an empty one: the order is left with nothing (trap 4)."""
    await shop.act("order.place", **ORDER)
    await shop.result("sale.order.modify", {"fields": {"order": {"id": 51}}})
    order = await _order(shop)
    parts = ("basketItems", "payments", "shipments", "propertyValues")
    assert [name for name in parts if name in order] == []
    assert order["price"] == 0


async def test_try_modify_changes_nothing(shop: Shop) -> None:
    """A preview calculates the price; order, log and events stay as they were."""
    await shop.act("order.place", **ORDER)
    before = await _order(shop)
    last = (await shop.result("gateway.info"))["changeLast"]
    preview = (await shop.result("sale.order.tryModify", SAMPLE["body"]))["order"]
    assert preview["price"] == 2250
    assert await _order(shop) == before
    assert (await shop.result("gateway.info"))["changeLast"] == last
    new: Json = {"lid": "s1", "personTypeId": 1, "currency": "RUB"}
    await shop.result("sale.order.tryModify", {"fields": {"order": new}})
    assert (await shop.call("sale.order.list"))["total"] == 1


@pytest.mark.parametrize(
    ("order", "text"),
    [
        pytest.param(
            {"id": 51, "basketItems": [{"id": 310}]},
            "Required fields: [basketItems][0] - quantity.",
            id="row-without-quantity",
        ),
        pytest.param(
            {"id": 51, "payments": [{"sum": 1}]},
            "Required fields: [payments][0] - paySystemId.",
            id="payment-without-system",
        ),
        pytest.param({"id": 9}, "order is not exists", id="unknown-order"),
        pytest.param({"id": 51, "payments": [{"id": 9, "paySystemId": 2}]}, "unknow error", id="x"),
    ],
)
async def test_modify_refuses(shop: Shop, order: Json, text: str) -> None:
    """A row without its required fields is refused by its place in the input."""
    await shop.act("order.place", **ORDER)
    status, answer = await shop.ask("sale.order.modify", {"fields": {"order": order}})
    assert (status, answer["error_description"]) == (400, text)


async def test_import_works_by_external_keys_without_an_event(shop: Shop) -> None:
    """Import finds goods and orders by XML ids, falls back to defaults, fires no save event."""
    for event in ("ONSALEORDERSAVED", "ONORDERENTITYSAVED"):
        bind = {"auth": "at-1", "event": event, "event_type": "offline"}
        await shop.http.post("/rest/event.bind", json=bind)
    order: Json = {
        "xmlId": "sys-1",
        "comments": "Ёлка",
        "userId": 7,
        "statusXmlId": "nowhere",
        "basketItems": [
            {"productXmlId": "0a1b-88", "quantity": 2, "price": 600, "currency": "RUB"}
        ],
        "payments": [{"paySystemXmlId": "bx_pay2", "sum": 1200}],
    }
    first = (await shop.result("sale.order.import", {"fields": {"order": order}}))["order"]
    assert (first["price"], first["userId"], first["statusId"]) == (1200, 2, "N")
    assert first["payments"][0]["paySystemId"] == 2
    assert first["basketItems"][0]["productId"] == 88
    again = {**order, "comments": "Сосна"}
    second = (await shop.result("sale.order.import", {"fields": {"order": again}}))["order"]
    assert (second["id"], second["comments"]) == (first["id"], "Сосна")
    listed = await shop.http.post("/rest/event.offline.list", json={"auth": "at-1"})
    assert [row["EVENT_NAME"] for row in listed.json()["result"]] == ["ONORDERENTITYSAVED"]


async def test_properties_of_a_row(shop: Shop) -> None:
    """Properties of basket rows are their own entity and show inside the row."""
    await shop.act("order.place", **ORDER)
    fields = {"basketId": 310, "name": "Цвет", "value": "красный", "code": "COLOR"}
    made = (await shop.result("sale.basketproperties.add", {"fields": fields}))["basketProperty"]
    edit = {"id": made["id"], "fields": {"value": "синий"}}
    await shop.result("sale.basketproperties.update", edit)
    row = (await shop.result("sale.basketitem.get", {"id": 310}))["basketItem"]
    assert [part["value"] for part in row["properties"]] == ["0a1b-88", "синий"]
    listed = await shop.call("sale.basketproperties.list", {"filter": {"code": "COLOR"}})
    assert listed["total"] == 1
    assert await shop.result("sale.basketproperties.delete", {"id": made["id"]}) is True
    assert await shop.refused("sale.basketproperties.get", {"id": made["id"]}) == (
        400,
        200240400001,
    )


async def test_rows_of_a_shipment(shop: Shop) -> None:
    """A shipment's row is read, changed and deleted by its own methods."""
    await shop.act("order.place", **ORDER)
    body = {"id": 81, "fields": {"quantity": 1}}
    assert (await shop.result("sale.shipmentitem.update", body))["shipmentItem"]["quantity"] == 1
    assert await shop.refused("sale.shipmentitem.update", {"id": 81, "fields": {"xmlId": "x"}}) == (
        400,
        0,
    )
    assert await shop.result("sale.shipmentitem.delete", {"id": 81}) is True
    assert await shop.refused("sale.shipmentitem.get", {"id": 81}) == (400, 201240400002)


async def test_payment_is_bound_to_a_row(shop: Shop) -> None:
    """Bindings between payments and rows are kept and found by their payment (2.7)."""
    await shop.act("order.place", **ORDER)
    fields = {"paymentId": 61, "basketId": 310, "quantity": 2}
    made = await shop.result("sale.paymentitembasket.add", {"fields": fields})
    key = made["paymentItemBasket"]["id"]
    listed = await shop.result("sale.paymentitembasket.list", {"filter": {"paymentId": 61}})
    assert [row["quantity"] for row in listed["paymentItemsBasket"]] == [2]
    assert await shop.result("sale.paymentitembasket.delete", {"id": key}) is True


async def test_own_status_and_its_name(shop: Shop) -> None:
    """A status has one or two latin letters; the fixed ones cannot be deleted (2.6)."""
    fields = {"id": "AB", "type": "O", "sort": 35}
    await shop.result("sale.status.add", {"fields": fields})
    lang = {"statusId": "AB", "lid": "ru", "name": "Собран"}
    await shop.result("sale.statuslang.add", {"fields": lang})
    order = await shop.order(statusId="AB")
    assert (await _order(shop, order))["statusId"] == "AB"
    wrong = {"fields": {**fields, "id": "Ё"}}
    assert await shop.refused("sale.status.add", wrong) == (400, 201350000001)
    assert await shop.refused("sale.status.delete", {"id": "DF"}) == (400, 201350000003)
    assert await shop.result("sale.status.delete", {"id": "AB"}) is True


@pytest.mark.parametrize(
    ("method", "key", "count"),
    [
        ("sale.propertygroup.list", "propertyGroups", 2),
        ("sale.propertyvariant.list", "propertyVariants", 0),
        ("sale.propertyrelation.list", "propertyRelations", 0),
        ("sale.tradeplatform.list", "tradePlatforms", 0),
        ("sale.tradebinding.list", "tradeBindings", 0),
        ("sale.businessvaluepersondomain.list", "businessValuePersonDomains", 2),
    ],
)
async def test_smaller_dictionaries(shop: Shop, method: str, key: str, count: int) -> None:
    """Each is listed under its own plural (2.5, 2.7)."""
    answer = await shop.call(method)
    assert (len(answer["result"][key]), answer["total"]) == (count, count)
