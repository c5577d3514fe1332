"""Cards (B4): one that was issued without a name finds its person when a guest orders with it."""

from __future__ import annotations

from pathlib import Path

from gateway.canonical import Kind
from gateway.config import Config
from tests.e2e.selling import CARD, CRM_FORM, EMAIL
from tests.e2e.world import SHOP, Row, World, open_world, until

PHONE = "+79161234567"


def _reads_cards(config: Config) -> Config:
    """The demo's shop is told of cards; this one issues them too."""
    shop = config.accounts[SHOP]
    shop = shop.model_copy(update={"reads": shop.reads | {Kind.CARD}})
    return config.model_copy(update={"accounts": {**config.accounts, SHOP: shop}})


async def _guest_orders(world: World) -> str:
    """Let a guest order with the card, with an e-mail that is known and a phone that is not."""
    answer = await world.site.act(
        "order.place",
        card=CARD,
        items=[{"product_id": 501, "name": "Мёд липовый", "quantity": 1, "price": "450.00"}],
        properties={"FIO": "Семёнова Алёна", "EMAIL": EMAIL, "PHONE": "8 (916) 123-45-67"},
    )
    return str(answer["account_number"])


async def test_a_guests_card_and_phone_reach_both_systems(tmp_path: Path) -> None:
    """A guest who is known by her e-mail stays a stranger, and her card and phone are lost."""
    async with open_world(tmp_path, change=_reads_cards) as world:
        made = await world.crm.act(
            "customer.create", customer={**CRM_FORM, "phones": [], "email": EMAIL}
        )
        user = await until(lambda: world.site_user(EMAIL), what="the CRM's customer is a buyer")
        await world.site.act("card.put", number=CARD, state="active", discount_percent=5)
        await world.quiet()  # its id there is veiled: nothing else tells that it is known
        number = await _guest_orders(world)

        async def matched() -> Row | None:
            customer = await world.crm_customer(EMAIL)
            has_card = customer is not None and customer.get("discountCardNumber") == CARD
            return customer if has_card else None

        customer = await until(matched, what="the CRM has the card")
        order = await until(lambda: world.crm_order(number), what="the CRM has the order")
        await world.quiet()
        known = (await world.site_api.call("gateway.card.get", {"number": CARD}))["card"]
        buyer = await world.site_user(EMAIL)

        assert [one["number"] for one in customer["phones"]] == [PHONE]
        assert order["customer"]["id"] == customer["id"] == made["id"]
        assert str(known["userId"]) == str(user["id"])
        assert buyer is not None
        assert buyer["phone"] == PHONE
        assert len(await world.crm_customers()) == 1
