"""Behaviour of visitors through the connector against the running double."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.canonical import BasketEventKind
from gateway.contract import BehaviourSource, Happening, TransientError
from tests.connectors.bitrix.test_customers import register
from tests.connectors.bitrix.world import World, open_world

PRODUCT, WANTED = 88, 99


def source(world: World) -> BehaviourSource:
    """Return the source."""
    found = world.connector.services.behaviour
    assert found is not None
    return found


async def buyer(world: World) -> int:
    """Register somebody, and put a product on sale; return the buyer's number."""
    products = [
        {"id": number, "name": "Мангал", "xml_id": f"guid-{number}", "iblock_id": 4}
        for number in (PRODUCT, WANTED)
    ]
    await world.shop.door("seed", {"products": products})
    return int(await register(world))


async def since(world: World, cursor: str, *, limit: int = 50) -> tuple[list[Happening], str]:
    """Return all that happened after a cursor, page by page."""
    found: list[Happening] = []
    while True:
        page = await source(world).happened(cursor, limit=limit)
        assert not page.rejected
        found += page.events
        cursor = page.cursor
        if not page.has_more:
            return found, cursor


async def start(world: World) -> str:
    """Return the cursor of now."""
    return (await source(world).happened(None, limit=50)).cursor


async def test_a_cart_is_told_whole_with_its_buyer(world: World) -> None:
    """The CDP would write a letter about a basket that is not the buyer's."""
    user = await buyer(world)
    cursor = await start(world)
    items = [{"product_id": PRODUCT, "quantity": 2}, {"product_id": WANTED, "quantity": "0.5"}]
    await world.shop.act("basket.save", user_id=user, items=items)

    (told,), _ = await since(world, cursor)

    assert told.customer_external_id == str(user)
    assert told.event.kind is BasketEventKind.BASKET_CHANGED
    assert [
        (line.product.external_id if line.product else None, line.quantity)
        for line in told.event.lines
    ] == [(str(PRODUCT), Decimal(2)), (str(WANTED), Decimal("0.5"))]
    assert told.event.total is not None


async def test_of_many_changes_the_last_state_is_told_and_an_empty_one_is_cleared(
    world: World,
) -> None:
    """A basket that was emptied would be called abandoned for days."""
    user = await buyer(world)
    cursor = await start(world)
    for quantity in (1, 2, 3):
        items = [{"product_id": PRODUCT, "quantity": quantity}]
        await world.shop.act("basket.save", user_id=user, items=items)
    (told,), cursor = await since(world, cursor)
    assert [line.quantity for line in told.event.lines] == [Decimal(3)]

    await world.shop.act("basket.save", user_id=user, items=[])
    (emptied,), _ = await since(world, cursor)

    assert emptied.event.kind is BasketEventKind.BASKET_CLEARED
    assert emptied.event.visitor_id == told.event.visitor_id
    assert emptied.event.id != told.event.id


async def test_reading_again_gives_the_same_events(world: World) -> None:
    """A page whose cursor was not stored would be told twice under other names."""
    user = await buyer(world)
    cursor = await start(world)
    await world.shop.act(
        "basket.save", user_id=user, items=[{"product_id": PRODUCT, "quantity": 1}]
    )
    await world.shop.act("subscription.add", user_id=user, contact="", product_id=WANTED)

    first, after = await since(world, cursor)
    again, _ = await since(world, cursor)

    assert first == again
    assert len(first) == 2
    assert (await since(world, after))[0] == []


async def test_who_waits_for_a_product_is_told_and_a_guest_is_not(world: World) -> None:
    """A wish would be lost, or told of nobody."""
    user = await buyer(world)
    cursor = await start(world)
    wish = {"user_id": user, "contact": "anna@example.ru", "product_id": WANTED}
    await world.shop.act("subscription.add", **wish)
    await world.shop.act("subscription.add", contact="guest@example.ru", product_id=WANTED)

    (told,), cursor = await since(world, cursor)
    assert told.event.kind is BasketEventKind.AVAILABILITY_WANTED
    assert told.event.product is not None
    assert told.event.product.external_id == str(WANTED)
    assert "anna" not in repr(told)

    await world.shop.act("subscription.add", **{**wish, "product_id": PRODUCT})
    (next_one,), _ = await since(world, cursor)
    assert next_one.event.product is not None
    assert next_one.event.product.external_id == str(PRODUCT)


async def test_a_lost_place_in_the_list_of_wishes_is_found_again() -> None:
    """One cursor that the site does not take any more would end the feed for ever."""
    async with open_world(product_key="xml_id") as world:
        user = await buyer(world)
        cursor = await start(world)
        await world.shop.act("subscription.add", user_id=user, contact="", product_id=WANTED)

        spoilt = cursor.replace('"wishes": ""', '"wishes": "bm90IGEgY3Vyc29y"')
        (told,), _ = await since(world, spoilt)

        assert told.event.product is not None
        assert told.event.product.external_id == f"guid-{WANTED}"


async def test_a_broken_answer_moves_nothing(world: World) -> None:
    """Events between two cursors would be lost with the page that failed."""
    user = await buyer(world)
    cursor = await start(world)
    await world.shop.act(
        "basket.save", user_id=user, items=[{"product_id": PRODUCT, "quantity": 1}]
    )
    await world.fault({"kind": "status", "status": 503, "path": "gateway.change.list", "times": 1})
    with pytest.raises(TransientError):
        await source(world).happened(cursor, limit=50)

    assert len((await since(world, cursor))[0]) == 1
