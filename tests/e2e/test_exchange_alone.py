"""A shop that has the exchange of 1C and nothing else, together with a CRM."""

from __future__ import annotations

from pathlib import Path

from gateway.canonical import Kind
from gateway.config import Config
from gateway.config.references import Secret
from gateway.ops.account_views import facts_of
from tests.e2e.selling import EMAIL, in_crm, place, register
from tests.e2e.world import SHOP, open_world, until

BUYER = {"FIO": "Семёнова Алёна Артёмовна", "PHONE": "8 (916) 123-45-67", "EMAIL": EMAIL}


def by_exchange(config: Config) -> Config:
    """Leave the shop its exchange."""
    shop = config.accounts[SHOP]
    site = shop.settings["url"].partition("/rest/")[0]
    door = {"site": site, "login": "1c", "password": Secret("secret"), "reads_buyers": True}
    settings = {
        "exchange": door,
        "orders": "exchange",
        "statuses": shop.settings["statuses"],
        "anonymous_user_ids": [2],
    }
    flow = {
        "reads": frozenset({Kind.CUSTOMER, Kind.ORDER}),
        "updates": frozenset({Kind.ORDER}),
        "creates": frozenset(),
        "settings": settings,
    }
    accounts = {**config.accounts, SHOP: shop.model_copy(update=flow)}
    return config.model_copy(update={"accounts": accounts})


async def test_an_order_brings_its_buyer_and_gets_its_status(tmp_path: Path) -> None:
    """The CRM would have orders of nobody, and the buyer would never see what became of his."""
    async with open_world(tmp_path, events=False, change=by_exchange) as world:
        able = facts_of(world.gateway.foundation.accounts[SHOP]).capabilities
        assert able == ("customer_reader", "order_reader", "order_writer")
        user = await register(world)
        sale = await place(world, user, properties=BUYER)
        order = await in_crm(world, sale)
        customer = await until(lambda: world.crm_customer(EMAIL), what="the buyer is in the CRM")
        assert order["customer"]["id"] == customer["id"]
        assert customer["phones"] == [{"number": "+79161234567"}]
        link = await world.link(SHOP, Kind.CUSTOMER, user)
        assert link is not None
        assert customer["externalId"] == link.entity_id

        await world.crm.act("order.status", number=sale.number, status="assembling")

        async def assembled() -> bool:
            return bool((await world.site_order(sale.id))["statusId"] == "S")

        await until(assembled, what="the site shows the status")
