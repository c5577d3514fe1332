"""URL forms, encodings, credentials, scopes and service methods (reference 1.1-1.5, 1.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mocks.bitrix.shop import WEBHOOK, Shop, open_shop

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("suffix", ["", ".json", "/"])
async def test_suffix_and_case_do_not_matter(shop: Shop, suffix: str) -> None:
    """A client that writes Sale.Order.List.json must reach the same method."""
    answer = await shop.http.get(f"{WEBHOOK}Sale.Order.List{suffix}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert (answer.json()["result"], answer.json()["total"]) == ({"orders": []}, 0)


async def test_xml_suffix_answers_xml(shop: Shop) -> None:
    """The suffix ``.xml`` must give the vendor's XML, errors included."""
    answer = await shop.http.get(f"{WEBHOOK}user.admin.xml")
    assert answer.text.startswith('<?xml version="1.0" ?><response><result>1</result>')
    error = await shop.http.get(f"{WEBHOOK}no.such.xml")
    assert error.status_code == 404
    assert "<error>ERROR_METHOD_NOT_FOUND</error>" in error.text


FIELDS = {
    "fields[lid]": "s1",
    "fields[personTypeId]": "1",
    "fields[currency]": "RUB",
    "fields[comments]": "Ёлка + гирлянда",
}


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param(lambda: {"params": FIELDS, "method": "GET"}, id="query"),
        pytest.param(lambda: {"data": FIELDS, "method": "POST"}, id="form"),
        pytest.param(
            lambda: {"files": {k: (None, v) for k, v in FIELDS.items()}, "method": "POST"},
            id="multipart",
        ),
    ],
)
async def test_encodings_mean_the_same(
    shop: Shop, request_of: Callable[[], dict[str, Any]]
) -> None:
    """Query, form and multipart must carry nested fields as JSON does."""
    answer = await shop.http.request(url=f"{WEBHOOK}sale.order.add", **request_of())
    order = answer.json()["result"]["order"]
    assert (order["personTypeId"], order["comments"]) == (1, "Ёлка + гирлянда")


async def test_unescaped_plus_breaks_a_date_filter(shop: Shop) -> None:
    """A plus sign in a query is a space: the condition vanishes and everything comes back."""
    await shop.order()
    escaped = "filter[%3E%3DdateUpdate]=2999-01-01T00:00:00%2B03:00"
    assert (await shop.http.get(f"{WEBHOOK}sale.order.list?{escaped}")).json()["total"] == 0
    broken = escaped.replace("%2B", "+")
    assert (await shop.http.get(f"{WEBHOOK}sale.order.list?{broken}")).json()["total"] == 1


async def test_body_that_is_not_utf8_is_refused(shop: Shop) -> None:
    """Another charset must not be stored as question marks."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = "fields[comments]=Ёлка".encode("cp1251")
    answer = await shop.http.post(f"{WEBHOOK}sale.order.add", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "WRONG_ENCODING")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/rest/1/wrongcode/profile", 401, "INVALID_CREDENTIALS"),
        ("/rest/2/wh0a1b2c3d4e5f6g/profile", 401, "INVALID_CREDENTIALS"),
        ("/rest/1/wrongcode/no.such.method", 404, "ERROR_METHOD_NOT_FOUND"),
        ("/rest/1/wrongcode/crm.contact.list", 404, "ERROR_METHOD_NOT_FOUND"),
        ("/rest/1/wh0a1b2c3d4e5f6g/user.get", 404, "ERROR_METHOD_NOT_FOUND"),
        ("/rest/profile", 401, "NO_AUTH_FOUND"),
        ("/rest/1/wh0a1b2c3d4e5f6g/app.info", 403, "ACCESS_DENIED"),
        ("/rest/1/wh0a1b2c3d4e5f6g/event.bind", 403, "WRONG_AUTH_TYPE"),
        ("/rest/1/wh0a1b2c3d4e5f6g/events", 403, "WRONG_AUTH_TYPE"),
        ("/rest/1/wh0a1b2c3d4e5f6g/feature.get", 400, "CODE_EMPTY"),
    ],
)
async def test_refusals_of_the_engine(shop: Shop, path: str, status: int, code: str) -> None:
    """The order of checks must be the vendor's: method, then credentials, then rights."""
    answer = await shop.http.post(path, json={})
    assert (answer.status_code, answer.json()["error"]) == (status, code)


async def test_scope_missing() -> None:
    """A webhook without the scope must not see the shop's orders."""
    async with open_shop(scopes=("catalog",)) as shop:
        assert await shop.refused("sale.order.list") == (401, "insufficient_scope")
        assert await shop.result("scope") == ["catalog"]
        assert "sale.order.list" not in await shop.result("methods")
        found = await shop.result("method.get", {"name": "sale.order.list"})
        assert found == {"isExisting": True, "isAvailable": False}
        await shop.door("settings", {"auth_status": "docs"})
        assert await shop.refused("sale.order.list") == (403, "insufficient_scope")


@pytest.mark.parametrize(("rights", "reads"), [("R", True), ("D", False)])
async def test_rights_of_the_webhook_owner(shop: Shop, rights: str, *, reads: bool) -> None:
    """An owner without rights must meet the documented codes, numbers at the top level."""
    await shop.door("settings", {"sale_rights": rights})
    assert await shop.refused("sale.order.add", {"fields": {}}) == (400, 200040300020)
    status, answer = await shop.ask("sale.order.list")
    assert ("result" in answer) is reads
    assert status == (200 if reads else 400)


async def test_service_methods(shop: Shop) -> None:
    """The health checks of a webhook must answer in their documented shapes."""
    assert (await shop.result("server.time")).endswith("+03:00")
    assert await shop.result("user.admin") is True
    assert await shop.result("feature.get", {"CODE": "rest_offline_extended"}) == {"value": "N"}
    missing = await shop.result("method.get", {"name": "crm.deal.list"})
    assert missing == {"isExisting": False, "isAvailable": False}


async def test_time_block_has_the_site_offset(shop: Shop) -> None:
    """Clients that read ``time`` must find the documented keys, without the cloud's."""
    block = (await shop.call("profile"))["time"]
    assert {"start", "finish", "duration", "processing", "date_start", "date_finish"} == set(block)
    assert block["date_start"].endswith("+03:00")


async def test_cloud_limit_refuses_the_full_bucket() -> None:
    """With the cloud's limit on, the call past the rim must meet 503 and later calls pass again."""
    async with open_shop(rate_limit=True, bucket_size=5, bucket_leak_per_s=0.0) as shop:
        for _ in range(5):
            assert "operating" in (await shop.call("profile"))["time"]
        assert await shop.refused("profile") == (503, "QUERY_LIMIT_EXCEEDED")
        await shop.door("settings", {"bucket_leak_per_s": 1000.0})
        await shop.call("profile")


async def test_uninstalled_extension_has_no_methods(shop: Shop) -> None:
    """A shop without the module must answer as if the methods never existed."""
    await shop.door("settings", {"extension_installed": False})
    assert await shop.refused("gateway.info") == (404, "ERROR_METHOD_NOT_FOUND")
