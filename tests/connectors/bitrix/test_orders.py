"""Orders through the connector against the running double."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.canonical import (
    DiscountReason,
    Kind,
    Money,
    OrderStatus,
    PersonName,
)
from gateway.canonical.paths import known, spoken
from gateway.contract import Exists, OutcomeUnknown, Written
from tests.connectors.bitrix.samples import place, whole_order
from tests.connectors.bitrix.world import ORDER_KEY, World, creation, edit


async def test_an_order_of_the_shop_is_read_whole(world: World) -> None:
    """Lines, reasons, contact, payment or delivery would be lost on the way in."""
    observed = await world.order(await place(world))
    order = observed.entity
    assert order.number == observed.external_id
    assert observed.customer_external_id == "7"
    assert observed.key is None
    assert order.status is OrderStatus.NEW
    assert [(line.product.external_id, line.quantity) for line in order.lines] == [
        ("88", Decimal(2)),
        ("90", Decimal("1.5")),
    ]
    assert order.lines[0].id.startswith("bitrix-")
    assert order.contact.name == PersonName(last="Петрова", first="Анна", patronymic="Ивановна")
    assert order.contact.phone == "+79990001122"
    assert order.card_number == "2000000000017"
    assert [d.reason for d in order.discounts] == [DiscountReason.CARD]
    assert order.payments[0].method == "card"
    assert order.delivery.cost == Money.of(280)
    assert order.delivery.address.text == "Москва, ул. Ёлкина, 5"


async def test_a_used_coupon_is_a_promo_code_and_a_reason(world: World) -> None:
    """The CRM would not learn why the order was cheaper."""
    await world.shop.act("coupon.create", code="ВЕСНА-10", discount_id=15)
    order = (await world.order(await place(world, coupon="ВЕСНА-10"))).entity
    assert order.promo_codes == ("ВЕСНА-10",)
    assert DiscountReason.PROMO_CODE in {d.reason for d in order.discounts}
    assert order.lines[0].discounts[0].code == "ВЕСНА-10"


async def test_a_created_order_reads_back_as_it_was_held(world: World) -> None:
    """What is read back and was not held would echo as a change, or be sent for ever."""
    change = creation(world.connector, ORDER_KEY, whole_order(), customer_external_id=None)
    outcome = await world.written(Kind.ORDER, change)
    assert outcome.created
    observed = await world.order(outcome.external_id)
    assert observed.key == ORDER_KEY
    assert known(spoken(observed.entity)) == known(spoken(change.entity))
    assert outcome.held is not None
    assert known(spoken(outcome.held)) == known(spoken(change.entity))
    assert outcome.version == observed.version


async def test_creating_twice_leaves_one_order(world: World) -> None:
    """A repeated creation would make a second order at the shop."""
    change = creation(world.connector, ORDER_KEY, whole_order())
    first = await world.written(Kind.ORDER, change)
    (second,) = await world.write(Kind.ORDER, change)
    assert second == Exists(first.external_id)
    rows = await world.shop.result("sale.order.list", {"filter": {"xmlId": ORDER_KEY}})
    assert len(rows["orders"]) == 1


async def test_a_creation_cut_after_commit_is_found_and_completed(world: World) -> None:
    """A lost answer would leave two orders, or one without its parts."""
    change = creation(world.connector, ORDER_KEY, whole_order())
    await world.connector.prepare()
    await world.fault({"kind": "cut_after", "path": "batch", "times": 1})
    writer = world.connector.writers[Kind.ORDER]
    with pytest.raises(OutcomeUnknown):
        await writer.write([change])
    assert list(await writer.find([ORDER_KEY])) == [ORDER_KEY]
    (outcome,) = await world.write(Kind.ORDER, change)
    assert isinstance(outcome, Exists)
    await world.completed(Kind.ORDER, change, outcome.external_id)
    observed = await world.order(outcome.external_id)
    assert known(spoken(observed.entity)) == known(spoken(change.entity))
    assert len(observed.entity.lines) == 2


async def test_a_half_made_order_is_completed(world: World) -> None:
    """A cut in the middle of the shop's work would leave an order without goods for ever."""
    order_id = await world.shop.order(xmlId=ORDER_KEY)
    change = creation(world.connector, ORDER_KEY, whole_order())
    (outcome,) = await world.write(Kind.ORDER, change)
    assert outcome == Exists(str(order_id))
    await world.completed(Kind.ORDER, change, str(order_id))
    observed = await world.order(outcome.external_id)
    wanted = known(spoken(change.entity))
    assert {k: v for k, v in known(spoken(observed.entity)).items() if k != "placed_at"} == {
        k: v for k, v in wanted.items() if k != "placed_at"
    }


async def test_many_orders_travel_in_few_calls(world: World) -> None:
    """Each order would cost a call of its own, and the vendor's limit would be met."""
    observed = [await world.order(await place(world)) for _ in range(10)]
    changes = [
        edit(world.connector, one, one.entity.model_copy(update={"manager_comment": "Собрать"}))
        for one in observed
    ]
    world.operations.clear()
    outcomes = await world.write(Kind.ORDER, *changes)
    assert all(isinstance(outcome, Written) for outcome in outcomes)
    assert world.operations == ["batch"]


async def test_a_status_goes_out_and_its_code_comes_back(world: World) -> None:
    """The shop would not follow the CRM's status."""
    observed = await world.order(await place(world))
    wanted = observed.entity.model_copy(update={"status": OrderStatus.DELIVERY})
    outcome = await world.written(Kind.ORDER, edit(world.connector, observed, wanted))
    row = await world.shop.result("sale.order.get", {"id": observed.external_id})
    assert row["order"]["statusId"] == "P"
    assert outcome.held is not None
    assert outcome.held.status is OrderStatus.ASSEMBLING
