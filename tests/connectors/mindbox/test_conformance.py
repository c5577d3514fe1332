"""Mindbox keeps the contract, on its double over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import connectors.mindbox
from connectors.mindbox import CONNECTOR
from gateway.canonical import (
    Canonical,
    Kind,
    Order,
    OrderStatus,
    ProductRef,
)
from gateway.contract import RateLimited
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_ERASE,
    CUSTOMER_MERGE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)
from gateway.testing import (
    ConnectorConformance,
    SideDoorFaults,
    SpoilingTransport,
    Wired,
    edited,
    exemptions,
    sample,
    wire,
)
from gateway.testing.errands import errand as prepared
from gateway.testing.marks import per_errand
from mocks.mindbox.app import MindboxSettings, build_app
from mocks.serving import serve

from .conftest import own_settings
from .seed import Seed

_REFUSED = (
    '{"status":"ProtocolError","errorMessage":"Неверный секретный ключ","httpStatusCode":403}'
)
_CARDS = [{"number": f"29{number:011d}"} for number in range(10)]
_REST_S = 60
_WRITES = {
    "customer": "RegisterCustomer",
    "order": "CreateOrder",
    "sale": "ChangeStatus",
    BONUS_POST: "ChangeCustomerBalance",
    RECEIPT_REGISTER: "SaveOfflineOrder",
    PROMO_UPLOAD: "DirectCrm.PromoCodes",
    BEHAVIOUR_TRACK: "ViewProduct",
    CUSTOMER_ERASE: "EditCustomer",
    CUSTOMER_MERGE: "MergeCustomers",
}


class TestConformance(ConnectorConformance):
    """The kit on Mindbox, with exports that are ready at once and no lag of their own."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.mindbox.__file__).with_name("quality.toml"))
    hook_kind = Kind.CUSTOMER
    # Points are the vendor's own to tell, also of a customer whom we have just made.
    unread = frozenset({"bonuses", "bonuses/available", "bonuses/pending"})

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a record; goods are named by their id in the vendor's catalogue."""
        whole = sample(kind, number)
        if not isinstance(whole, Order):
            return whole
        lines = tuple(
            one.model_copy(update={"product": ProductRef(external_id="SKU-9001")})
            for one in whole.lines
        )
        return whole.model_copy(update={"lines": lines})

    def edited(self, entity: Canonical) -> Canonical:
        """Return an order a stage further; the vendor holds no comments."""
        if isinstance(entity, Order):
            return entity.model_copy(update={"status": OrderStatus.COMPLETE})
        return edited(entity)

    @per_errand
    async def test_a_limit_rests_a_minute_and_passes(
        self, connector: Wired, seed: Seed, faults: SideDoorFaults, errand: str
    ) -> None:
        """A call beyond the limit is dropped; the next one within the minute would be too."""
        task = await prepared(self, errand, connector, seed)
        await faults.answer(429)
        with pytest.raises(RateLimited) as caught:
            await task.attempt()
        assert caught.value.retry_after_s == _REST_S
        await task.attempt()
        await task.settled()

    @pytest.fixture
    async def seed(self) -> AsyncIterator[Seed]:
        """Serve a fresh project with the connector on it."""
        road = SpoilingTransport()
        project = replace(MindboxSettings(), export_polls=0)
        async with serve(build_app(project)) as url, httpx.AsyncClient(base_url=url) as door:
            # A card must lie in the vendor's pool before it can be anybody's.
            await door.post("/__mock__/seed", json={"cards": _CARDS})
            settings = own_settings(url, export_lag_s=0)
            wired = wire(CONNECTOR, settings, transport=road)
            yield Seed(door, road, wired)
            await wired.connector.close()

    @pytest.fixture
    def connector(self, seed: Seed) -> Wired:
        """The connector."""
        return seed.wired

    @pytest.fixture
    def faults(self, seed: Seed) -> SideDoorFaults:
        """The faults."""
        return SideDoorFaults(seed.door, _WRITES, {"status": 403, "body": _REFUSED})
