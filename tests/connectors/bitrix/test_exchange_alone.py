"""A shop that has the exchange of 1C and nothing else: no REST, no site extension."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connectors.bitrix.config import BitrixSettings
from gateway.canonical import Kind, Order, OrderStatus
from gateway.contract import Written
from tests.connectors.bitrix.world import ORDER_KEY, World, connect, edit
from tests.mocks.bitrix.exchange_world import BUYER, ORDER
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STATUSES = {"N": "new", "P": "assembling", "F": "complete"}
DOOR = {"site": "https://shop.example.ru", "login": "1c", "password": "secret"}


@asynccontextmanager
async def alone(**door: Any) -> AsyncIterator[World]:
    """Serve a shop with one order, and a connector that has its exchange only."""
    async with open_shop(change_hold_s=0.0) as shop:
        await shop.door("seed", {"users": [BUYER], "orders": [ORDER]})
        settings = BitrixSettings.model_validate(
            {
                "exchange": {**DOOR, "site": shop.url, **door},
                "orders": "exchange",
                "products": "exchange",
                "statuses": STATUSES,
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
        ({"exchange": DOOR, "orders": "exchange", "flavour": "bitrix24"}, "portal"),
    ],
)
def test_what_needs_rest_is_refused_before_the_start(told: dict[str, Any], said: str) -> None:
    """The account would start, and fail with its first call."""
    with pytest.raises(ValidationError, match=said):
        BitrixSettings.model_validate(told)
