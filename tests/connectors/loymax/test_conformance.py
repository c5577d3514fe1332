"""Loymax keeps the contract, on its double over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import connectors.loymax
from connectors.loymax import CONNECTOR
from gateway.canonical import Canonical, Consent, Customer, Kind, Order, OrderStatus, ProductRef
from gateway.testing import (
    ConnectorConformance,
    SpoilingTransport,
    Wired,
    exemptions,
    sample,
    wire,
)
from mocks.loymax.app import LoymaxSettings, build_app
from mocks.serving import serve

from .seed import CARDS, LoymaxFaults, Seed
from .world import own_settings

_REFUSED = {"message": "Authorization has been denied for this request."}


@dataclass(frozen=True)
class Stage:
    """A running installation with the connector on it."""

    wired: Wired
    door: httpx.AsyncClient
    road: SpoilingTransport


class TestConformance(ConnectorConformance):
    """The kit on Loymax."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.loymax.__file__).with_name("quality.toml"))
    # The vendor says by itself when somebody joined, with how many points, and what is confirmed.
    unread = frozenset(
        {
            "registered_at",
            "bonuses",
            "bonuses/available",
            "bonuses/pending",
            "phones/confirmation",
            "emails/confirmation",
        }
    )

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a record with all consents that the vendor has, and goods by its codes."""
        whole = sample(kind, number)
        if isinstance(whole, Customer):
            told = (*whole.consents, Consent(id="mailing:sms", granted=False))
            return whole.model_copy(update={"consents": told})
        if not isinstance(whole, Order):
            return whole
        goods = ProductRef(external_id=f"A-{number}", name="Кружка «Ёлка»")
        lines = tuple(line.model_copy(update={"product": goods}) for line in whole.lines)
        return whole.model_copy(update={"lines": lines})

    def edited(self, entity: Canonical) -> Canonical:
        """Return a sample after a change; of an order the vendor holds how far it has come."""
        if isinstance(entity, Order):
            return entity.model_copy(update={"status": OrderStatus.COMPLETE})
        return super().edited(entity)

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh installation."""
        road = SpoilingTransport()
        app = build_app(LoymaxSettings(deposit_delay_s=0))
        async with serve(app) as url, httpx.AsyncClient(base_url=url) as door:
            await door.post("/__mock__/seed", json={"cards": CARDS})
            settings = CONNECTOR.settings.model_validate(own_settings(url))
            wired = wire(CONNECTOR, settings, transport=road)
            await wired.connector.prepare()
            yield Stage(wired, door, road)
            await wired.connector.close()

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> Seed:
        """The members, tills and operators."""
        return Seed(stage.door, stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> LoymaxFaults:
        """The faults."""
        writes = {
            "customer": "BeginRegistration",
            "order": "Calculate$",
            "sale": "Confirm$",
            "bonus.post": "systemapi/v1.2/deposit$",
            "receipt.register": "Confirm$",
            "customer.merge": "MergeAccount",
        }
        return LoymaxFaults(stage.door, writes, {"status": 401, "body": json.dumps(_REFUSED)})
