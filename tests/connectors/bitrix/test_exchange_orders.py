"""Orders by the exchange of 1C against the running double (reference 10.14, 10.15)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from connectors.bitrix.orders_exchange import ExchangeOrders
from gateway.canonical import (
    Discount,
    DiscountReason,
    Kind,
    Money,
    Order,
    OrderStatus,
    Payment,
    PaymentState,
)
from gateway.contract import (
    AuthRejected,
    ContractViolated,
    Failed,
    Observed,
    Rejected,
    Unavailable,
    Unsupported,
    WebhookRequest,
    Written,
)
from tests.connectors.bitrix.test_webhook import form
from tests.connectors.bitrix.world import ORDER_KEY, World, connect, edit, settings_for
from tests.mocks.bitrix.exchange_world import BUYER, ORDER
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from connectors.bitrix.config import BitrixSettings

STATUSES = {"N": "new", "P": "assembling", "F": "complete"}


def exchange(address: str, **more: Any) -> BitrixSettings:
    """Return the settings of an account whose orders go by the exchange."""
    door = {"site": address, "login": "1c", "password": "secret", **more}
    return settings_for(address, orders="exchange", exchange=door, statuses=STATUSES)


@asynccontextmanager
async def ordering(
    door: dict[str, Any] | None = None, *, cut: str = "", **more: Any
) -> AsyncIterator[World]:
    """Serve a shop with the golden order and a connector on its exchange."""
    async with open_shop(change_hold_s=0.0) as shop:
        await shop.door("settings", {"exchange": door or {}})
        await shop.act("clock.freeze", at="2025-03-03T14:06:40+03:00")
        await shop.door("seed", {"users": [BUYER], "orders": [ORDER]})
        await shop.act("clock.freeze", at="2025-03-03T14:30:00+03:00")
        async with connect(shop, exchange(shop.url, **more), cut=cut) as world:
            yield world


def reader(world: World) -> ExchangeOrders:
    """Return the connector's orders."""
    found = world.connector.readers[Kind.ORDER]
    assert isinstance(found, ExchangeOrders)
    return found


async def pulled(world: World, cursor: str | None = None) -> tuple[list[Observed[Any]], str]:
    """Pull to the end, as the core does."""
    at = cursor or (await reader(world).pull(None, limit=50)).cursor
    items: list[Observed[Any]] = []
    for _ in range(20):
        page = await reader(world).pull(at, limit=50)
        assert not page.rejected
        items += page.items
        at = page.cursor
        if not page.has_more:
            return items, at
    raise AssertionError(items)


@pytest.mark.parametrize("version", [None, "2.05", "2.09", "2.10"])
async def test_the_golden_order_is_read(version: str | None) -> None:
    """A part of the order would be lost on the way in, by one version of the protocol."""
    async with ordering(version=version) as world:
        (item,), _ = await pulled(world)
    order = item.entity
    assert (item.external_id, item.customer_external_id) == ("51", "7")
    assert (order.number, order.status) == ("51", OrderStatus.NEW)
    (line,) = order.lines
    assert (line.product.external_id, line.quantity, line.price, line.base_price) == (
        "0a1b-88",
        Decimal(4),
        Money.of("640"),
        Money.of("700"),
    )
    assert line.discounts == (
        Discount(
            id="promotion:Скидка на товар",
            reason=DiscountReason.PROMOTION,
            name="Скидка на товар",
            amount=Money.of("240"),
        ),
    )
    assert order.delivery.cost == Money.of("280")
    assert order.delivery.method == "courier"
    (payment,) = order.payments
    assert (payment.amount, payment.state, payment.method) == (
        Money.of("2840"),
        PaymentState.PENDING,
        "card",
    )
    assert order.customer_comment == "Call before delivery"


async def test_an_order_is_confirmed_only_when_its_page_was_stored() -> None:
    """An order of a page that was never stored would be lost for good."""
    async with ordering() as world:
        start = (await reader(world).pull(None, limit=50)).cursor
        first = await reader(world).pull(start, limit=50)
        again = await reader(world).pull(start, limit=50)
        assert [len(first.items), len(again.items)] == [1, 1]
        assert "1c_exchange.sale.success" not in world.operations
        end = await reader(world).pull(again.cursor, limit=50)
        assert (list(end.items), end.has_more) == ([], False)
        assert world.operations.count("1c_exchange.sale.success") == 1
        items, _ = await pulled(world, end.cursor)
        assert items == []


async def test_after_a_restart_the_same_orders_come_again() -> None:
    """A session that died with the process would confirm orders that nobody stored, or none."""
    async with ordering() as world:
        start = (await reader(world).pull(None, limit=50)).cursor
        page = await reader(world).pull(start, limit=50)
        async with connect(world.shop, exchange(world.shop.url)) as restarted:
            items, cursor = await pulled(restarted, page.cursor)
            assert [item.external_id for item in items] == ["51"]
            assert (await pulled(restarted, cursor))[0] == []


async def test_slices_are_read_to_the_end() -> None:
    """Orders beyond the first slice would wait for the next day."""
    async with ordering({"slice_documents": 2}) as world:
        for _ in range(4):
            await world.shop.order()
        items, _ = await pulled(world)
    assert [item.external_id for item in items] == ["51", "52", "53", "54", "55"]


@pytest.mark.parametrize("mode", ["checkauth", "init", "query", "success"])
async def test_a_cut_loses_no_order(mode: str) -> None:
    """An order would be confirmed at the site and missing here."""
    async with ordering(cut=f"1c_exchange.sale.{mode}") as world:
        cursor, seen = (await reader(world).pull(None, limit=50)).cursor, []
        cuts = 0
        for _ in range(4):
            try:
                page = await reader(world).pull(cursor, limit=50)
            except Unavailable:
                cuts += 1
                continue
            cursor = page.cursor
            seen += [item.external_id for item in page.items]
        assert (cuts, set(seen)) == (1, {"51"})
        assert (await pulled(world, cursor))[0] == []


@pytest.mark.parametrize("mode", ["file", "import"])
async def test_a_cut_document_may_be_sent_again(mode: str) -> None:
    """A status would be set twice, or a payment made twice."""
    async with ordering(cut=f"1c_exchange.sale.{mode}") as world:
        (item,), _ = await pulled(world)
        change = edit(world.connector, item, Order(status=OrderStatus.ASSEMBLING), key=ORDER_KEY)
        with pytest.raises(Unavailable):
            await world.write(Kind.ORDER, change)
        await world.written(Kind.ORDER, change)
        order = (await world.shop.result("sale.order.get", {"id": 51}))["order"]
        assert (order["statusId"], len(order["payments"])) == ("P", 1)


async def test_status_and_payment_are_told_as_a_document() -> None:
    """What 1C knows of an order would never reach the buyer's page."""
    async with ordering() as world:
        (item,), _ = await pulled(world)
        paid = Payment(
            id="A-17",
            amount=Money.of("2840"),
            state=PaymentState.PAID,
            paid_at=item.entity.placed_at,
        )
        wanted = Order(status=OrderStatus.ASSEMBLING, payments=(paid,), manager_comment="Собран")
        change = edit(world.connector, item, wanted, key=ORDER_KEY)
        assert await world.written(Kind.ORDER, change) == Written("51")
        assert await world.written(Kind.ORDER, change) == Written("51")
        order = (await world.shop.result("sale.order.get", {"id": 51}))["order"]
        assert (order["statusId"], order["payed"]) == ("P", "Y")
        assert [row["quantity"] for row in order["basketItems"]] == [4]
        assert (await pulled(world))[0] == []


async def test_a_cancellation_and_a_status_of_a_paid_order_are_told() -> None:
    """A buyer would wait for an order that was given up."""
    async with ordering() as world:
        await world.shop.act("order.pay", order_id=51)
        (item,), _ = await pulled(world)
        change = edit(world.connector, item, Order(status=OrderStatus.COMPLETE), key=ORDER_KEY)
        assert change.changed == {"status"}
        assert await world.written(Kind.ORDER, change) == Written("51")
        order = (await world.shop.result("sale.order.get", {"id": 51}))["order"]
        assert order["statusId"] == "F"
        comment = edit(world.connector, item, Order(manager_comment="Поздно"), key=ORDER_KEY)
        (outcome,) = await world.write(Kind.ORDER, comment)
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, Rejected)


async def test_orders_are_not_made_by_the_exchange() -> None:
    """An order of another vendor would come to the shop without its buyer."""
    async with ordering() as world:
        writer = reader(world)
        assert writer.held(Order(status=OrderStatus.NEW), None) == Order()
        assert await writer.find([ORDER_KEY]) == {}
        (item,), _ = await pulled(world)
        change = replace(edit(world.connector, item, item.entity), external_id=None)
        (outcome,) = await writer.write([change])
        assert isinstance(outcome, Failed)
        assert "made at the site" in outcome.error.reason


async def test_what_the_exchange_cannot_do_is_refused() -> None:
    """An order that cannot be read by id would be taken for a deleted one."""
    async with ordering(password="wrong") as world:
        with pytest.raises(Unsupported):
            await reader(world).get(["51"])
        with pytest.raises(ContractViolated):
            await reader(world).pull('{"of": "orders"}', limit=1)
        with pytest.raises(AuthRejected):
            await pulled(world)


async def test_the_probe_compares_the_words_of_the_exchange() -> None:
    """A status that the site does not have would be refused order by order."""
    async with ordering() as world:
        report = await world.connector.probe()
        assert report.ok, report.notes
        assert report.facts["exchange"] == "sale 2.09"
        await world.connector.prepare()
        more = exchange(world.shop.url).model_copy(update={"deliveries": {77: "drone"}})
        async with connect(world.shop, more) as other:
            report = await other.connector.probe()
    assert report.notes == ("deliveries.77: the exchange has no such id",)


async def test_an_order_event_is_no_hint_where_orders_cannot_be_read_by_id() -> None:
    """Each saved order would become a dead letter."""
    async with ordering() as world:
        assert world.connector.webhooks is not None
        body = form("ONSALEORDERSAVED", ID="51")
        assert list(world.connector.webhooks.receive(WebhookRequest(body))) == []
        body = form("ONGATEWAYUSERSAVE", ID="7")
        assert len(world.connector.webhooks.receive(WebhookRequest(body))) == 1
