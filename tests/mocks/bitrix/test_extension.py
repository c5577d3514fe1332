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
        (
            "gateway.user.list",
            {"filter": {"updatedFrom": "2025-03-03T00:00:00"}},
            "filter.updatedFrom",
        ),
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
