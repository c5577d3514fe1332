"""Switches of chapter 11 and the limits of the cloud (reference 1.5, 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mocks.bitrix.shop import WEBHOOK

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop


async def _set(shop: Shop, **switches: Any) -> None:
    await shop.door("settings", switches)


async def test_operating_time_blocks_one_method_until_its_bucket_is_freed(shop: Shop) -> None:
    """A method over its limit answers 429 for ten minutes; others go on, a batch does too."""
    await shop.act("clock.freeze", at="2025-03-03T14:00:30+03:00")
    await _set(shop, rate_limit=True, operating_limit_s=100, operating_extra_s=60)
    first = (await shop.call("profile"))["time"]
    assert first["operating"] == pytest.approx(60, abs=1)
    assert first["operating_reset_at"] == 1740999600 + 600
    await shop.call("profile")
    blocked = {
        "error": "OPERATION_TIME_LIMIT",
        "error_description": "Method is blocked due to operation time limit.",
    }
    assert await shop.ask("profile") == (429, blocked)
    result = await shop.result("batch", {"cmd": {"a": "profile", "b": "server.time"}})
    assert list(result["result"]) == ["b"]
    assert result["result_error"]["a"] == blocked
    await shop.act("clock.freeze", at="2025-03-03T14:10:00+03:00")
    assert (await shop.ask("profile"))[0] == 200


@pytest.mark.parametrize(
    ("codes", "alone", "inside"),
    [
        ("mixed", 200540400001, "200540400001"),
        ("strings", "200540400001", "200540400001"),
        ("numbers", 200540400001, 200540400001),
    ],
)
async def test_type_of_error_codes(shop: Shop, codes: str, alone: object, inside: object) -> None:
    """Numeric codes may be numbers or strings, alone and in a batch (S4)."""
    await _set(shop, error_codes=codes)
    assert (await shop.ask("sale.order.get", {"id": 9}))[1]["error"] == alone
    result = await shop.result("batch", {"cmd": {"a": "sale.order.get?id=9"}})
    assert result["result_error"]["a"]["error"] == inside


@pytest.mark.parametrize(("way", "total"), [("instant", 1), ("cut", 0)])
async def test_offset_of_a_filter(shop: Shop, way: str, total: int) -> None:
    """Some cores cut the offset off and compare in the site's zone (S7)."""
    await _set(shop, filter_offset=way)
    await shop.act("clock.freeze", at="2025-03-03T14:00:00+03:00")
    await shop.order()
    body = {"filter": {">=dateUpdate": "2025-03-03T16:00:00+05:00"}}
    assert (await shop.call("sale.order.list", body))["total"] == total


@pytest.mark.parametrize(("way", "total"), [("carts", 0), ("none", 0), ("all", 1)])
async def test_rows_without_an_order(shop: Shop, way: str, total: int) -> None:
    """What a null filter on ``orderId`` gives differs by core (S8)."""
    await _set(shop, filter_no_order=way)
    await shop.act("order.place", items=[{"product_id": 88}])
    body = {"filter": {"=orderId": ""}}
    assert (await shop.call("sale.basketitem.list", body))["total"] == total


@pytest.mark.parametrize(("way", "name"), [("empty", ""), ("text", "$result[a][order][id]")])
async def test_reference_to_a_failed_command(shop: Shop, way: str, name: str) -> None:
    """A reference to what failed is an empty text, or stays as written (S11)."""
    await _set(shop, missing_reference=way)
    add = "sale.order.add?fields[lid]=s1&fields[personTypeId]=1&fields[currency]=RUB"
    commands = {
        "a": "sale.order.get?id=9",
        "b": f"{add}&fields[comments]=$result[a][order][id]",
        "c": "sale.order.get?id=$result[b][order][id]",
    }
    result = await shop.result("batch", {"cmd": commands})
    assert result["result"]["c"]["order"]["comments"] == name


async def test_https_is_demanded(shop: Shop) -> None:
    """A webhook over plain HTTP is refused where the check is on (S19)."""
    await _set(shop, https_required=True)
    refusal: Json = {"error": "INVALID_REQUEST", "error_description": "Https required."}
    assert await shop.ask("profile") == (401, refusal)
    await _set(shop, auth_status="docs")
    assert await shop.ask("profile") == (400, refusal)


async def test_escapes_and_empty_maps(shop: Shop) -> None:
    """Bodies may be escaped and empty maps be maps: a client must read both (S21)."""
    await _set(shop, escaped=True, empty_maps="{}")
    await shop.order(comments="Ёж & <сын>/дочь")
    answer = await shop.http.post(WEBHOOK + "sale.order.get", json={"id": 51})
    assert "\\u0401\\u0436 \\u0026 \\u003c" in answer.text
    assert "\\/" in answer.text
    assert answer.json()["result"]["order"]["comments"] == "Ёж & <сын>/дочь"
    assert (await shop.result("batch", {"cmd": {"a": "profile"}}))["result_error"] == {}


async def test_warning_after_a_save(shop: Shop) -> None:
    """Every n-th save answers 400 with its effect kept: read back before repeating (S22)."""
    await _set(shop, warn_every=1)
    order = await shop.order()
    fields = {"orderId": order, "paySystemId": 2, "sum": 5}
    await shop.result("sale.payment.add", {"fields": fields})
    body = {"id": 61, "fields": {"paySystemId": 2, "paid": "Y"}}
    assert await shop.refused("sale.payment.update", body) == (400, 0)
    assert (await shop.result("sale.payment.get", {"id": 61}))["payment"]["paid"] == "Y"


async def test_renamed_portal_sends_to_its_new_address(shop: Shop) -> None:
    """The old host answers 302: the call must be repeated there as it was (1.1)."""
    await _set(shop, moved_to="https://new.example.ru")
    answer = await shop.http.post(WEBHOOK + "profile", json={})
    assert answer.status_code == 302
    assert answer.headers["location"] == f"https://new.example.ru{WEBHOOK}profile"
