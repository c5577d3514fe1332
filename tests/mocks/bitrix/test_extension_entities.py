"""Coupons, accounts, cards, merges, carts and subscriptions of the extension (reference 10.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Shop


async def test_coupons_live_and_die(shop: Shop) -> None:
    """Every state of a check must be reachable; a repeat of a code is no error."""
    coupons = [
        {"code": "ONCE", "discountId": 15},
        {"code": "MANY", "discountId": 15, "type": "many", "maxUse": 2},
        {"code": "LATER", "discountId": 15, "activeFrom": "2999-01-01T00:00:00+03:00"},
        {"code": "PAST", "discountId": 15, "activeTo": "2001-01-01T00:00:00+03:00"},
        {"code": "MINE", "discountId": 15, "userId": 7},
        {"code": "BAD", "discountId": 404},
        {"discountId": 15, "type": "weekly"},
        {"discountId": 15},
    ]
    await shop.door("seed", {"users": [{"id": 7}, {"id": 8}]})
    body = {"idempotencyKey": "c1", "coupons": coupons}
    items = (await shop.result("gateway.coupon.add", body))["items"]
    assert [item["status"] for item in items] == ["created"] * 5 + ["error"] * 2 + ["created"]
    assert [item.get("error") for item in items[5:7]] == ["GW_NOT_FOUND", "GW_ARGUMENT"]
    assert items[7]["code"].startswith("SL-")
    again = {"idempotencyKey": "c2", "coupons": [{"code": "once", "discountId": 15}]}
    row = (await shop.result("gateway.coupon.add", again))["items"][0]
    assert (row["status"], row["id"]) == ("exists", items[0]["id"])
    await shop.act("order.place", customer_id=7, items=[{"product_id": 88}], coupon="ONCE")
    codes = {"idempotencyKey": "c3", "codes": ["MANY", "MANY", "NOPE"]}
    done = (await shop.result("gateway.coupon.deactivate", codes))["items"]
    assert [row["status"] for row in done] == ["deactivated", "inactive", "unknown"]
    states = {
        code: (await shop.result("gateway.coupon.check", {"code": code, "userId": 8}))["state"]
        for code in ("ONCE", "MANY", "LATER", "PAST", "MINE", "NOPE", items[7]["code"])
    }
    assert list(states.values()) == [
        "used_up", "inactive", "not_started", "expired", "wrong_user", "unknown", "valid",
    ]  # fmt: skip
    used = await shop.result("gateway.coupon.list", {"filter": {"used": "Y"}})
    assert [row["code"] for row in used["items"]] == ["ONCE"]
    orders = await shop.result("gateway.order.coupons", {"orderIds": [51, 52]})
    assert [(row["orderId"], row["code"]) for row in orders["items"]] == [(51, "ONCE")]
    change = {"id": items[4]["id"], "idempotencyKey": "c4", "fields": {"activeTo": None}}
    assert (await shop.result("gateway.coupon.update", change))["changed"] == "N"
    found = await shop.result("gateway.coupon.get", {"code": "MINE"})
    assert found["coupon"]["userId"] == 7


async def test_more_than_five_hundred_items_are_refused(shop: Shop) -> None:
    """The limit of a write must be told, not cut silently."""
    body = {"idempotencyKey": "c", "coupons": [{"discountId": 15}] * 501}
    status, answer = await shop.ask("gateway.coupon.add", body)
    assert (status, answer["error"], answer["limit"]) == (400, "GW_LIMIT", 500)


async def test_account_is_booked_once_and_never_below_zero(shop: Shop) -> None:
    """Money moves once per key; too little and a held lock are refused as documented."""
    await shop.door("seed", {"users": [{"id": 7}], "accounts": [{"user_id": 7, "balance": "30"}]})
    spend = {"userId": 7, "currency": "RUB", "amount": "-50.00", "reason": "ORDER_PAY"}
    status, answer = await shop.ask("gateway.account.change", {**spend, "idempotencyKey": "a1"})
    assert (status, answer["error"], answer["balance"]) == (409, "GW_INSUFFICIENT", "30.00")
    await shop.act("account.lock", user_id=7, seconds=600)
    status, answer = await shop.ask(
        "gateway.account.change", {**spend, "amount": "5", "idempotencyKey": "a2"}
    )
    assert (status, answer["error"], answer["retryAfter"]) == (423, "GW_LOCKED", 600)
    await shop.act("account.lock", user_id=7, seconds=0)
    for _ in range(2):
        await shop.result(
            "gateway.account.change", {**spend, "allowNegative": "Y", "idempotencyKey": "a3"}
        )
    account = await shop.result("gateway.account.get", {"userId": 7, "currency": "RUB"})
    assert account["account"]["balance"] == "-20.00"
    history = await shop.result("gateway.account.history", {"filter": {"userId": 7}})
    assert [row["idempotencyKey"] for row in history["items"]] == ["a3"]
    none = await shop.result("gateway.account.get", {"userId": 7, "currency": "EUR"})
    assert (none["account"]["balance"], none["account"]["exists"]) == ("0.00", "N")


async def test_cards_are_put_bound_and_kept(shop: Shop) -> None:
    """A card has one holder at a time and counts its versions."""
    await shop.door("seed", {"users": [{"id": 7}, {"id": 8}]})
    card = {"number": "2000000000017", "state": "active", "discountPercent": "5"}
    for key, status in (("p1", "created"), ("p2", "unchanged")):
        body = {"idempotencyKey": key, "cards": [card, {"number": "1", "state": "lost"}]}
        items = (await shop.result("gateway.card.put", body))["items"]
        assert [item["status"] for item in items] == [status, "error"]
    bind = {"number": card["number"], "userId": 7, "idempotencyKey": "b1"}
    assert (await shop.result("gateway.card.bind", bind))["version"] == 2
    other = {**bind, "userId": 8, "idempotencyKey": "b2"}
    status_code, answer = await shop.ask("gateway.card.bind", other)
    assert (status_code, answer["error"], answer["ids"]) == (409, "GW_DUPLICATE", [7])
    found = await shop.result("gateway.card.list", {"filter": {"userId": 7}})
    assert found["items"][0]["discountPercent"] == "5.00"
    page = {"filter": {"userId": 7}, "cursor": found["cursor"]}
    assert (await shop.result("gateway.card.list", page))["items"] == []
    unbind = {"number": card["number"], "idempotencyKey": "b3"}
    assert (await shop.result("gateway.card.unbind", unbind))["userId"] is None
    assert (await shop.result("gateway.card.get", {"number": card["number"]}))["card"][
        "version"
    ] == 3


async def test_merge_can_be_undone_until_an_order_comes(shop: Shop) -> None:
    """An un-merge must give everything back; after a new order it must be refused."""
    users = [{"id": 7, "phone": "+79990001122"}, {"id": 19, "phone": "+79990001122"}]
    orders = [{"customer_id": 19, "items": [{"product_id": 88}]}]
    accounts = [{"user_id": 19, "balance": "35.00"}]
    await shop.door("seed", {"users": users, "orders": orders, "accounts": accounts})
    body = {"survivorId": 7, "loserIds": [19], "idempotencyKey": "m1"}
    merged = await shop.result("gateway.user.merge", body)
    loser = (await shop.result("gateway.user.get", {"id": 19}))["user"]
    assert (loser["active"], loser["mergedInto"]) == ("N", 7)
    edit = {"id": 19, "idempotencyKey": "e1", "fields": {"name": "Анна"}}
    assert await shop.refused("gateway.user.update", edit) == (409, "GW_STATE")
    again = {**body, "idempotencyKey": "m2"}
    assert await shop.refused("gateway.user.merge", again) == (409, "GW_STATE")
    undo = {"mergeId": merged["mergeId"], "idempotencyKey": "u1"}
    restored = await shop.result("gateway.user.unmerge", undo)
    assert restored == {"survivorId": 7, "restoredIds": [19]}
    assert (await shop.result("sale.order.get", {"id": 51}))["order"]["userId"] == 19
    back = await shop.result("gateway.account.get", {"userId": 19, "currency": "RUB"})
    assert back["account"]["balance"] == "35.00"
    third = await shop.result("gateway.user.merge", {**body, "idempotencyKey": "m3"})
    await shop.act("order.place", customer_id=7, items=[{"product_id": 88}])
    late = {"mergeId": third["mergeId"], "idempotencyKey": "u2"}
    assert await shop.refused("gateway.user.unmerge", late) == (409, "GW_STATE")


async def test_erased_buyer_keeps_his_orders(shop: Shop) -> None:
    """Erasure blanks the person, not the shop's books."""
    made = await shop.act("customer.register", name="Анна", phone="+79990001122")
    await shop.act("order.place", customer_id=made["id"], items=[{"product_id": 88}])
    body = {"id": made["id"], "idempotencyKey": "x1"}
    assert await shop.result("gateway.user.erase", body) == {"id": made["id"], "erased": "Y"}
    user = (await shop.result("gateway.user.get", {"id": made["id"]}))["user"]
    assert (user["name"], user["phone"], user["fields"], user["consents"]) == (None, None, [], [])
    assert (await shop.call("sale.order.list", {"filter": {"userId": made["id"]}}))["total"] == 1
    last = (await shop.result("gateway.change.list"))["items"][-1]
    assert (last["entity"], last["id"], last["op"]) == ("user", made["id"], "delete")


async def test_cart_is_cleared_by_the_order(shop: Shop) -> None:
    """A cart turned into an order is an empty basket with op ``clear``."""
    user = (await shop.act("customer.register", phone="+79990001122"))["id"]
    items = [{"product_id": 88, "quantity": 2}]
    fuser = (await shop.act("basket.save", user_id=user, items=items))["fuser_id"]
    basket = (await shop.result("gateway.basket.get", {"userId": user}))["basket"]
    assert (basket["sum"], basket["items"][0]["quantity"]) == ("1400.00", "2.0000")
    await shop.act("order.place", customer_id=user, items=items)
    assert (await shop.result("gateway.basket.get", {"fuserId": fuser}))["basket"]["items"] == []
    changes = (await shop.result("gateway.change.list", {"entities": ["basket"]}))["items"]
    assert [(row["id"], row["op"]) for row in changes] == [(fuser, "save"), (fuser, "clear")]


async def test_subscription_is_closed_once(shop: Shop) -> None:
    """Closing twice must not be told as a second change."""
    made = await shop.act("subscription.add", contact="anna@example.ru", product_id=91)
    for key, changed in (("s1", "Y"), ("s2", "N")):
        body = {"id": made["id"], "idempotencyKey": key}
        assert (await shop.result("gateway.subscription.close", body))["changed"] == changed
    closed = await shop.result("gateway.subscription.list", {"filter": {"state": "closed"}})
    assert [row["id"] for row in closed["items"]] == [made["id"]]
