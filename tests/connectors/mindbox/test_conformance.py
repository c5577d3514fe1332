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
    Customer,
    Kind,
    Order,
    OrderStatus,
    ProductRef,
)
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
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
from mocks.mindbox.app import MindboxSettings, build_app
from mocks.serving import serve

from .conftest import own_settings
from .seed import Seed

_REFUSED = (
    '{"status":"ProtocolError","errorMessage":"Неверный секретный ключ","httpStatusCode":403}'
)
_WRITES = {
    "customer": "RegisterCustomer",
    "order": "CreateOrder",
    "sale": "ChangeStatus",
    BONUS_POST: "ChangeCustomerBalance",
    RECEIPT_REGISTER: "SaveOfflineOrder",
    PROMO_UPLOAD: "DirectCrm.PromoCodes",
    BEHAVIOUR_TRACK: "ViewProduct",
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
        """Return a customer without a card, which must lie in the vendor's pool; goods by id."""
        whole = sample(kind, number)
        if isinstance(whole, Customer):
            return whole.model_copy(update={"cards": ()})
        assert isinstance(whole, Order)
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

    @pytest.fixture
    async def seed(self) -> AsyncIterator[Seed]:
        """Serve a fresh project with the connector on it."""
        road = SpoilingTransport()
        project = replace(MindboxSettings(), export_polls=0)
        async with serve(build_app(project)) as url, httpx.AsyncClient(base_url=url) as door:
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
