"""Orders through the connector against the running double."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    Address,
    Delivery,
    DiscountReason,
    Kind,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    PersonName,
    ProductRef,
)
from gateway.canonical.paths import known, spoken
from gateway.contract import Failed, Missing, OutcomeUnknown, Rejected, Written
from tests.connectors.bitrix.world import ORDER_KEY, World, creation, edit, open_world

PLACE: dict[str, Any] = {
    "customer_id": 7,
    "items": [{"product_id": 88, "quantity": 2}, {"product_id": 90, "quantity": 1.5}],
    "payments": [{"pay_system_id": 2}],
    "delivery": {"id": 3, "price": 280},
    "card": "2000000000017",
    "properties": {"PHONE": "8 (999) 000-11-22", "ADDRESS": "Москва, ул. Ёлкина, 5"},
    "comment": "Позвонить заранее",
}

BUYER = {
    "id": 7,
    "last_name": "Петрова",
    "name": "Анна",
    "second_name": "Ивановна",
    "phone": "+79990001122",
    "email": "anna@example.ru",
}


async def place(world: World, **more: Any) -> str:
    """Let a buyer place an order and return its id."""
    people = await world.shop.result("gateway.user.list", {"filter": {"ids": [7]}})
    if not people["items"]:
        await world.shop.door("seed", {"users": [BUYER]})
    done = await world.shop.act("order.place", **{**PLACE, **more})
    return str(done["id"])


def whole_order() -> Order:
    """Return an order born at another vendor."""
    return Order(
        number="CRM-1",
        status=OrderStatus.ASSEMBLING,
        placed_at=datetime(2026, 3, 1, 9, 30, 15, 500, tzinfo=UTC),
        contact=OrderContact(
            name=PersonName(last="Ёлкин", first="Пётр", patronymic="Ильич"),
            phone="+79161234567",
            email="petr@example.ru",
        ),
        lines=(
            OrderLine(
                id="crm-11",
                product=ProductRef(external_id="88", name="Варенье"),
                quantity=Decimal("2.5"),
                base_price=Money.of("700"),
                price=Money.of("640.50"),
                vat_rate=Decimal(20),
            ),
            OrderLine(
                id="crm-12",
                product=ProductRef(external_id="offer-x", name="Упаковка $result[c0][order][id]"),
                quantity=Decimal(1),
                price=Money.of("50"),
            ),
        ),
        payments=(
            Payment(
                id="crm-p1",
                method="card",
                amount=Money.of("1651.25"),
                state=PaymentState.PAID,
                paid_at=datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
            ),
        ),
        delivery=Delivery(method="pickup", cost=Money.of("100"), address=Address(city="Тула")),
        promo_codes=("ВЕСНА", "ЛЕТО"),
        card_number="2000000000017",
        customer_comment="Сначала позвонить",
        manager_comment="Проверено",
        attributes={"bonus": "150"},
    )


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
    second = await world.written(Kind.ORDER, change)
    assert (second.external_id, second.created) == (first.external_id, False)
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
    outcome = await world.written(Kind.ORDER, change)
    assert not outcome.created
    observed = await world.order(outcome.external_id)
    assert known(spoken(observed.entity)) == known(spoken(change.entity))
    assert len(observed.entity.lines) == 2


async def test_a_half_made_order_is_completed(world: World) -> None:
    """A cut in the middle of the shop's work would leave an order without goods for ever."""
    order_id = await world.shop.order(xmlId=ORDER_KEY)
    change = creation(world.connector, ORDER_KEY, whole_order())
    outcome = await world.written(Kind.ORDER, change)
    assert outcome.external_id == str(order_id)
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
