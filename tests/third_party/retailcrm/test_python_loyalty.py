"""The package ``retailcrm`` 5.3 knows loyalty, modules and the store: it must work unmodified."""

from __future__ import annotations

import httpx

from tests.third_party.retailcrm.conftest import Client

LINE = {"offer": {"externalId": "sku-1"}, "initialPrice": 900, "quantity": 1}


async def test_a_participation_from_joining_to_spending(client: Client) -> None:
    """The client's way through the programme: join, code, credit, charge, read the ledger."""
    await client.ask("customer_create", {"externalId": "c-1", "firstName": "Алёна"})
    member = {"phoneNumber": "+79050001122", "customer": {"externalId": "c-1"}}
    made = await client.ask("loyalty_account_create", "shop-ru", member)
    number = made["loyaltyAccount"]["id"]
    sent = await client.ask("loyalty_account_activate", number)
    check = sent["verification"]["checkId"]
    await client.ask("verification_sms_confirm", {"code": "1234", "checkId": check})
    told = await client.ask("verification_sms_status", check)
    assert "verifiedAt" in told["verification"]
    await client.ask("loyalty_account_bonus_credit", number, 300, "2020-01-01", "2099-01-01", "x")
    await client.ask("loyalty_account_bonus_charge", number, 20.5, "x")
    held = (await client.ask("loyalty_account", number))["loyaltyAccount"]
    assert (held["amount"], held["status"]) == (279.5, "activated")
    own = await client.ask("loyalty_account_bonus_operations", number)
    assert [row["amount"] for row in own["bonusOperations"]] == [-20.5, 300]
    every = await client.ask("loyalty_bonus_operations", {"loyalties": [2]})
    assert [row["amount"] for row in every["bonusOperations"]] == [300, -20.5]
    cursor = every["pagination"]["nextCursor"]
    rest = await client.ask("loyalty_bonus_operations", {"loyalties": [2]}, cursor=cursor)
    assert rest["bonusOperations"] == []
    burns = await client.ask("loyalty_account_bonus_details", number, "burn_soon")
    assert burns["statistic"] == {"totalAmount": 279.5}
    found = await client.ask("loyalty_accounts", {"phoneNumber": "+79050001122"})
    assert [row["id"] for row in found["loyaltyAccounts"]] == [number]
    await client.ask("loyalty_account_edit", number, {"cardNumber": "2000 71"})
    assert set(client.codes[1:]) == {200}


async def test_bonuses_on_an_order(client: Client, door: httpx.AsyncClient) -> None:
    """The client's calculate, apply and cancel speak of the same numbers."""
    await client.ask("customer_create", {"externalId": "c-1", "firstName": "Илья"})
    join = {"action": "loyalty.join", "customer": 9001, "activate": True}
    credit = {"action": "loyalty.credit", "customer": 9001, "amount": 300}
    await door.post("/act", json={"actions": [join, credit]})
    draft = {
        "customer": {"externalId": "c-1"},
        "privilegeType": "loyalty_level",
        "items": [LINE],
    }
    asked = await client.ask("loyalty_calculate", draft, "shop-ru", 20)
    assert asked["calculations"][0]["maxChargeBonuses"] == 270
    await client.ask("order_create", {**draft, "externalId": "o-1"}, site="shop-ru")
    applied = await client.ask("orders_loyalty_apply", {"externalId": "o-1"}, "shop-ru", 20)
    assert applied["order"]["totalSumm"] == asked["order"]["totalSumm"] == 880
    undone = await client.ask("orders_loyalty_cancel_bonus_operations", {"externalId": "o-1"})
    assert undone["order"]["loyaltyAccount"]["amount"] == 300
    programs = await client.ask("loyalty_loyalties", {"active": 1})
    assert [row["name"] for row in programs["loyalties"]] == ["Club"]
    assert (await client.ask("loyalty_loyalty", 2))["requiredFields"][0]["code"] == "firstName"


async def test_a_module_is_registered_and_read(client: Client) -> None:
    """What the client registers comes back; an unknown module is a bad parameter."""
    row = {
        "code": "gateway-c1",
        "integrationCode": "gateway",
        "active": True,
        "name": "Шлюз",
        "clientId": "c1",
        "baseUrl": "https://gw.example.com/",
    }
    assert (await client.ask("integration_module_edit", row))["info"] == []
    held = (await client.ask("integration_module", "gateway-c1"))["integrationModule"]
    assert (held["name"], held["freeze"]) == ("Шлюз", False)
    scopes = {"scopes": ["order_read"]}
    refused = await client.ask("integration_module_update_scopes", "gateway-c1", scopes)
    assert refused["errorMsg"] == "Not enabled simple connection"
    await client.ask("integration_module", "none")
    assert client.codes == [201, 200, 400, 400]


async def test_stock_and_prices(client: Client) -> None:
    """Uploads tell what was not found; the reading shows what was written."""
    rows = [
        {"externalId": "sku-1", "stores": [{"code": "main", "available": 5}]},
        {"externalId": "нет", "stores": [{"code": "main", "available": 1}]},
    ]
    told = await client.ask("inventories_upload", rows, site="shop-ru")
    assert told["notFoundOffers"] == [{"externalId": "нет"}]
    (row,) = (await client.ask("inventories", {"details": 1}))["offers"]
    assert row["stores"] == [{"store": "main", "quantity": 5}]
    prices = [
        {"externalId": "sku-1", "site": "shop-ru", "prices": [{"code": "base", "price": 950}]}
    ]
    await client.ask("prices_upload", prices)
    (offer,) = (await client.ask("offers", {"externalIds": ["sku-1"]}))["offers"]
    assert (offer["price"], offer["quantity"]) == (950, 5)
    group = await client.ask("product_groups_create", {"name": "Посуда", "externalId": "g"})
    await client.ask("product_groups_edit", "g", {"name": "Чашки"}, site="shop-ru")
    (shown,) = (await client.ask("product_groups"))["productGroup"]
    assert (shown["id"], shown["name"]) == (group["id"], "Чашки")
    made = await client.ask("products_batch_create", [{"name": "Блюдце"}])
    edit = [{"id": made["addedProducts"][0], "name": "Блюдо"}]
    assert (await client.ask("products_batch_edit", edit))["processedProductsCount"] == 1
    names = [row["name"] for row in (await client.ask("products"))["products"]]
    assert names == ["Блюдо", "Mug"]
    assert (await client.ask("products_properties"))["properties"] == []
    assert (await client.ask("products_properties_values"))["productPropertyValues"] == []


async def test_firms_tasks_carts_and_links(client: Client) -> None:
    """The client's further methods find what they made."""
    await client.ask("customer_create", {"externalId": "c-1", "firstName": "Ия"})
    firm = await client.ask("customer_corporate_create", {"externalId": "f-1", "nickName": "Ёлка"})
    held = await client.ask("customer_corporate", firm["id"], "id")
    assert held["customerCorporate"]["nickName"] == "Ёлка"
    address = {"externalId": "f-1", "city": "Тверь"}
    await client.ask("customer_corporate_addresses_create", address)
    shown = await client.ask("customer_corporate_addresses", "f-1")
    assert [row["city"] for row in shown["addresses"]] == ["Тверь"]
    feed = await client.ask("customers_corporate_history", {"sinceId": 0})
    assert [row["field"] for row in feed["history"]] == ["id", "address"]
    task = await client.ask("task_create", {"text": "Позвонить"})
    await client.ask("task_edit", {"id": task["id"], "complete": True})
    assert (await client.ask("task", task["id"]))["task"]["complete"] is True
    items = [{"offer": {"externalId": "sku-1"}, "price": 900, "quantity": 1}]
    cart = {"customer": {"externalId": "c-1"}, "items": items}
    await client.ask("customer_interaction_cart_set", "shop-ru", cart)
    stored = await client.ask("customer_interaction_cart", "shop-ru", "c-1")
    assert stored["cart"]["items"][0]["price"] == 900
    for name in ("o-1", "o-2"):
        await client.ask("order_create", {"externalId": name, "items": [LINE]})
    link = {"comment": "Обмен", "orders": [{"externalId": "o-1"}, {"externalId": "o-2"}]}
    await client.ask("order_links_create", link)
    assert (await client.ask("order", "o-1"))["order"]["links"][0]["comment"] == "Обмен"
    assert (await client.ask("segments"))["segments"] == []
    assert [row["id"] for row in (await client.ask("users"))["users"]] == [7]
    assert max(client.codes) == 201


async def test_the_client_edits_firms_under_another_name(client: Client) -> None:
    """The client sends ``customersCorporate`` on edit; the right name is the singular one."""
    await client.ask("customer_corporate_create", {"externalId": "f-1", "nickName": "Ёлка"})
    refused = await client.ask("customer_corporate_edit", {"externalId": "f-1", "vip": True})
    assert refused["errorMsg"] == "Parameter 'customerCorporate' is missing"
