"""The golden samples of the vendor reference, chapter 10, played in the order of their dates.

The samples are data of the reference (``samples/*.json``); an answer matches when it holds every
documented key with the documented value. Numbers that depend on the shop's history are left out by
name, each with its reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop

FOLDER = Path(__file__).parent / "samples"

# The samples count saves and ids of a shop whose earlier history they do not tell, shorten lists,
# and were taken at moments that a replay does not share.
HISTORY = {"version", "weight", "productPriceId", "result_time", "cursor", "changeLast"}


def _samples(name: str) -> dict[str, Json]:
    rows = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return {row["call"]: row for row in rows}


REST = _samples("rest")
GATEWAY = _samples("gateway")


def _differences(want: object, have: object, path: str = "") -> list[str]:
    """Name every place where an answer lacks what the sample documents."""
    if isinstance(want, dict) and isinstance(have, dict):
        known = {key: value for key, value in want.items() if key not in HISTORY}
        absent = [f"{path}.{key} is absent" for key in known if key not in have]
        pairs = [(f"{path}.{k}", v, have[k]) for k, v in known.items() if k in have]
        return absent + [text for at, v, found in pairs for text in _differences(v, found, at)]
    if isinstance(want, list) and isinstance(have, list):
        rows = [row for row in want if not (isinstance(row, str) and row.startswith("…"))]
        if len(have) < len(rows):
            return [f"{path}: {have!r} is shorter than the sample"]
        pairs = [(f"{path}[{n}]", row, have[n]) for n, row in enumerate(rows)]
        return [text for at, row, found in pairs for text in _differences(row, found, at)]
    return [] if _same(want, have, path) else [f"{path}: {have!r} instead of {want!r}"]


def _same(want: object, have: object, path: str) -> bool:
    """Compare scalars; numbers that the site draws are compared by their form."""
    if path.endswith(".xmlId") and isinstance(want, str) and want.startswith("bx_"):
        return isinstance(have, str) and have.startswith("bx_")
    if path.endswith(".id") and "propertyValues" in path:
        return isinstance(have, int)
    return want == have and isinstance(have, bool) == isinstance(want, bool)


async def _play(shop: Shop, sample: Json, at: str | None = None) -> None:
    if at is not None:
        await shop.act("clock.freeze", at=f"2025-03-03T{at}+03:00")
    status, answer = await shop.ask(sample["call"], sample["body"])
    assert status == sample["status"], answer
    assert _differences(sample["answer"], answer, sample["call"]) == []


async def _build_order(shop: Shop) -> None:
    """Replay how order 51 came about, each step at its documented time."""
    await _play(shop, REST["sale.order.add"], "14:06:40")
    await _play(shop, REST["sale.basketitem.add"], "14:07:00")
    await shop.result(
        "sale.payment.add",
        {"fields": {"orderId": 51, "paySystemId": 2, "sum": 2560, "xmlId": "x"}},
    )
    await shop.result("sale.payment.delete", {"id": 61})


async def test_order_comes_about_as_in_the_samples(shop: Shop) -> None:
    """The order of chapter 10 must be rebuilt call by call, answer by answer."""
    await _play(shop, REST["profile"])
    await _play(shop, REST["sale.order.add"], "14:06:40")
    await _play(shop, REST["sale.basketitem.add"], "14:07:00")
    await _play(shop, REST["sale.basketitem.list"])
    await _play(shop, REST["sale.payment.add"], "14:08:00")
    await _play(shop, REST["sale.shipment.add"], "14:09:00")
    item = {"orderDeliveryId": 71, "basketId": 310, "quantity": 4}
    added = await shop.result("sale.shipmentitem.add", {"fields": item})
    assert added["shipmentItem"]["id"] == 81
    await _play(shop, REST["sale.propertyvalue.modify"], "14:10:02")
    await _play(shop, REST["sale.order.get"])
    await _play(shop, REST["batch"])
    await _play(shop, REST["sale.order.update"], "14:20:00")
    await _play(shop, REST["sale.payment.update"], "15:00:00")
    order = (await shop.result("sale.order.get", {"id": 51}))["order"]
    assert order["payed"] == "Y"
    await _play(shop, REST["sale.shipment.update"], "16:00:00")


async def test_paging_sample(shop: Shop) -> None:
    """52 orders must page as documented: 50 with ``next``, then 2, then none."""
    await shop.act("clock.freeze", at="2025-03-03T14:10:02+03:00")
    orders = [
        {"items": [{"product_id": 88, "quantity": 4, "price": 640}], "delivery": {"price": 280}}
    ] * 51
    first = {**orders[0], "xml_id": "gw-1001", "customer_id": 7}
    users = [{"id": 7, "name": "Анна", "last_name": "Петрова", "phone": "+79990001122"}]
    await shop.door("seed", {"users": users, "orders": [first, *orders]})
    sample = REST["sale.order.list"]
    await _play(shop, sample)
    for start, rows in ((50, 2), (100, 0)):
        answer = await shop.call("sale.order.list", {**sample["body"], "start": start})
        assert len(answer["result"]["orders"]) == rows
        assert (answer["total"], "next" in answer) == (52, False)
    endless = await shop.call("sale.order.list", {**sample["body"], "start": -1})
    assert "total" not in endless
    assert "next" not in endless


async def test_dictionary_samples(shop: Shop) -> None:
    """Field tables, statuses and catalogue must look as documented."""
    await shop.act("clock.freeze", at="2025-03-01T10:00:00+03:00")
    await shop.act("product.edit", id=88, fields={"quantity": 12})
    for name in ("sale.order.getFields", "sale.status.list", "catalog.product.list"):
        await _play(shop, REST[name])


REFUSALS = [
    pytest.param(name, body, "required missing", id=f"{name}-required")
    for name, body in (
        ("sale.order.add", {"fields": {"lid": "s1"}}),
        ("sale.basketitem.add", {"fields": {"orderId": 51}}),
        ("sale.payment.add", {"fields": {"orderId": 51}}),
        ("sale.shipment.add", {"fields": {"orderId": 51}}),
    )
] + [
    pytest.param("sale.order.add", {}, "no fields", id="order-no-fields"),
    pytest.param("sale.order.get", {"id": 999}, "unknown id", id="get-unknown"),
    pytest.param("sale.order.get", {}, "no id", id="get-no-id"),
    pytest.param("sale.order.update", {"id": 9, "fields": {}}, "unknown id", id="update-unknown"),
    pytest.param(
        "sale.basketitem.add",
        {"fields": {"orderId": 51, "productId": 88, "currency": "USD", "quantity": 1}},
        "foreign currency",
        id="item-currency",
    ),
    pytest.param(
        "sale.basketitem.add",
        {"fields": {"orderId": 9, "productId": 88, "currency": "RUB", "quantity": 1}},
        "no such order",
        id="item-no-order",
    ),
    pytest.param(
        "sale.basketitem.add",
        {"fields": {"orderId": 51, "productId": 777, "currency": "RUB", "quantity": 1}},
        "inactive or unknown product of module catalog",
        id="item-unknown-product",
    ),
    pytest.param("sale.propertyvalue.modify", {}, "no fields", id="values-no-fields"),
    pytest.param(
        "sale.propertyvalue.modify", {"fields": {"order": {}}}, "no order id", id="values-no-order"
    ),
    pytest.param(
        "sale.payment.update", {"id": 999, "fields": {}}, "unknown id", id="payment-unknown"
    ),
    pytest.param(
        "sale.shipment.update", {"id": 999, "fields": {}}, "unknown id", id="shipment-unknown"
    ),
    pytest.param(
        "catalog.product.list",
        {"select": ["name"]},
        "select without id and iblockId, or filter without iblockId",
        id="product-list",
    ),
]


@pytest.mark.parametrize(("name", "body", "when"), REFUSALS)
async def test_documented_refusals(shop: Shop, name: str, body: Json, when: str) -> None:
    """A refusal must carry the documented status, code and text, with the code's own type."""
    await _build_order(shop)
    wanted = next(row for row in REST[name]["errors"] if row["when"] == when)
    status, answer = await shop.ask(name, body)
    assert (status, answer) == (wanted["status"], wanted["answer"])


async def test_extension_samples(shop: Shop) -> None:
    """The extension's samples must be answered to the letter, one after the other."""
    await shop.act("clock.freeze", at="2025-03-03T14:00:00+03:00")
    consent = GATEWAY["gateway.user.get"]["answer"]["result"]["user"]["consents"]
    buyer = {
        "id": 7, "login": "petrova", "xml_id": "c-7", "last_name": "Петрова", "name": "Анна",
        "gender": "F", "birthday": "1990-05-17", "email": "anna@example.ru", "email_confirmed": "Y",
        "phone": "8 (999) 000-11-22", "phone_confirmed": "Y", "consents": consent,
        "groups": [2, 5], "fields": {"UF_MINDBOX_ID": "5001"}, "version": 4,
        "date_register": "2024-11-02T10:00:00+03:00",
    }  # fmt: skip
    card = {"number": "2000000000017", "type": "discount", "discount_percent": "3.00"}
    orders = [{"customer_id": 7, "items": [{"product_id": 88}]}]
    seed = {"users": [buyer], "cards": [{**card, "user_id": 7}], "orders": orders}
    await shop.door("seed", {**seed, "accounts": [{"user_id": 7, "balance": "150.00"}]})
    await _play(shop, GATEWAY["gateway.info"], "14:06:40")
    for name in (
        "gateway.user.get", "gateway.user.list", "gateway.user.add", "gateway.user.update",
        "gateway.coupon.add", "gateway.coupon.check",
    ):  # fmt: skip
        await _play(shop, GATEWAY[name])
    await _play(shop, GATEWAY["gateway.account.change"], "14:15:00")
    repeated = await shop.result(
        "gateway.account.change", GATEWAY["gateway.account.change"]["body"]
    )
    assert repeated == {"transactionId": 801, "balance": "100.00", "replayed": "Y"}
    for name in ("gateway.account.get", "gateway.operation.get", "gateway.card.put"):
        await _play(shop, GATEWAY[name])
    twin = {"id": 19, "name": "Анна", "phone": "+79990001122"}
    twin_orders = [{"customer_id": 19, "items": [{"product_id": 88}]}] * 2
    await shop.door(
        "seed",
        {
            "users": [twin],
            "cards": [{"number": "2000000000024", "user_id": 19}],
            "accounts": [{"user_id": 19, "balance": "35.00"}],
            "orders": twin_orders,
        },
    )
    await _play(shop, GATEWAY["gateway.user.find"])
    await _play(shop, GATEWAY["gateway.user.merge"])


async def test_cart_and_subscription_samples(shop: Shop) -> None:
    """Carts and subscriptions must be listed as documented."""
    await shop.door("seed", {"users": [{"id": 7, "email": "anna@example.ru"}]})
    await shop.act("clock.freeze", at="2025-03-03T13:40:00+03:00")
    items = [{"product_id": 88, "quantity": 2, "price": 640}]
    for _ in range(10):
        await shop.act("basket.save", user_id=7, items=items)
    await shop.act("basket.save", user_id=7, items=items)
    await _play(shop, GATEWAY["gateway.basket.list"])
    await shop.act("clock.freeze", at="2025-02-20T10:00:00+03:00")
    await shop.act("subscription.add", user_id=7, contact="anna@example.ru", product_id=88)
    await _play(shop, GATEWAY["gateway.subscription.list"])
