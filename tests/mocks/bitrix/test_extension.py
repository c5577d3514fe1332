"""Rules of the site extension ``gateway.*`` (reference 10.10, 10.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop


async def _add(shop: Shop, key: str, **fields: Any) -> Json:
    body = {"idempotencyKey": key, "origin": "gateway", "fields": fields}
    found: Json = await shop.result("gateway.user.add", body)
    return found


async def _changes(shop: Shop, **params: Any) -> list[tuple[str, Any, str, str]]:
    answer = await shop.result("gateway.change.list", params)
    return [(row["entity"], row["id"], row["op"], row["origin"]) for row in answer["items"]]


@pytest.mark.parametrize(
    ("method", "body", "argument"),
    [
        ("gateway.user.get", {"ID": 7}, "ID"),
        ("gateway.user.get", {}, "id"),
        ("gateway.user.get", {"id": 7, "email": "a@example.ru"}, "id"),
        ("gateway.user.get", {"id": "seven"}, "id"),
        ("gateway.user.get", {"phone": "8 (999) 000-11-22"}, "phone"),
        ("gateway.user.list", {"limit": 501}, "limit"),
        ("gateway.user.list", {"filter": {"nope": 1}}, "filter.nope"),
        ("gateway.user.list", {"filter": {"updatedFrom": "2025-03-03T00:00:00"}}, "filter.updatedFrom"),
        ("gateway.user.add", {"fields": {"phone": "+79990001122"}}, "idempotencyKey"),
        ("gateway.user.add", {"idempotencyKey": "a b", "fields": {}}, "idempotencyKey"),
        ("gateway.user.add", {"idempotencyKey": "k", "fields": {"name": "Анна"}}, "fields"),
        ("gateway.user.add", {"idempotencyKey": "k", "fields": {"phone": 7999}}, "fields.phone"),
        ("gateway.user.add", {"idempotencyKey": "k", "fields": {"age": 1}}, "fields.age"),
        (
            "gateway.user.add",
            {"idempotencyKey": "k", "fields": {"phone": "+79990001122", "active": True}},
            "fields.active",
        ),
        (
            "gateway.user.add",
            {"idempotencyKey": "k", "fields": {"phone": "+79990001122", "birthday": "17.05.1990"}},
            "fields.birthday",
        ),
        (
            "gateway.account.change",
            {"idempotencyKey": "k", "userId": 7, "currency": "RUB", "amount": -50, "reason": "X"},
            "amount",
        ),
        ("gateway.change.list", {"entities": ["order", "galaxy"]}, "entities[1]"),
        ("gateway.basket.get", {}, "fuserId"),
        ("gateway.coupon.get", {}, "id"),
    ],
)  # fmt: skip
async def test_bad_parameters_name_the_argument(
    shop: Shop, method: str, body: Json, argument: str
) -> None:
    """The contract is strict: a wrong or unknown parameter is refused by its name."""
    await shop.door("seed", {"users": [{"id": 7, "phone": "+79990000000"}]})
    status, answer = await shop.ask(method, body)
    assert (status, answer["error"], answer["argument"]) == (400, "GW_ARGUMENT", argument)


async def test_repeat_with_the_same_key_has_no_second_effect(shop: Shop) -> None:
    """A repeated write answers as the first time, marked, without effect, log row or event."""
    first = await _add(shop, "k1", phone="+79990001122", name="Анна")
    log = await _changes(shop)
    second = await _add(shop, "k1", phone="+79990001122", name="Анна")
    assert second == {**first, "replayed": "Y"}
    assert await _changes(shop) == log == [("user", 20, "save", "gateway")]
    reused = {"idempotencyKey": "k1", "fields": {"phone": "+79990009999"}}
    assert await shop.refused("gateway.user.add", reused) == (409, "GW_KEY_REUSED")


async def test_refused_call_stores_no_key(shop: Shop) -> None:
    """After a refusal the key is free: the corrected call must go through under it."""
    await _add(shop, "k1", phone="+79990001122")
    taken = {"idempotencyKey": "k2", "fields": {"phone": "+79990001122"}}
    status, answer = await shop.ask("gateway.user.add", taken)
    assert (status, answer["error"]) == (409, "GW_DUPLICATE")
    assert (answer["field"], answer["ids"]) == ("phone", [20])
    probe = {"idempotencyKey": "k2"}
    assert await shop.refused("gateway.operation.get", probe) == (404, "GW_NOT_FOUND")
    assert (await _add(shop, "k2", phone="+79990003344"))["created"] == "Y"
    assert (await shop.result("gateway.operation.get", probe))["method"] == "gateway.user.add"


async def test_duplicate_may_be_returned(shop: Shop) -> None:
    """``onDuplicate: return`` must give the buyer who is there, unless there are several."""
    await _add(shop, "k1", phone="+79990001122")
    body = {
        "idempotencyKey": "k2",
        "onDuplicate": "return",
        "fields": {"phone": "+79990001122", "name": "Анна"},
    }
    found = await shop.result("gateway.user.add", body)
    assert found == {"id": 20, "version": 1, "created": "N"}
    await shop.act("customer.register", phone="8 999 000-11-22")
    several = {**body, "idempotencyKey": "k3"}
    assert await shop.refused("gateway.user.add", several) == (409, "GW_AMBIGUOUS")
    asked = {"phone": "+79990001122"}
    assert await shop.refused("gateway.user.get", asked) == (409, "GW_AMBIGUOUS")


async def test_update_that_changes_nothing_is_silent(shop: Shop) -> None:
    """No difference: no version, no log row; otherwise the echo would never end."""
    await _add(shop, "k1", phone="+79990001122", name="Анна")
    body = {"id": 20, "idempotencyKey": "k2", "fields": {"name": "Анна"}}
    answer = await shop.result("gateway.user.update", body)
    assert answer == {"id": 20, "version": 1, "changed": "N"}
    assert len(await _changes(shop)) == 1


async def test_update_checks_the_version(shop: Shop) -> None:
    """A stale writer must be stopped and told the version that is there."""
    await _add(shop, "k1", phone="+79990001122")
    body = {"id": 20, "idempotencyKey": "k2", "expectedVersion": 9, "fields": {"name": "А"}}
    status, answer = await shop.ask("gateway.user.update", body)
    assert (status, answer["error"], answer["version"]) == (409, "GW_VERSION", 1)


async def test_absent_leaves_and_null_clears(shop: Shop) -> None:
    """Absent ≠ null in every write."""
    await _add(shop, "k1", phone="+79990001122", name="Анна", birthday="1990-05-17",
               fields={"UF_A": "1", "UF_B": "2"})  # fmt: skip
    change = {"birthday": None, "fields": {"UF_A": None, "UF_C": "3"}}
    await shop.result("gateway.user.update", {"id": 20, "idempotencyKey": "k2", "fields": change})
    user = (await shop.result("gateway.user.get", {"id": 20}))["user"]
    assert (user["birthday"], user["name"]) == (None, "Анна")
    assert user["fields"] == {"UF_B": "2", "UF_C": "3"}


async def test_batch_and_form_may_write(shop: Shop) -> None:
    """Numbers travel as texts there; the same key by JSON is the same call."""
    await _add(shop, "k1", phone="+79990001122")
    command = "gateway.user.update?id=20&idempotencyKey=k2&fields[name]=%D0%90%D0%BD%D0%BD%D0%B0"
    batch = await shop.result("batch", {"cmd": {"u": command}})
    assert batch["result"]["u"] == {"id": 20, "version": 2, "changed": "Y"}
    body = {"id": 20, "idempotencyKey": "k2", "fields": {"name": "Анна"}}
    assert (await shop.result("gateway.user.update", body))["replayed"] == "Y"


async def test_lists_resume_by_cursor(shop: Shop) -> None:
    """Walking by cursor must meet every buyer once, and later only the changed ones."""
    for number in range(7):
        await shop.act("clock.freeze", at=f"2025-03-03T14:00:0{number // 3}+03:00")
        await shop.act("customer.register", phone=f"+7999000000{number}")
    seen: list[int] = []
    cursor, more = None, "Y"
    while more == "Y":
        page = await shop.result(
            "gateway.user.list", {"limit": 3, **({"cursor": cursor} if cursor else {})}
        )
        seen += [row["id"] for row in page["items"]]
        cursor, more = page["cursor"], page["hasMore"]
    assert seen == list(range(20, 27))
    assert (await shop.result("gateway.user.list", {"cursor": cursor}))["items"] == []
    await shop.act("clock.freeze", at="2025-03-03T15:00:00+03:00")
    await shop.act("customer.edit", id=22, fields={"last_name": "Ёлкина"})
    later = await shop.result("gateway.user.list", {"cursor": cursor})
    assert [row["id"] for row in later["items"]] == [22]
    other = {"cursor": cursor, "filter": {"active": "Y"}}
    assert await shop.refused("gateway.user.list", other) == (400, "GW_CURSOR")
    assert await shop.refused("gateway.user.list", {"cursor": "zzz"}) == (400, "GW_CURSOR")


async def test_changes_are_told_by_sequence(shop: Shop) -> None:
    """The change log is the truth behind lost events: complete, filtered, resumable."""
    await shop.act("customer.register", phone="+79990000001")
    await _add(shop, "k1", phone="+79990000002")
    await shop.act("order.place", customer_id=20, items=[{"product_id": 88}])
    assert await _changes(shop, notOrigin="gateway") == [
        ("user", 20, "save", "site"),
        ("order", 51, "save", "site"),
    ]
    assert await _changes(shop, entities=["order"]) == [("order", 51, "save", "site")]
    page = await shop.result("gateway.change.list", {"after": 1, "limit": 1})
    assert (page["items"][0]["seq"], page["last"], page["hasMore"]) == (2, 2, "Y")
    assert (await shop.result("gateway.change.list", {"after": 3}))["items"] == []
    await shop.act("changes.trim", before=3)
    status, answer = await shop.ask("gateway.change.list", {"after": 1})
    assert (status, answer["error"], answer["first"]) == (410, "GW_CURSOR_GONE", 3)


async def test_young_changes_are_held_back() -> None:
    """Rows younger than the hold must not be told: commits may still overtake each other."""
    async with open_shop(change_hold_s=3600.0) as shop:
        await shop.act("customer.register", phone="+79990000001")
        page = await shop.result("gateway.change.list", {"after": 0})
        assert (page["items"], page["last"]) == ([], 0)


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
    assert (await _changes(shop))[-1][:3] == ("user", made["id"], "delete")


async def test_cart_is_cleared_by_the_order(shop: Shop) -> None:
    """A cart turned into an order is an empty basket with op ``clear``."""
    user = (await shop.act("customer.register", phone="+79990001122"))["id"]
    items = [{"product_id": 88, "quantity": 2}]
    fuser = (await shop.act("basket.save", user_id=user, items=items))["fuser_id"]
    basket = (await shop.result("gateway.basket.get", {"userId": user}))["basket"]
    assert (basket["sum"], basket["items"][0]["quantity"]) == ("1400.00", "2.0000")
    await shop.act("order.place", customer_id=user, items=items)
    assert (await shop.result("gateway.basket.get", {"fuserId": fuser}))["basket"]["items"] == []
    assert ("basket", fuser, "clear", "site") in await _changes(shop)


async def test_subscription_is_closed_once(shop: Shop) -> None:
    """Closing twice must not be told as a second change."""
    made = await shop.act("subscription.add", contact="anna@example.ru", product_id=91)
    for key, changed in (("s1", "Y"), ("s2", "N")):
        body = {"id": made["id"], "idempotencyKey": key}
        assert (await shop.result("gateway.subscription.close", body))["changed"] == changed
    closed = await shop.result("gateway.subscription.list", {"filter": {"state": "closed"}})
    assert [row["id"] for row in closed["items"]] == [made["id"]]
