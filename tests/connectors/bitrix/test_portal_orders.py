"""Orders and prices of a portal of Bitrix24, over real HTTP to the double.

``sale.*`` and ``catalog.*`` are those of a shop; buyers are contacts, and there is no site
extension (reference, the table at its head, and 2.1).
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.bitrix.config import BitrixSettings
from gateway.canonical import Kind, OrderStatus
from gateway.canonical.paths import known, spoken
from gateway.contract import Cursor, Operation, OutcomeUnknown, WebhookRequest
from gateway.contract.operations import CUSTOMER_MERGE
from tests.connectors.bitrix.samples import PLACE, whole_order
from tests.connectors.bitrix.test_contacts import PORTAL, added, phones, portal
from tests.connectors.bitrix.test_webhook import form
from tests.connectors.bitrix.world import CODE, ORDER_KEY, World, creation, edit

CHECKOUT: dict[str, Any] = {name: value for name, value in PLACE.items() if name != "customer_id"}


async def checkout(world: World, contact_id: str | None) -> str:
    """Let a manager take an order, of a contact or of nobody, and return its id."""
    buyer = {} if contact_id is None else {"contact_id": int(contact_id)}
    return str((await world.shop.act("order.place", **CHECKOUT, **buyer))["id"])


async def test_the_buyer_of_an_order_is_its_contact() -> None:
    """The order would hang on the site's anonymous user, or on nobody."""
    async with portal(orders="rest") as world:
        contact = await added(world, NAME="Анна", PHONE=phones("+79990001122"))
        observed = await world.order(await checkout(world, contact))
        assert observed.customer_external_id == contact
        assert observed.entity.contact.phone == "+79990001122"
        assert "gateway.order.coupons" not in await world.calls_since(0)
        nobody = await world.order(await checkout(world, None))
        assert nobody.customer_external_id is None


async def test_the_first_contact_counts_and_a_company_does_not() -> None:
    """A firm would be taken for the person who buys for it."""
    async with portal(orders="rest") as world:
        colleague, buyer = await added(world, NAME="Пётр"), await added(world, NAME="Анна")
        firm = {"entityTypeId": 4, "fields": {"title": "ООО «Ёлка»"}}
        company = (await world.shop.result("crm.item.add", firm))["item"]["id"]
        clients = [
            {"entityTypeId": 4, "entityId": company, "isPrimary": "Y"},
            {"entityTypeId": 3, "entityId": colleague, "isPrimary": "N"},
            {"entityTypeId": 3, "entityId": buyer, "isPrimary": "Y"},
        ]
        order = {"lid": "s1", "personTypeId": 2, "currency": "RUB", "clients": clients}
        made = await world.shop.result("sale.order.modify", {"fields": {"order": order}})
        observed = await world.order(str(made["order"]["id"]))
        assert observed.customer_external_id == buyer


async def test_an_order_follows_its_merged_contact() -> None:
    """After a merge at the portal orders would name a contact that is no more."""
    async with portal(orders="rest") as world:
        survivor, loser = await added(world, NAME="Анна"), await added(world, NAME="Анна")
        order = await checkout(world, loser)
        payload = {"survivor": survivor, "losers": [loser]}
        await world.connector.operations[CUSTOMER_MERGE].perform(
            Operation("m-1", CUSTOMER_MERGE, payload)
        )
        assert (await world.order(order)).customer_external_id == survivor


async def test_an_order_is_made_once_and_reads_back_as_it_was_held() -> None:
    """A cut answer would make a second order; what is read back would echo as a change."""
    async with portal(orders="rest") as world:
        contact = await added(world, NAME="Анна")
        change = creation(world.connector, ORDER_KEY, whole_order(), customer_external_id=contact)
        await world.fault({"kind": "cut_after", "path": "batch", "times": 1})
        with pytest.raises(OutcomeUnknown):
            await world.write(Kind.ORDER, change)
        found = await world.connector.writers[Kind.ORDER].find([ORDER_KEY])
        order_id = await world.completed(Kind.ORDER, change, found[ORDER_KEY])
        observed = await world.order(order_id)
        assert known(spoken(observed.entity)) == known(spoken(change.entity))
        answer = await world.shop.result("sale.order.list", {"filter": {"xmlId": ORDER_KEY}})
        assert len(answer["orders"]) == 1


async def test_the_feed_and_an_edit_go_as_at_a_shop() -> None:
    """Managers' orders would not be found, or statuses from elsewhere not be shown to them."""
    async with portal(orders="rest") as world:
        reader = world.connector.readers[Kind.ORDER]
        cursor: Cursor | None = (await reader.pull(None, limit=50)).cursor
        order_id = await checkout(world, await added(world, NAME="Анна"))
        page = await reader.pull(cursor, limit=50)
        assert [item.external_id for item in page.items] == [order_id]
        sent = page.items[0].entity.model_copy(update={"status": OrderStatus.ASSEMBLING})
        await world.written(Kind.ORDER, edit(world.connector, page.items[0], sent))
        assert (await world.order(order_id)).entity.status is OrderStatus.ASSEMBLING
        cursor = page.cursor
        again = await reader.pull(cursor, limit=50)
        assert (list(again.items), again.echoes) == ([], 1)


async def test_events_of_orders_are_hints_where_orders_are_read() -> None:
    """An event of a kind that is not read would be a letter, one that is would be lost."""
    for orders, expected in (("rest", ["51"]), ("none", [])):
        async with portal(orders=orders) as world:
            assert world.connector.webhooks is not None
            request = WebhookRequest(form("ONSALEORDERSAVED", ID="51"))
            hints = world.connector.webhooks.receive(request)
            assert [hint.external_id for hint in hints] == expected


async def test_a_portal_without_orders_reads_none() -> None:
    """An account that lives by contacts alone would need a scope that it has no use for."""
    async with portal() as world:
        assert set(world.connector.readers) == set(world.connector.writers) == {Kind.CUSTOMER}
        await world.connector.prepare()
        assert not [call for call in await world.calls_since(0) if call.startswith("sale.")]


async def test_the_probe_asks_for_what_a_portal_with_orders_and_prices_needs() -> None:
    """A scope that is missing would be found at the first order."""
    async with portal(orders="rest", products="rest") as world:
        report = await world.connector.probe()
        assert report.ok, report.notes
        assert Kind.PRODUCT in world.connector.writers
        await world.shop.door("settings", {"scopes": ["crm", "user"]})
        told = " ".join((await world.connector.probe()).notes)
        assert "give the webhook the scope sale" in told
        assert "give the webhook the scope catalog" in told
    async with portal(orders="rest", statuses={"N": "new", "ZZ": "delivery"}) as world:
        assert (
            "statuses.ZZ: the shop has no such order status"
            in (await world.connector.probe()).notes
        )


@pytest.mark.parametrize("way", ["orders", "products"])
def test_a_portal_has_no_exchange(way: str) -> None:
    """The gateway would knock at a door that a cloud portal does not have."""
    exchange = {"site": "https://p.example.ru", "login": "l", "password": "p"}
    address = f"https://p.example.ru/rest/1/{CODE}/"
    sent = {**PORTAL, "url": address, "exchange": exchange, way: "exchange"}
    with pytest.raises(ValidationError, match="a portal has no exchange"):
        BitrixSettings.model_validate(sent)
