"""1C keeps the contract over OData and at the exchange door, on its double over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from connectors.onec import CONNECTOR
from gateway.canonical import Canonical, Kind, Order, OrderStatus
from gateway.contract import Capability, WebhookRequest
from gateway.contract.operations import BONUS_POST
from gateway.testing import (
    ConnectorConformance,
    SideDoorFaults,
    Wired,
    exemptions,
    wire,
)
from gateway.testing.samples import edited
from mocks.onec.app import OneCSettings

from . import test_conformance_services as services
from . import test_conformance_tills as tills
from .conformance_door import LOGIN, DoorVisitor
from .conformance_retail import RETAIL, RetailSeed, retail_settings
from .conformance_seed import ENTITIES, BaseSeed
from .conformance_stage import CHECKLIST, REFUSAL, OneCRecords, Stage, open_stage
from .conftest import own_settings

_ODATA = frozenset(
    {
        Capability.CUSTOMER_READER,
        Capability.CUSTOMER_WRITER,
        Capability.CARD_READER,
        Capability.CARD_WRITER,
        Capability.PRODUCT_READER,
        Capability.ORDER_READER,
        Capability.ORDER_WRITER,
        Capability.BONUS_POSTING,
        Capability.WEBHOOK_SOURCE,
    }
)
_SECRET = "s3cret-of-1c-pushes"


class PushingSeed(BaseSeed):
    """A base whose developer added pushes."""

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return a push."""
        told = {"kind": "weather" if unknown else str(kind), "id": external_id}
        secret = "0" * len(_SECRET) if forged else _SECRET
        return WebhookRequest(json.dumps(told).encode(), {"x-1c": secret})


class TestOData(OneCRecords, ConnectorConformance):
    """The kit on the standard interface."""

    factory = CONNECTOR
    exempt = exemptions(CHECKLIST)
    profile = _ODATA
    confirms_reading = True
    nowhere = "ffffffff-2222-11ee-8c3a-00155d010203"
    # A person's name stands in one line of 1C, and its words are parts of the name.
    texts = ("Ёлкина-Шнайдер", "О’Коннор«Ъ»&Сыновья", "Алёна;Жанна,1/2")
    # Rows of a document that came from elsewhere have no ids at 1C: it is not believed about them.
    unread = frozenset(
        {"lines", "lines/id", "lines/product/external_id", "lines/quantity", "lines/price"}
    )

    def edited(self, entity: Canonical) -> Canonical:
        """Return a record after a change that 1C can hold: its orders keep no comment of ours."""
        if isinstance(entity, Order):
            return entity.model_copy(update={"status": OrderStatus.ASSEMBLING})
        return edited(entity)

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh base with a node for each kind."""
        async with open_stage(
            lambda url: {**own_settings(url), "pushes": {"secret": _SECRET, "header": "x-1c"}}
        ) as stage:
            yield stage

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> PushingSeed:
        """The people at 1C."""
        return PushingSeed(stage.door, stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        writes = {str(kind): f"{entity}$" for kind, entity in ENTITIES.items()}
        writes[BONUS_POST] = "/Post$"
        return SideDoorFaults(stage.door, writes, REFUSAL, method="POST")


class TestRetail(TestOData):
    """The kit on the standard interface of Розница 2.x; its order document is not confirmed."""

    profile = frozenset(
        {
            Capability.CUSTOMER_READER,
            Capability.CUSTOMER_WRITER,
            Capability.CARD_READER,
            Capability.CARD_WRITER,
            Capability.PRODUCT_READER,
            Capability.BONUS_POSTING,
        }
    )

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh base."""
        async with open_stage(retail_settings, OneCSettings(configuration="retail")) as stage:
            yield stage

    @pytest.fixture
    def seed(self, stage: Stage) -> RetailSeed:
        """The people at 1C."""
        return RetailSeed(stage.door, stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        writes = {str(kind): f"{entity}$" for kind, entity in RETAIL.items()}
        return SideDoorFaults(stage.door, {**writes, BONUS_POST: "/Post$"}, REFUSAL, method="POST")


class TestExchange(OneCRecords, ConnectorConformance):
    """The kit on the exchange of files, in which 1C is the caller."""

    factory = CONNECTOR
    exempt = exemptions(CHECKLIST)
    profile = frozenset({Capability.EXCHANGE_DOOR})
    door_takes = Kind.ORDER

    @pytest.fixture
    async def connector(self) -> AsyncIterator[Wired]:
        """The connector; nothing is called by it."""
        username, password = LOGIN
        wired = wire(CONNECTOR, {"exchange": {"username": username, "password": password}})
        yield wired
        await wired.connector.close()

    @pytest.fixture
    def seed(self) -> DoorVisitor:
        """1C."""
        return DoorVisitor()


def test_every_capability_is_proved_in_one_way_or_another() -> None:
    """A capability that no account of these tests has would be declared and proved by nobody."""
    proved = TestOData.profile | TestExchange.profile | services.ServiceSuite.profile | tills.TILLS
    assert proved == CONNECTOR.manifest.capabilities
