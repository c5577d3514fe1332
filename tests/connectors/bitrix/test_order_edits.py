"""Edits of orders through the connector against the running double."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from gateway.canonical import (
    Kind,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    PaymentState,
    ProductRef,
)
from gateway.canonical.paths import known, spoken
from gateway.contract import Failed, Missing, OutcomeUnknown, Rejected, Written
from tests.connectors.bitrix.samples import place, whole_order
from tests.connectors.bitrix.world import ORDER_KEY, World, creation, edit, open_world


async def test_lines_are_edited_added_and_removed(world: World) -> None:
    """A manager's edit of the goods would not reach the shop, or would touch other rows."""
    observed = await world.order(await place(world))
    first = observed.entity.lines[0].model_copy(
        update={"quantity": Decimal(5), "price": Money.of("600.10")}
    )
    new = OrderLine(
        id="crm-77",
        product=ProductRef(external_id="89", name="Мёд"),
        quantity=Decimal(1),
        price=Money.of(400),
    )
    wanted = observed.entity.model_copy(update={"lines": (first, new)})
    change = edit(world.connector, observed, wanted)
    await world.written(Kind.ORDER, change)
    again = await world.order(observed.external_id)
    assert known(spoken(again.entity)) == known(spoken(change.entity))
    assert {line.id for line in again.entity.lines} == {first.id, "crm-77"}


async def test_a_row_that_the_gateway_does_not_know_stays(world: World) -> None:
    """Goods that a manager added meanwhile would be deleted by an edit of another row."""
    observed = await world.order(await place(world))
    await world.shop.act(
        "order.edit_basket",
        order_id=int(observed.external_id),
        items=[{"product_id": 89, "quantity": 1}],
    )
    first = observed.entity.lines[0].model_copy(update={"quantity": Decimal(3)})
    wanted = observed.entity.model_copy(update={"lines": (first, observed.entity.lines[1])})
    await world.written(Kind.ORDER, edit(world.connector, observed, wanted))
    assert len((await world.order(observed.external_id)).entity.lines) == 3


async def test_other_properties_survive_an_edit_of_one(world: World) -> None:
    """The shop wipes what is not sent: an edit of the phone would lose the address."""
    observed = await world.order(await place(world, properties={"CITY": "Псков", "ZIP": "180000"}))
    contact = OrderContact(phone="+79031112233")
    wanted = observed.entity.model_copy(update={"contact": contact})
    await world.written(Kind.ORDER, edit(world.connector, observed, wanted))
    answer = await world.shop.result(
        "sale.propertyvalue.list", {"filter": {"orderId": int(observed.external_id)}}
    )
    values = {row["code"]: row["value"] for row in answer["propertyValues"]}
    assert values["PHONE"] == "+79031112233"
    assert (values["CITY"], values["ZIP"]) == ("Псков", "180000")


async def test_a_payment_is_marked_paid(world: World) -> None:
    """A payment taken by the CRM would stay open at the shop."""
    observed = await world.order(await place(world))
    paid = observed.entity.payments[0].model_copy(
        update={"state": PaymentState.PAID, "paid_at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC)}
    )
    change = edit(
        world.connector, observed, observed.entity.model_copy(update={"payments": (paid,)})
    )
    await world.written(Kind.ORDER, change)
    again = await world.order(observed.external_id)
    assert again.entity.payments[0].state is PaymentState.PAID
    assert known(spoken(again.entity)) == known(spoken(change.entity))


async def test_cancelling_a_paid_order_is_refused_with_a_remedy(world: World) -> None:
    """The operator would not learn why the cancellation never arrives."""
    order_id = await place(world, payments=[{"pay_system_id": 2, "paid": "Y"}])
    observed = await world.order(order_id)
    wanted = observed.entity.model_copy(
        update={"status": OrderStatus.CANCELLED, "cancel_reason": "Передумал"}
    )
    (outcome,) = await world.write(Kind.ORDER, edit(world.connector, observed, wanted))
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Rejected)
    assert "on_cancel_paid" in outcome.error.reason


async def test_cancelling_may_return_the_payment_first() -> None:
    """An account that asks for it would still be refused its cancellations."""
    async with open_world(on_cancel_paid="return") as world:
        order_id = await place(world, payments=[{"pay_system_id": 2, "paid": "Y"}])
        observed = await world.order(order_id)
        wanted = observed.entity.model_copy(
            update={"status": OrderStatus.CANCELLED, "cancel_reason": "Передумал"}
        )
        change = edit(world.connector, observed, wanted)
        await world.written(Kind.ORDER, change)
        again = await world.order(order_id)
        assert again.entity.status is OrderStatus.CANCELLED
        assert again.entity.payments[0].state is PaymentState.REFUNDED
        assert known(spoken(again.entity)) == known(spoken(change.entity))


async def test_one_refused_order_does_not_hide_its_neighbours(world: World) -> None:
    """One bad product would hold up every order of the batch."""
    bad = Order(
        status=OrderStatus.NEW,
        lines=(OrderLine(id="crm-1", product=ProductRef(external_id="999999", name="Нет такого")),),
    )
    good = creation(world.connector, ORDER_KEY, whole_order())
    first, second = await world.write(
        Kind.ORDER, creation(world.connector, "o-01jbadbadbadbadbadbad", bad), good
    )
    assert isinstance(first, Failed)
    assert isinstance(first.error, OutcomeUnknown)
    assert isinstance(second, Written)


async def test_an_order_that_is_gone_is_missing(world: World) -> None:
    """A deleted order would be retried for ever or reported as something else."""
    observed = await world.order(await place(world))
    await world.shop.act("order.delete", order_id=int(observed.external_id))
    reading = await world.connector.readers[Kind.ORDER].get([observed.external_id, "x-1"])
    assert list(reading.missing) == [observed.external_id, "x-1"]
    wanted = observed.entity.model_copy(update={"manager_comment": "Где он?"})
    (outcome,) = await world.write(Kind.ORDER, edit(world.connector, observed, wanted))
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Missing)
