"""The side door: what people do at the site, seeds, switches, journal and faults."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.mocks.bitrix.shop import WEBHOOK, open_shop

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop

ANNA = {
    "name": "Анна",
    "last_name": "Петрова",
    "second_name": "Ивановна",
    "email": " Anna@Example.RU ",
    "phone": "8 (999) 000-11-22",
    "birthday": "1990-05-17",
}


async def _order(shop: Shop, order_id: int) -> Json:
    found: Json = (await shop.result("sale.order.get", {"id": order_id}))["order"]
    return found


async def _place(shop: Shop, **details: Any) -> Json:
    user = (await shop.act("customer.register", **ANNA))["id"]
    base = {"customer_id": user, "items": [{"product_id": 88, "quantity": 2}]}
    return await shop.act("order.place", **{**base, **details})


async def test_visitor_registers_and_edits_his_profile(shop: Shop) -> None:
    """The extension must show phone and e-mail normalised, whatever was typed."""
    made = await shop.act("customer.register", **ANNA)
    user = (await shop.result("gateway.user.get", {"phone": "+79990001122"}))["user"]
    assert (user["id"], user["email"], user["secondName"]) == (
        made["id"],
        "anna@example.ru",
        "Ивановна",
    )
    edit = await shop.act("customer.edit", id=made["id"], fields={"last_name": "Ёлкина"})
    assert edit == {"id": made["id"], "version": 2, "changed": True}
    same = await shop.act("customer.edit", id=made["id"], fields={"last_name": "Ёлкина"})
    assert (same["version"], same["changed"]) == (2, False)
    signed_in = await shop.act("customer.edit", email="ANNA@example.ru", fields={"name": "Аня"})
    assert signed_in == {"id": made["id"], "version": 3, "changed": True}


async def test_checkout_is_one_save_with_everything(shop: Shop) -> None:
    """An order placed at the site must arrive whole: rows, contacts, card, payment, delivery."""
    await shop.act("coupon.create", code="SPRING", discount_id=15, type="order")
    placed = await _place(
        shop,
        coupon="SPRING",
        card="2000000000017",
        bonus="100",
        properties={"ADDRESS": "Москва, ул. Ёлочная, 5"},
        delivery={"id": 3, "price": 280},
        payments=[{"pay_system_id": 9, "sum": 100, "paid": "Y"}, {"pay_system_id": 2}],
        xml_id="site-1",
    )
    order = await _order(shop, placed["id"])
    assert (placed["coupon_state"], order["version"], order["xmlId"]) == ("valid", 1, "site-1")
    row = order["basketItems"][0]
    assert (row["price"], row["basePrice"], row["discountPrice"]) == (630, 700, 70)
    assert (row["discountCoupon"], row["discountName"]) == ("SPRING", "Весенняя скидка")
    assert (row["customPrice"], row["productXmlId"]) == ("N", "0a1b-88")
    assert order["price"] == 630 * 2 + 280
    values = {value["code"]: value["value"] for value in order["propertyValues"]}
    assert values == {
        "FIO": "Петрова Анна Ивановна",
        "EMAIL": "anna@example.ru",
        "PHONE": "+79990001122",
        "ADDRESS": "Москва, ул. Ёлочная, 5",
        "LOYALTY_CARD": "2000000000017",
        "PROMO_CODE": "SPRING",
        "BONUS": "100",
    }
    assert [(p["paySystemId"], p["sum"], p["paid"]) for p in order["payments"]] == [
        (9, 100, "Y"),
        (2, 1440, "N"),
    ]
    assert order["shipments"][0]["shipmentItems"][0]["quantity"] == 2


async def test_refused_checkout_leaves_nothing(shop: Shop) -> None:
    """A checkout that fails half way must not leave half an order."""
    body = {"action": "order.place", "items": [{"product_id": 88}, {"product_id": 777}]}
    answer = await shop.http.post("/__mock__/act", json=body)
    assert answer.status_code == 400
    assert (await shop.call("sale.order.list"))["total"] == 0
    assert (await shop.result("sale.basketitem.list"))["basketItems"] == []


async def test_coupon_that_does_not_apply_lowers_nothing(shop: Shop) -> None:
    """An outside code stays in the order property and changes no price."""
    placed = await _place(shop, coupon="OUTSIDE")
    assert (placed["coupon_state"], placed["price"]) == ("unknown", 1400)


async def test_discounts_may_be_sent_as_the_site_shows_them(shop: Shop) -> None:
    """A price after discounts must keep the difference in ``discountPrice``."""
    item = {"product_id": 88, "quantity": 1, "price": 650.5, "discount_name": "Карта 7 %"}
    placed = await _place(shop, items=[item])
    row = (await _order(shop, placed["id"]))["basketItems"][0]
    assert (row["price"], row["discountPrice"]) == (650.5, 49.5)
    assert row["discountName"] == "Карта 7 %"


async def test_life_of_an_order_at_the_site(shop: Shop) -> None:
    """Basket edit, payment, status, shipping, refund and cancellation must show by REST."""
    placed = await _place(shop)
    order, row = placed["id"], placed["basket_ids"][0]
    changes = [{"id": row, "quantity": 3}, {"product_id": 89, "quantity": 1}]
    edited = await shop.act("order.edit_basket", order_id=order, items=changes)
    assert (edited["version"], edited["price"]) == (2, 2550)
    gone = edited["basket_ids"][1]
    await shop.act("order.edit_basket", order_id=order, items=[{"id": gone, "quantity": 0}])
    await shop.act("order.pay", order_id=order)
    await shop.act("order.status", order_id=order, status="P")
    full = await _order(shop, order)
    assert (full["payed"], full["statusId"], full["price"]) == ("Y", "P", 2100)
    assert full["payments"][0]["sum"] == 2100
    body = {"action": "order.cancel", "order_id": order}
    refusal = await shop.http.post("/__mock__/act", json=body)
    assert "SALE_ORDER_CANCEL_PAYMENT_EXIST_ACTIVE" in refusal.json()["error"]
    await shop.act("order.refund", order_id=order, comment="Не подошло")
    await shop.act("order.cancel", order_id=order, reason="Передумал")
    full = await _order(shop, order)
    assert (full["canceled"], full["reasonCanceled"], full["payed"]) == ("Y", "Передумал", "N")
    assert full["payments"][0]["isReturn"] == "Y"


async def test_shipping_and_properties_at_the_site(shop: Shop) -> None:
    """The warehouse's work must show in the order's flags."""
    placed = await _place(shop)
    await shop.act("order.ship", order_id=placed["id"], tracking="TR-9")
    await shop.act(
        "order.properties", order_id=placed["id"], properties={"PHONE": "8 999 111-22-33"}
    )
    full = await _order(shop, placed["id"])
    assert (full["deducted"], full["shipments"][0]["trackingNumber"]) == ("Y", "TR-9")
    values = {value["code"]: value["value"] for value in full["propertyValues"]}
    assert values["PHONE"] == "8 999 111-22-33"


async def test_many_actions_in_one_request(shop: Shop) -> None:
    """Actions in a list are done in order, each a hit of its own."""
    actions = [
        {"action": "customer.register", **ANNA},
        {"action": "order.place", "customer_id": 20, "items": [{"product_id": 88}]},
        {"action": "order.pay", "order_id": 51},
    ]
    results = (await shop.door("act", {"actions": actions}))["results"]
    assert [row["id"] for row in results] == [20, 51, 51]
    assert (await _order(shop, 51))["payed"] == "Y"


@pytest.mark.parametrize(
    ("door", "body", "word"),
    [
        ("act", {"action": "fly"}, "unknown action"),
        ("act", {"action": "order.pay", "order_id": 9}, "order_id"),
        ("act", {"action": "customer.register", "age": 5}, "age"),
        ("seed", {"planets": []}, "planets"),
        ("settings", {"colour": 1}, "colour"),
        ("settings", {"target": {"colour": 1}}, "target.colour"),
        ("settings", {"event_faults": {"drop_probability": 3}}, "drop_probability"),
        ("faults", {"rules": [{"kind": "explode"}]}, "kind"),
    ],
)
async def test_senseless_requests_are_named(shop: Shop, door: str, body: Json, word: str) -> None:
    """A typo at the side door must be told, or a test would prove nothing."""
    answer = await shop.http.post(f"/__mock__/{door}", json=body)
    assert answer.status_code == 400
    assert word in answer.json()["error"]


async def test_journal_tells_every_call_without_secrets(shop: Shop) -> None:
    """The journal is the referee's ledger: what was asked, what it changed, nothing private."""
    order = await shop.order(xmlId="gw-1")
    same = {"id": order, "fields": {"xmlId": "gw-1"}}
    await shop.result("sale.order.update", same)
    await shop.refused("sale.order.get", {"id": 9})
    user = {"idempotencyKey": "k1", "fields": {"phone": "+79990001122", "name": "Анна"}}
    await shop.result("gateway.user.add", user)
    await shop.result("gateway.user.add", user)
    await shop.result("batch", {"cmd": {"a": f"sale.order.get?id={order}"}})
    journal = await shop.peek("journal")
    assert [
        (row["op"], row["key"], row["status"], row["effect"]) for row in journal["entries"]
    ] == [
        ("sale.order.add", "gw-1", 200, "created"),
        ("sale.order.update", "gw-1", 200, "unchanged"),
        ("sale.order.get", "", 400, "refused"),
        ("gateway.user.add", "20", 200, "created"),
        ("gateway.user.add", "20", 200, "unchanged"),
        ("sale.order.get", "gw-1", 200, "none"),
        ("batch", "", 200, "none"),
    ]
    assert "wh0a1b2c" not in json.dumps(journal)
    assert "Анна" not in json.dumps(journal, ensure_ascii=False)
    later = await shop.peek(f"journal?since={journal['next']}")
    assert later == {"entries": [], "next": journal["next"]}


async def test_cut_after_commits(shop: Shop) -> None:
    """The effect of a cut call stays: the caller's probe by ``xmlId`` must find the order."""
    rule = {"kind": "cut_after", "path": "sale.order.add$", "times": 1}
    await shop.door("faults", {"seed": 1, "rules": [rule]})
    with pytest.raises(httpx.RemoteProtocolError):
        await shop.order(xmlId="gw-1")
    found = await shop.result("sale.order.list", {"filter": {"xmlId": "gw-1"}})
    assert len(found["orders"]) == 1
    assert (await shop.peek("faults"))["fired"] == {"cut_after": 1}


async def test_status_fault_leaves_no_trace(shop: Shop) -> None:
    """A faulted call that never reached the shop must not stand in its journal."""
    body = {"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal server error"}
    rule = {"kind": "status", "status": 500, "body": json.dumps(body), "times": 1}
    await shop.door("faults", {"rules": [rule]})
    assert await shop.refused("profile") == (500, "INTERNAL_SERVER_ERROR")
    assert (await shop.peek("journal"))["entries"] == []


async def test_seed_is_silent_and_dated(shop: Shop) -> None:
    """A seeded past must carry its own dates and be found by them."""
    orders = [
        {
            "customer_id": 7,
            "items": [{"product_id": 500, "quantity": 1}],
            "date_update": f"2025-03-0{day}T10:00:00+03:00",
            "date_insert": "2025-02-01T10:00:00+03:00",
        }
        for day in (3, 1, 2)
    ]
    product = {"id": 500, "name": "Чай", "base_price": 100, "xml_id": "g-500", "quantity": 5}
    seeded = await shop.door(
        "seed",
        {
            "products": [product],
            "statuses": [{"id": "S", "name": "Собран"}],
            "discounts": [{"id": 77, "percent": 3}],
            "users": [{"id": 7, "phone": "+79990001122"}],
            "coupons": [{"code": "OLD", "discount_id": 77}],
            "orders": orders,
        },
    )
    assert seeded["orders"] == [51, 52, 53]
    order = {"dateUpdate": "ASC", "id": "ASC"}
    wanted = {">=dateUpdate": "2025-03-02T00:00:00+03:00"}
    found = await shop.result("sale.order.list", {"order": order, "filter": wanted})
    assert [row["id"] for row in found["orders"]] == [53, 51]
    assert (await shop.result("gateway.coupon.check", {"code": "OLD"}))["state"] == "valid"


async def test_settings_show_what_is_in_force() -> None:
    """Switches changed at run time must be readable back."""
    async with open_shop(seed=5) as shop:
        await shop.door("settings", {"target": {"url": "http://127.0.0.1:9/"}})
        shown = await shop.peek("settings")
        assert (shown["settings"]["target"]["url"], shown["settings"]["seed"]) == (
            "http://127.0.0.1:9/",
            5,
        )
        assert (await shop.peek("health")) == {"ok": True}


async def test_program_prints_one_line_and_stops_cleanly() -> None:
    """``python -m mocks`` is what demos start: address as JSON, exit code 0 on SIGTERM."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mocks", "--only", "bitrix", "--seed", "3",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=dict(os.environ),
    )  # fmt: skip
    assert program.stdout is not None
    async with asyncio.timeout(30):
        about = json.loads(await program.stdout.readline())["bitrix"]
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{about['webhook_url']}server.time")
        program.send_signal(signal.SIGTERM)
        rest, errors = await program.communicate()
    assert answer.status_code == 200
    assert about["webhook_url"].endswith(WEBHOOK)
    assert (program.returncode, rest, errors) == (0, b"", b"")
