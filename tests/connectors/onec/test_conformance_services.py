"""1C keeps the contract by its services, on its double over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from connectors.onec import CONNECTOR
from gateway.canonical import Kind
from gateway.contract import Capability
from gateway.contract.operations import BONUS_POST
from gateway.testing import (
    ConnectorConformance,
    SideDoorFaults,
    Wired,
    exemptions,
)
from mocks.onec import demo

from .conformance_seed import BaseSeed
from .conformance_service import ServiceSeed, SoapFaults
from .conformance_stage import CHECKLIST, LOGIN, REFUSAL, OneCRecords, Stage, open_stage

_SERVICE = frozenset({Capability.CARD_WRITER, Capability.BONUS_POSTING, Capability.LOYALTY})
_CARDS = {
    "types": {demo.CARD_KIND: "club"},
    "new_type": demo.CARD_KIND,
    "new_codes": {"first": "2995000000000", "last": "2995999999999"},
}


class ServiceSuite(OneCRecords, ConnectorConformance):
    """The kit on a customer's own service of cards.

    It lists no changes: they are pushed, and cards are read by their barcodes. Reading is proved
    where the service is, because a reader's checks are about feeds.
    """

    factory = CONNECTOR
    profile = _SERVICE
    exempt = exemptions(CHECKLIST, "service")
    nowhere = "2990000009998"
    section: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh base."""
        async with open_stage(lambda url: {"url": f"{url}/ut", **LOGIN, **self.section}) as stage:
            yield stage

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> ServiceSeed:
        """The people at 1C."""
        return ServiceSeed(stage.door, stage.road)


class TestSoap(ServiceSuite):
    """The service over SOAP."""

    section: ClassVar[dict[str, Any]] = {
        "soap": {"loyalty": "LoyaltyExchange.1cws", "cards": _CARDS}
    }

    @pytest.fixture
    def faults(self, stage: Stage) -> SoapFaults:
        """The faults."""
        writes = {"card": "1cws$", BONUS_POST: "1cws$"}
        return SoapFaults(stage.door, writes, REFUSAL, method="POST")


class TestHttp(ServiceSuite):
    """The service over HTTP."""

    section: ClassVar[dict[str, Any]] = {"services": {"loyalty": "loyalty", "cards": _CARDS}}

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        writes = {"card": "/cards$", BONUS_POST: "/accruals$"}
        return SideDoorFaults(stage.door, writes, REFUSAL, method="POST")


class TestEnterpriseData(OneCRecords, ConnectorConformance):
    """The kit on messages of EnterpriseData, which bring cards."""

    factory = CONNECTOR
    profile = frozenset({Capability.CARD_READER})
    exempt = exemptions(CHECKLIST, "enterprise")
    confirms_reading = True
    kind: ClassVar[Kind] = Kind.CARD

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh base."""
        nodes = {str(self.kind): {"code": "GW", "peer": "УТ"}}
        soap = {"soap": {"nodes": nodes, "poll_s": 0}}
        async with open_stage(lambda url: {"url": f"{url}/ut", **LOGIN, **soap}) as stage:
            yield stage

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> BaseSeed:
        """The people at 1C."""
        return BaseSeed(stage.door, stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        return SideDoorFaults(stage.door, {}, REFUSAL, method="POST")


class TestEnterpriseOrders(TestEnterpriseData):
    """The kit on messages that bring orders."""

    profile = frozenset({Capability.ORDER_READER})
    kind = Kind.ORDER
