"""A shop that has the exchange of 1C and nothing else: no REST, no site extension."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connectors.bitrix.config import BitrixSettings
from gateway.canonical import Kind, Order, OrderStatus
from gateway.contract import Unsupported, Written
from tests.connectors.bitrix.world import ORDER_KEY, World, connect, edit
from tests.mocks.bitrix.exchange_world import BUYER, ORDER
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STATUSES = {"N": "new", "P": "assembling", "F": "complete"}
DOOR = {"site": "https://shop.example.ru", "login": "1c", "password": "secret"}
BUYERS = {**DOOR, "reads_buyers": True}


@asynccontextmanager
async def alone(
    *, anonymous: int = 2, user: dict[str, Any] | None = None, **door: Any
) -> AsyncIterator[World]:
    """Serve a shop with one order, and a connector that has its exchange only."""
    async with open_shop(change_hold_s=0.0) as shop:
        await shop.door("seed", {"users": [BUYER | (user or {})], "orders": [ORDER]})
        settings = BitrixSettings.model_validate(
            {
                "exchange": {**DOOR, "site": shop.url, **door},
                "orders": "exchange",
                "products": "exchange",
                "statuses": STATUSES,
                "anonymous_user_ids": [anonymous],
            }
        )
        async with connect(shop, settings) as world:
            yield world


async def test_an_order_comes_with_its_buyer_and_its_status_goes_back() -> None:
    """A shop without the REST module could not be connected at all."""
    async with alone() as world:
        connector = world.connector
        assert set(connector.readers) == {Kind.ORDER}
        assert set(connector.writers) == {Kind.ORDER, Kind.PRODUCT}
        assert not connector.operations
        assert connector.services.behaviour is None
        await connector.prepare()

        start = await connector.readers[Kind.ORDER].pull(None, limit=50)
        (item,) = (await connector.readers[Kind.ORDER].pull(start.cursor, limit=50)).items
        assert (item.external_id, item.customer_external_id) == ("51", None)
        contact = item.entity.contact
        assert contact is not None
        assert contact.phone
        assert contact.name is not None

        change = edit(connector, item, Order(status=OrderStatus.ASSEMBLING), key=ORDER_KEY)
        assert await world.written(Kind.ORDER, change) == Written("51")
        order = (await world.shop.result("sale.order.get", {"id": 51}))["order"]
        assert order["statusId"] == "P"
        assert {name.partition(".")[0] for name in world.operations} == {"1c_exchange"}


@pytest.mark.parametrize(
    ("told", "buyer"),
    [
        ({}, "7"),
        ({"user": {"xml_id": "7"}}, "xml:7"),
        ({"anonymous": 7}, None),
        ({"user": {"xml_id": "guest"}, "anonymous_xml_ids": ["guest"]}, None),
    ],
)
async def test_a_buyer_is_read_with_his_order(told: dict[str, Any], buyer: str | None) -> None:
    """The order would be nobody's; or all guests, or two users, would be one person."""
    async with alone(reads_buyers=True, **told) as world:
        customers = world.connector.readers[Kind.CUSTOMER]
        orders = world.connector.readers[Kind.ORDER]
        begun = await customers.pull(None, limit=50)
        assert (begun.items, begun.has_more) == ([], False)
        assert (await customers.pull(begun.cursor, limit=50)).cursor == begun.cursor
        with pytest.raises(Unsupported):
            await customers.get(["7"])
        start = await orders.pull(None, limit=50)
        (item,) = (await orders.pull(start.cursor, limit=50)).items
        assert item.customer_external_id == buyer
        if buyer is not None:
            (seen,) = (await customers.get([buyer])).items
            assert seen.external_id == buyer
            assert [one.number for one in seen.entity.phones] == ["+79990001122"]
            assert [one.address for one in seen.entity.emails] == ["anna@example.ru"]


async def test_the_check_logs_in_and_compares_the_dictionaries() -> None:
    """A wrong password, or a status that the shop has not, would be found by the first order."""
    async with alone() as world:
        report = await world.connector.probe()
        assert (report.ok, report.notes) == (True, ())
        assert report.facts["exchange"].startswith("sale")
        assert {name.partition(".")[0] for name in world.operations} == {"1c_exchange"}
    async with alone(password="wrong") as world:
        report = await world.connector.probe()
        assert not report.ok
        assert "checkauth" in report.notes[0]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "exchange alone"),
        ({"exchange": DOOR}, "orders: without url"),
        ({"exchange": DOOR, "orders": "rest"}, "orders: without url"),
        ({"exchange": DOOR, "orders": "exchange", "products": "rest"}, "products: without url"),
        ({"exchange": DOOR, "orders": "none"}, "needs orders or products"),
        (
            {"exchange": BUYERS, "orders": "none", "products": "exchange"},
            "exchange.reads_buyers: buyers come with orders",
        ),
        (
            {"exchange": BUYERS, "orders": "exchange", "url": "https://shop.example.ru/rest/1/a/"},
            "exchange.reads_buyers: with url",
        ),
        ({"exchange": DOOR, "orders": "exchange", "flavour": "bitrix24"}, "portal"),
    ],
)
def test_what_needs_rest_is_refused_before_the_start(told: dict[str, Any], said: str) -> None:
    """The account would start, and fail with its first call."""
    with pytest.raises(ValidationError, match=said):
        BitrixSettings.model_validate(told)
