"""The privacy promise: personal data and secrets live at the vendors and sealed in the store.

Each test lets planted values pass through the gateway in one way, and then looks for them in all
places where they must not be: logs, journal, letters, wake-ups, metrics, answers, the operators'
screens, and every byte of the data folder.
"""

from __future__ import annotations

import sqlite3

from gateway.canonical import Kind
from tests.e2e import planted
from tests.e2e.hiding import (
    CRM_FORM,
    ECHO,
    Shop,
    assert_nothing_leaked,
    on_screen,
)
from tests.e2e.planted import traces
from tests.e2e.world import SHOP, log_events, until


async def test_nothing_leaks_while_all_goes_well(shop: Shop) -> None:
    """P8: the quiet days make most of the log; a name in every line would be there for ever."""
    world = shop.world
    user = await shop.register()
    number = await shop.order(user)
    await world.crm.act("customer.create", customer=CRM_FORM)
    order = await until(lambda: world.crm_order(number), what="the order is in the CRM")
    await until(
        lambda: world.site_user(planted.CRM_EMAIL), what="the CRM's customer is at the site"
    )
    await world.crm.act("order.edit", number=number, order={"managerComment": planted.COMMENT})
    await world.site.act("customer.edit", id=user, fields={"phone": planted.OTHER_PHONE})
    await world.quiet()
    assert order["customerComment"] == planted.COMMENT
    assert order["customFields"]["card_number"] == planted.CARD
    customer = await world.crm_customer(planted.EMAIL.lower())
    assert customer is not None
    assert customer["lastName"] == planted.LAST
    assert log_events(world, "vendor.called")
    await assert_nothing_leaked(shop)


async def test_the_store_itself_can_be_read_and_holds_the_data(shop: Shop) -> None:
    """Were nothing stored, or somewhere else, the search in the file would prove nothing."""
    user = await shop.register()
    link = await until(
        lambda: shop.world.link(SHOP, Kind.CUSTOMER, user), what="the customer is stored"
    )
    assert planted.LAST in repr(dict(link.known))
    folder = shop.folder / "data"
    content = b"".join(file.read_bytes() for file in folder.iterdir())
    assert link.entity_id.encode() in content
    with sqlite3.connect(f"file:{folder / 'gateway.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT sealed FROM link").fetchall()
    database.close()
    assert rows
    assert [traces(sealed) for (sealed,) in rows] == [[]] * len(rows)


async def test_the_screens_would_show_the_data_without_their_mask(shop: Shop) -> None:
    """Were the screens empty for another reason, their silence would prove nothing."""
    user = await shop.register()
    await until(lambda: shop.world.crm_customer(planted.EMAIL.lower()), what="he is in the CRM")
    link = await shop.world.link(SHOP, Kind.CUSTOMER, user)
    assert link is not None
    asked = ["journal", "show", link.entity_id, "--who", "olga"]
    masked = await on_screen(shop.world, [asked])
    unmasked = await on_screen(shop.world, [[*asked, "--unmask"]])
    assert link.entity_id in str(masked[0])
    assert traces(masked[0]) == []
    assert {"last name", "first name", "e-mail", "phone", "card"} <= set(traces(unmasked[0]))


async def test_nothing_leaks_at_the_door(shop: Shop) -> None:
    """Whoever knocks wrongly must not find his words in our log, nor ours in his answer."""
    user = await shop.register()
    await until(lambda: shop.world.link(SHOP, Kind.CUSTOMER, user), what="the event came in")
    form = {
        "event": "ONGATEWAYUSERSAVE",
        "data[FIELDS][ID]": str(user),
        "data[FIELDS][PHONE]": planted.PHONE,
        "auth[application_token]": "wrong-" + planted.API_KEY,
    }
    good = {**form, "auth[application_token]": planted.WEBHOOK_TOKEN}
    assert await shop.ask("POST", "/hooks/shop", data=form) == 403
    assert await shop.ask("POST", "/hooks/shop", data={**good, "data[FIELDS][ID]": ECHO}) == 400
    assert await shop.ask("POST", "/hooks/shop", content=ECHO.encode("cp1251")) in {400, 403}
    assert await shop.ask("GET", "/hooks/shop", params={"phone": planted.PHONE}) in {400, 403}
    assert await shop.ask("POST", "/hooks/crm", data=form) == 404
    assert await shop.ask("POST", f"/hooks/{planted.FIRST}", data=form) == 404
    assert await shop.ask("DELETE", "/hooks/shop", params={"token": planted.API_KEY}) == 405
    assert await shop.ask("GET", f"/{planted.EMAIL}/{planted.PHONE}") == 404
    for spoken in (planted.PHONE, planted.EMAIL, planted.CARD):
        headers = {"X-Correlation-ID": spoken}
        assert await shop.ask("POST", "/hooks/shop", data=form, headers=headers) == 403
    assert log_events(shop.world, "hook.refused")
    await assert_nothing_leaked(shop)
