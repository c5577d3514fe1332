"""1C-Bitrix keeps the contract when prices and stock go to it by REST, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

import connectors.bitrix
from connectors.bitrix import CONNECTOR
from gateway.canonical import Canonical, Kind, Money, Price, Product, Stock
from gateway.contract import Capability
from gateway.testing import (
    ConnectorConformance,
    SideDoorFaults,
    Wired,
    exemptions,
    wire,
)
from gateway.testing.samples import sample
from tests.mocks.bitrix.shop import Shop, open_shop

from .test_products import REST
from .world import settings_for

_CHECKLIST = Path(connectors.bitrix.__file__).with_name("quality.toml")
_IBLOCK = 4
_REFUSED = {"error": "NO_AUTH_FOUND", "error_description": "Wrong authorization data"}
_PRICE = "199.90"


@dataclass(frozen=True)
class Goods:
    """Looks at the goods of the shop, which somebody made there."""

    shop: Shop

    async def make(self, count: int) -> None:
        """Make goods with the codes of the kit's samples."""
        for number in range(1, count + 1):
            fields = {"iblockId": _IBLOCK, "name": f"Варенье №{number}", "xmlId": f"kit-{number}"}
            await self.shop.result("catalog.product.add", {"fields": fields})

    async def held(self, kind: Kind, key: str) -> int:
        """Count the goods of a sample that have its price."""
        assert kind is Kind.PRODUCT
        wanted = {"iblockId": _IBLOCK, "xmlId": f"kit-{int(key[-12:])}"}
        select = {"select": ["id", "iblockId", "xmlId"], "filter": wanted}
        found = (await self.shop.result("catalog.product.list", select))["products"]
        prices = [
            await self.shop.result("catalog.price.list", {"filter": {"productId": row["id"]}})
            for row in found
        ]
        return sum(row["price"] == float(_PRICE) for answer in prices for row in answer["prices"])


@dataclass(frozen=True)
class Stage:
    """A running shop with the connector on it."""

    wired: Wired
    shop: Shop


class TestGoods(ConnectorConformance):
    """The kit on prices and stock by REST."""

    factory = CONNECTOR
    # An exchange would make goods that are gone; REST refuses them.
    exempt: ClassVar[Mapping[str, str]] = {
        name: reason
        for name, reason in exemptions(_CHECKLIST, "goods").items()
        if not name.startswith("test_a_failed_change_spares_its_neighbours")
    }
    profile = frozenset({Capability.PRODUCT_WRITER})

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a product of the shop."""
        whole = sample(kind, number)
        assert isinstance(whole, Product)
        return whole.model_copy(
            update={
                "prices": (Price(type="retail", amount=Money.of(_PRICE)),),
                "stock": (Stock(store="total", quantity=whole.stock[0].quantity),),
            }
        )

    def edited(self, entity: Canonical) -> Canonical:
        """Return a product with another price."""
        return entity.model_copy(
            update={"prices": (Price(type="retail", amount=Money.of("205.00")),)}
        )

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh shop with goods."""
        async with open_shop(change_hold_s=0.0) as shop:
            await Goods(shop).make(3)
            wired = wire(CONNECTOR, settings_for(shop.url, **REST))
            await wired.connector.prepare()
            yield Stage(wired, shop)
            await wired.connector.close()

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> Goods:
        """The shop's people."""
        return Goods(stage.shop)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults: a price and a quantity travel in one batch."""
        refusal = {"status": 401, "body": json.dumps(_REFUSED)}
        return SideDoorFaults(stage.shop.http, {"product": "batch|price.add"}, refusal)
