"""Change feeds against the running double: nothing is lost, nothing unchanged is read again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.canonical import Kind, OrderStatus
from gateway.contract import ContractViolated, Unsupported
from tests.connectors.bitrix.samples import place, whole_order
from tests.connectors.bitrix.test_customers import register, whole_customer
from tests.connectors.bitrix.world import (
    CUSTOMER_KEY,
    ORDER_KEY,
    World,
    creation,
    edit,
    in_process,
    open_world,
)

if TYPE_CHECKING:
    from gateway.contract import Page


async def drained(world: World, kind: Kind, cursor: str | None) -> tuple[list[Any], str, int]:
    """Pull until the feed is empty; return what came, the cursor and the echoes."""
    items: list[Any] = []
    echoes = 0
    for _ in range(100):
        page: Page[Any] = await world.connector.readers[kind].pull(cursor, limit=100)
        items += page.items
        echoes += page.echoes
        cursor = page.cursor
        if not page.has_more:
            return items, cursor, echoes
    pytest.fail("the feed does not end")


async def test_the_first_pull_of_orders_starts_now(world: World) -> None:
    """All orders of the shop's life would be read at the first start."""
    await place(world)
    await world.shop.act("clock.freeze", at="2030-01-01T12:00:00+03:00")
    items, cursor, _ = await drained(world, Kind.ORDER, None)
    assert items == []
    order_id = await place(world)
    items, _, _ = await drained(world, Kind.ORDER, cursor)
    assert [item.external_id for item in items] == [order_id]


async def test_a_full_first_load_of_orders_may_be_asked_for() -> None:
    """A shop that starts with the gateway could not bring its orders along."""
    async with open_world(orders_from="2020-01-01T00:00:00+03:00") as world:
        ids = {await place(world) for _ in range(3)}
        items, _, _ = await drained(world, Kind.ORDER, None)
        assert {item.external_id for item in items} == ids


async def test_equal_times_across_pages_lose_nothing(world: World) -> None:
    """Orders saved in one second would be cut off at the border of a page."""
    _, cursor, _ = await drained(world, Kind.ORDER, None)
    await world.shop.act("clock.freeze", at="2030-01-01T12:00:00+03:00")
    ids = {await place(world) for _ in range(120)}
    items, _, _ = await drained(world, Kind.ORDER, cursor)
    assert [item.external_id for item in items] == sorted(ids, key=int)


async def test_what_did_not_change_is_neither_read_nor_reported_again(world: World) -> None:
    """Each round would read the last minute's orders anew."""
    _, cursor, _ = await drained(world, Kind.ORDER, None)
    await place(world)
    items, cursor, _ = await drained(world, Kind.ORDER, cursor)
    assert len(items) == 1
    world.operations.clear()
    items, cursor, _ = await drained(world, Kind.ORDER, cursor)
    assert items == []
    assert world.operations == ["sale.order.list"]
    json.loads(cursor)


async def test_a_late_save_within_the_overlap_is_found(world: World) -> None:
    """A save that became visible after a later one would never be read."""
    _, cursor, _ = await drained(world, Kind.ORDER, None)
    await world.shop.act("clock.freeze", at="2030-01-01T12:00:30+03:00")
    await place(world)
    items, cursor, _ = await drained(world, Kind.ORDER, cursor)
    assert len(items) == 1
    await world.shop.act("clock.freeze", at="2030-01-01T12:00:05+03:00")
    late = await place(world)
    items, _, _ = await drained(world, Kind.ORDER, cursor)
    assert [item.external_id for item in items] == [late]


async def test_the_walked_stretch_shrinks_when_it_is_quiet(world: World) -> None:
    """The rows of a big import would be listed again in every round for ever."""
    _, cursor, _ = await drained(world, Kind.ORDER, None)
    await world.shop.act("clock.freeze", at="2030-01-01T12:00:00+03:00")
    await place(world)
    await world.shop.act("clock.freeze", at="2030-01-01T12:00:20+03:00")
    await place(world)
    _, cursor, _ = await drained(world, Kind.ORDER, cursor)
    assert len(json.loads(cursor)["seen"]) == 2
    world.clock.moment += timedelta(seconds=200)
    _, cursor, _ = await drained(world, Kind.ORDER, cursor)
    assert len(json.loads(cursor)["seen"]) == 1
    changed = await place(world)
    items, _, _ = await drained(world, Kind.ORDER, cursor)
    assert [item.external_id for item in items] == [changed]


async def test_own_writes_are_left_out_and_the_shop_s_are_not(world: World) -> None:
    """Every write would come back as a reading, or a site's edit after it would be missed."""
    _, cursor, _ = await drained(world, Kind.ORDER, None)
    outcome = await world.written(Kind.ORDER, creation(world.connector, ORDER_KEY, whole_order()))
    items, cursor, echoes = await drained(world, Kind.ORDER, cursor)
    assert (items, echoes) == ([], 1)
    await world.shop.act("order.status", order_id=int(outcome.external_id), status="F")
    items, _, _ = await drained(world, Kind.ORDER, cursor)
    assert [item.entity.status for item in items] == [OrderStatus.COMPLETE]


async def test_a_shop_that_ignores_the_date_filter_is_refused() -> None:
    """Every pull would read the whole shop and report it as changed."""
    connector, site, http = in_process()
    await http.call(
        "POST",
        "sale.order.add",
        operation="",
        repeatable=False,
        json={"fields": {"lid": "s1", "personTypeId": 1, "currency": "RUB"}},
    )
    site.orders.update(
        next(iter(site.orders.rows.values())), dateUpdate="2199-01-01T00:00:00+03:00"
    )
    with pytest.raises(Unsupported, match="dateUpdate"):
        await connector.readers[Kind.ORDER].pull(None, limit=100)


async def test_a_foreign_cursor_is_refused(world: World) -> None:
    """A cursor of another feed would be read as a place in this one."""
    _, cursor, _ = await drained(world, Kind.CUSTOMER, None)
    with pytest.raises(ContractViolated):
        await world.connector.readers[Kind.ORDER].pull(cursor, limit=100)


async def test_customers_come_by_the_change_log(world: World) -> None:
    """A new or changed customer would not be seen, or all of them would."""
    await register(world)
    items, cursor, _ = await drained(world, Kind.CUSTOMER, None)
    assert items == []
    user_id = await register(world, phone="+79160000001", email="b@example.ru")
    items, cursor, _ = await drained(world, Kind.CUSTOMER, cursor)
    assert [item.external_id for item in items] == [user_id]
    items, cursor, _ = await drained(world, Kind.CUSTOMER, cursor)
    assert items == []


async def test_a_card_bound_to_a_customer_is_a_change_of_his(world: World) -> None:
    """A card given out at the till would never reach the CRM."""
    user_id = await register(world)
    _, cursor, _ = await drained(world, Kind.CUSTOMER, None)
    await world.shop.act("card.put", number="2000000000017", user_id=int(user_id))
    items, _, _ = await drained(world, Kind.CUSTOMER, cursor)
    assert [card.number for card in items[0].entity.cards] == ["2000000000017"]


async def test_own_customer_writes_do_not_come_back(world: World) -> None:
    """Every customer that the gateway writes would be read again."""
    _, cursor, _ = await drained(world, Kind.CUSTOMER, None)
    change = creation(world.connector, CUSTOMER_KEY, whole_customer())
    outcome = await world.written(Kind.CUSTOMER, change)
    items, cursor, _ = await drained(world, Kind.CUSTOMER, cursor)
    assert items == []
    await world.shop.act("customer.edit", id=int(outcome.external_id), fields={"name": "Петя"})
    items, _, _ = await drained(world, Kind.CUSTOMER, cursor)
    assert [item.entity.name.first for item in items] == ["Петя"]


async def test_merged_and_erased_users_are_told_as_such(world: World) -> None:
    """A merged or erased user would live on in every other system as a person of his own."""
    first = await register(world)
    second = await register(world, phone="+79160000001", email="b@example.ru")
    third = await register(world, phone="+79160000002", email="c@example.ru")
    _, cursor, _ = await drained(world, Kind.CUSTOMER, None)
    merge = {"survivorId": int(first), "loserIds": [int(second)], "idempotencyKey": "m-1"}
    await world.shop.result("gateway.user.merge", merge)
    await world.shop.result("gateway.user.erase", {"id": int(third), "idempotencyKey": "e-1"})
    items, _, _ = await drained(world, Kind.CUSTOMER, cursor)
    told = {item.external_id: (item.deleted, item.merged_into) for item in items}
    assert told == {first: (False, None), second: (True, first), third: (True, None)}


async def test_a_log_that_does_not_reach_back_is_replaced_by_a_walk(world: World) -> None:
    """After a month's pause the changes in between would be lost without a word."""
    _, cursor, _ = await drained(world, Kind.CUSTOMER, None)
    ids = {
        await register(world, phone=f"+79160000{n:03d}", email=f"p{n}@example.ru")
        for n in range(120)
    }
    await world.shop.act("changes.trim", before=100)
    items, cursor, _ = await drained(world, Kind.CUSTOMER, cursor)
    assert ids <= {item.external_id for item in items}
    items, _, _ = await drained(world, Kind.CUSTOMER, cursor)
    assert items == []


async def test_an_edit_during_the_pull_is_not_lost(world: World) -> None:
    """The version read with a change would hide the one that came right after it."""
    _, cursor, _ = await drained(world, Kind.ORDER, None)
    order_id = await place(world)
    items, cursor, _ = await drained(world, Kind.ORDER, cursor)
    wanted = items[0].entity.model_copy(update={"manager_comment": "Собран"})
    await world.written(Kind.ORDER, edit(world.connector, items[0], wanted))
    await world.shop.act("order.pay", order_id=int(order_id))
    items, _, _ = await drained(world, Kind.ORDER, cursor)
    assert [item.external_id for item in items] == [order_id]
