"""Keys, rights, rate, encoding: what every call passes before its method."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.mocks.retailcrm.conftest import Crm, Start

MISSING = {"success": False, "errorMsg": '"apiKey" is missing.'}


async def test_keys_are_refused_with_the_vendors_texts(crm: Crm) -> None:
    """A connector that tells a wrong key from a missing right by the text could not be tested."""
    none = await crm.client.get("/api/v5/orders")
    assert (none.status_code, none.json()) == (403, MISSING)
    wrong = await crm.get("orders", key="nobody")
    assert (wrong.status_code, wrong.json()["errorMsg"]) == (403, 'Wrong "apiKey" value.')
    scope = await crm.post("customers/create", key="r3ad", customer={"firstName": "Ольга"})
    assert (scope.status_code, scope.json()["errorMsg"]) == (403, "Access denied.")


async def test_the_code_of_a_missing_key_is_a_switch(start: Start) -> None:
    """A connector that only knows 403 would pass although the vendor may answer 401."""
    crm = await start(key_error_code="401")
    assert (await crm.client.get("/api/v5/orders")).status_code == 401
    assert (await crm.get("orders", key="nobody")).status_code == 403


async def test_the_key_is_taken_from_query_and_body_too(crm: Crm) -> None:
    """The vendor's own modules send the key as a parameter."""
    query = await crm.client.get("/api/v5/customers", params={"apiKey": "k3y", "cms_source": "x"})
    assert query.status_code == 200
    customer = json.dumps({"firstName": "Пётр"})
    body = await crm.client.post(
        "/api/v5/customers/create", data={"apiKey": "k3y", "customer": customer}
    )
    assert body.status_code == 201


async def test_multipart_is_understood_and_a_json_body_is_not(crm: Crm) -> None:
    """The official module sends multipart; a JSON body is not the documented form."""
    headers = {"X-API-KEY": "k3y"}
    customer = json.dumps({"externalId": "m-1", "lastName": "Соловьёва"}, ensure_ascii=False)
    parts = {"customer": (None, customer), "site": (None, "shop-ru")}
    form = await crm.client.post("/api/v5/customers/create", files=parts, headers=headers)
    assert form.status_code == 201, form.text
    stored = (await crm.get("customers/m-1")).json()["customer"]
    assert stored["lastName"] == "Соловьёва"
    body = await crm.client.post(
        "/api/v5/customers/create", json={"customer": {"firstName": "x"}}, headers=headers
    )
    assert body.json()["errorMsg"] == "Parameter 'customer' is missing"


@pytest.mark.parametrize("form", ["filter[ids][]", "filter[ids][0]", "filter%5Bids%5D%5B7%5D"])
async def test_lists_come_with_and_without_indexes(crm: Crm, form: str) -> None:
    """Clients of different languages write the same list in different ways."""
    made = (await crm.post("customers/create", customer={"firstName": "Ия"})).json()["id"]
    await crm.post("customers/create", customer={"firstName": "Лев"})
    answer = await crm.client.get(f"/api/v5/customers?{form}={made}&apiKey=k3y")
    assert [row["id"] for row in answer.json()["customers"]] == [made]


async def test_the_literal_none_is_no_filter(crm: Crm) -> None:
    """The python client sends ``filter=None`` when it was given no filter."""
    assert (await crm.get("customers", {"filter": "None"})).status_code == 200


async def test_an_encoded_slash_stays_inside_the_external_id(crm: Crm) -> None:
    """An externalId may hold any string; a slash must not turn it into another route."""
    await crm.post("customers/create", customer={"externalId": "a/b", "firstName": "Ян"})
    assert (await crm.get("customers/a%2Fb")).json()["customer"]["externalId"] == "a/b"


async def _statuses(crm: Crm, count: int, *, key: str = "k3y") -> list[int]:
    return [(await crm.get("customers", key=key)).status_code for _ in range(count)]


async def test_the_eleventh_call_within_a_second_is_refused_per_key(start: Start) -> None:
    """The limit is ten a second for each key, and another key must not suffer from it."""
    crm = await start(rate_limit_answer="503_json")
    assert await _statuses(crm, 11) == [200] * 10 + [503]
    assert await _statuses(crm, 1, key="aud1t") == [200]
    refused = await crm.get("customers")
    assert refused.json() == {"success": False, "errorMsg": "Rate limit exceeded"}
    assert "retry-after" not in refused.headers
    crm.clock.move(1.01)
    assert await _statuses(crm, 1) == [200]


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [("503_html", 503, "text/html"), ("429_json", 429, "application/json")],
)
async def test_the_rate_answer_is_a_switch(
    start: Start, answer: str, status: int, kind: str
) -> None:
    """Body and code of the limit are unconfirmed: a connector must live with each of them."""
    crm = await start(rate_limit_answer=answer, rate_limit=1, retry_after="2")
    await crm.get("customers")
    refused = await crm.get("customers")
    assert refused.status_code == status
    assert refused.headers["content-type"].startswith(kind)
    assert refused.headers["retry-after"] == "2"


async def test_an_unknown_host_answers_html_to_a_post(start: Start) -> None:
    """A wrong subdomain answers a page of the web server, which is no JSON."""
    crm = await start(hosts=("demo.retailcrm.ru",), unknown_host="405_html")
    page = await crm.post("orders/create", order={})
    assert (page.status_code, page.text[0]) == (405, "<")
    assert (await crm.get("orders")).json()["errorMsg"] == "Account does not exist."


async def test_switches_are_checked_at_the_side_door(crm: Crm) -> None:
    """A misspelt switch that was silently taken would leave a test without its trap."""
    refused = await crm.client.post("/__mock__/settings", json={"strict_historee": "off"})
    assert refused.status_code == 400
    assert "strict_historee" in refused.json()["error"]
    bad = await crm.client.post("/__mock__/settings", json={"strict_history": "never"})
    assert "allow_page_1" in bad.json()["error"]
    await crm.switch(rate_limit=3, strict_history="off")
    shown: httpx.Response = await crm.client.get("/__mock__/settings")
    assert shown.json()["rate_limit"] == 3


async def test_the_journal_tells_method_entity_and_effect(crm: Crm) -> None:
    """The referee of the demo counts effects by this journal; a wrong one hides a double write."""
    for _ in range(2):
        await crm.post("customers/create", customer={"externalId": "j-1", "firstName": "Юлия"})
    await crm.post("customers/j-1/edit", customer={"firstName": "Юлия"})
    entries = (await crm.client.get("/__mock__/journal")).json()["entries"]
    told = [(one["op"], one["key"], one["status"], one["effect"]) for one in entries]
    assert told == [
        ("customers/create", "j-1", 201, "created"),
        ("customers/create", "", 400, "refused"),
        ("customers/{externalId}/edit", "j-1", 200, "unchanged"),
    ]
