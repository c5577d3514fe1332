"""The unmodified package ``retailcrm`` works against the double as against the vendor.

The client takes the account's full address, plain http included. It always sends ``page`` with a
feed, so the double is told to tolerate ``page=1`` beside a cursor, as the vendor's rule may.
"""

from __future__ import annotations

from typing import Any

from tests.third_party.retailcrm.conftest import KEYS, Client


async def test_the_service_methods_answer(client: Client) -> None:
    """A client that cannot read versions and credentials would refuse to start."""
    assert "5.0" in (await client.ask("api_versions"))["versions"]
    assert (await client.ask("api_credentials"))["sitesAvailable"] == ["shop-ru"]
    assert "publicUrl" in await client.ask("system_info")


async def test_a_customer_goes_there_and_back(client: Client) -> None:
    """What the client writes as a form must come back through its own reading."""
    customer = {
        "externalId": "ц-17",
        "firstName": "Алёна",
        "patronymic": "Юрьевна",
        "phones": [{"number": "8 (916) 123-45-67"}],
    }
    made = await client.ask("customer_create", customer, site="shop-ru")
    assert made == {"success": True, "id": 9001}
    change = {"externalId": "ц-17", "email": "alena@example.com"}
    await client.ask("customer_edit", change, site="shop-ru")
    stored = (await client.ask("customer", "ц-17", site="shop-ru"))["customer"]
    assert (stored["firstName"], stored["email"]) == ("Алёна", "alena@example.com")
    assert stored["phones"] == customer["phones"]
    again = await client.ask("customer_create", customer)
    assert again["errorMsg"] == "Customer with externalId=ц-17 already exists"
    assert client.codes == [201, 200, 200, 400]


async def test_lists_run_over_several_pages(client: Client) -> None:
    """The client's page and limit must walk every customer once, with and without a filter."""
    for start in (0, 50):
        rows = [{"externalId": f"c-{n}", "firstName": "Ия"} for n in range(start, start + 50)]
        await client.ask("customers_upload", rows)
    seen: list[str] = []
    page = pages = 1
    while page <= pages:
        body = await client.ask("customers", limit=20, page=page)
        seen += [row["externalId"] for row in body["customers"]]
        page, pages = page + 1, body["pagination"]["totalPageCount"]
    assert sorted(seen) == sorted(f"c-{n}" for n in range(100))
    some = await client.ask("customers", {"externalIds": ["c-7", "c-70"]}, limit=50)
    assert [row["externalId"] for row in some["customers"]] == ["c-70", "c-7"]


async def test_orders_payments_and_statuses(client: Client) -> None:
    """Order, payment and status calls of the client must find what they made."""
    await client.ask("customer_create", {"externalId": "c-1", "firstName": "Илья"})
    order = {
        "externalId": "o-1",
        "customer": {"externalId": "c-1"},
        "items": [{"offer": {"externalId": "sku-1"}, "quantity": 2, "initialPrice": 900}],
        "customFields": {"promo_code": "ВЕСНА"},
    }
    made = await client.ask("order_create", order, site="shop-ru")
    assert made["order"]["totalSumm"] == 1800
    payment = {"externalId": "p-1", "type": "cash", "amount": 1800, "order": {"externalId": "o-1"}}
    await client.ask("order_payment_create", payment)
    await client.ask("order_payment_edit", {"externalId": "p-1", "status": "paid"})
    await client.ask("order_edit", {"id": made["id"], "status": "complete"}, uid_type="id")
    stored = (await client.ask("order", "o-1"))["order"]
    assert (stored["prepaySum"], stored["status"]) == (1800, "complete")
    told = await client.ask("orders_statuses", [made["id"], 1], ["o-1"])
    assert told["orders"] == [
        {"id": made["id"], "externalId": "o-1", "status": "complete", "group": "complete"}
    ]
    found = await client.ask("orders", {"extendedStatus": ["complete"], "customerId": 9001})
    assert found["pagination"]["totalCount"] == 1
    assert client.codes == [201, 201, 201, 200, 200, 200, 200, 200]


async def test_an_upload_tells_its_failures(client: Client) -> None:
    """The client must receive 460 with both lists, not an exception."""
    rows = [{"externalId": "o-1", "items": []}, {"externalId": "o-2", "status": "unknown"}]
    body = await client.ask("orders_upload", rows, site="shop-ru")
    assert client.codes == [460]
    assert body["uploadedOrders"] == [{"id": 4501, "externalId": "o-1"}]
    assert body["failedOrders"] == [{"externalId": "o-2"}]


async def test_the_feed_is_walked_and_own_changes_are_told_apart(url: str, client: Client) -> None:
    """The client's walk by ``sinceId`` must end, and see another key's change as foreign."""
    rows = [{"externalId": f"c-{n}"} for n in range(45)]
    await client.ask("customers_upload", rows)
    other = Client(url, KEYS["gateway"])
    await other.ask("customer_edit", {"externalId": "c-3", "lastName": "Ёлкина"})
    walked: list[dict[str, Any]] = []
    since = 0
    while True:
        page = await client.ask("customers_history", {"sinceId": since}, limit=20)
        walked += page["history"]
        since = walked[-1]["id"]
        if page["pagination"]["currentPage"] >= page["pagination"]["totalPageCount"]:
            break
    assert len(client.codes) == 4
    assert [row["apiKey"]["current"] for row in walked] == [True] * 45 + [False]
    assert walked[-1]["field"] == "last_name"
    refused = await client.ask("customers_history", {"sinceId": 0}, page=2)
    assert refused["success"] is False


async def test_reference_books_and_custom_fields(client: Client) -> None:
    """Books are read and upserted by the client, and a field that it made is usable at once."""
    assert (await client.ask("statuses"))["statuses"]["new"]["group"] == "new"
    assert (await client.ask("sites"))["sites"]["shop-ru"]["id"] == 3
    status = {"code": "pickup", "name": "Ждёт в магазине", "group": "delivery"}
    await client.ask("statuses_edit", status)
    assert client.codes[-1] == 201
    field = {"entity": "order", "code": "till", "name": "Касса", "type": "integer"}
    assert (await client.ask("custom_field_create", field))["code"] == "till"
    order = {"externalId": "o-1", "status": "pickup", "customFields": {"till": 3}}
    made = await client.ask("order_create", order)
    assert made["order"]["customFields"] == {"till": 3}
    wrong = await client.ask("order_create", {"externalId": "o-2", "customFields": {"till": "x"}})
    assert wrong["errors"] == {"customFields.till": "This value is not valid."}


async def test_a_wrong_key_is_an_error_body(url: str) -> None:
    """The client shows the vendor's text of a refused key."""
    stranger = Client(url, "nobody")
    assert (await stranger.ask("orders"))["errorMsg"] == 'Wrong "apiKey" value.'
    assert stranger.codes == [403]
