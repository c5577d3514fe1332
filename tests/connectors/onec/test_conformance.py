"""1C keeps the contract, on its double over real HTTP, in each way of speaking to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

import connectors.onec
from connectors.onec import CONNECTOR
from gateway.canonical import Canonical, Kind, Order, OrderStatus, ProductRef
from gateway.contract import Capability, WebhookRequest
from gateway.contract.operations import BONUS_POST
from gateway.testing import (
    ConnectorConformance,
    SideDoorFaults,
    SpoilingTransport,
    Wired,
    exemptions,
    wire,
)
from gateway.testing.samples import edited, sample
from mocks.onec import demo
from mocks.onec.app import OneCSettings, build_app
from mocks.serving import serve

from .conformance_door import LOGIN, DoorVisitor
from .conformance_retail import RETAIL, RetailSeed, retail_settings
from .conformance_seed import ENTITIES, BaseSeed
from .conformance_service import ServiceSeed, SoapFaults
from .conftest import NODES, own_settings

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
_SERVICE = frozenset({Capability.CARD_WRITER, Capability.BONUS_POSTING})
_CARDS = {"types": {demo.CARD_KIND: "club"}, "new_type": demo.CARD_KIND}
_CHECKLIST = Path(connectors.onec.__file__).with_name("quality.toml")
_SECRET = "s3cret-of-1c-pushes"
# A wrong login is answered by the web server (vendor reference, 1.10).
_REFUSAL = {"status": 401, "body": "<html></html>", "content_type": "text/html"}


@dataclass(frozen=True)
class Stage:
    """A running base with the connector on it."""

    wired: Wired
    door: httpx.AsyncClient
    road: SpoilingTransport


@asynccontextmanager
async def _open(
    settings: Callable[[str], dict[str, Any]], double: OneCSettings | None = None
) -> AsyncIterator[Stage]:
    """Serve a fresh base with a node for each kind."""
    road = SpoilingTransport()
    app = build_app(double or OneCSettings())
    async with serve(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as door:
        rows = [
            {"Ref_Key": node, "Code": str(kind), "Description": str(kind)}
            for kind, node in NODES.items()
        ]
        await door.post("/__mock__/seed", json={"rows": {"ExchangePlan_Шлюз": rows}})
        wired = wire(CONNECTOR, settings(url), transport=road)
        yield Stage(wired, door, road)
        await wired.connector.close()


class PushingSeed(BaseSeed):
    """A base whose developer added pushes."""

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return a push."""
        told = {"kind": "weather" if unknown else str(kind), "id": external_id}
        secret = "0" * len(_SECRET) if forged else _SECRET
        return WebhookRequest(json.dumps(told).encode(), {"x-1c": secret})


class OneCSuite(ConnectorConformance):
    """What all ways have in common."""

    factory = CONNECTOR
    exempt = exemptions(_CHECKLIST)

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a record of goods that the base knows."""
        whole = sample(kind, number)
        if not isinstance(whole, Order):
            return whole
        lines = tuple(
            one.model_copy(update={"product": ProductRef(external_id=demo.PRODUCT)})
            for one in whole.lines
        )
        return whole.model_copy(update={"lines": lines})


class TestOData(OneCSuite):
    """The kit on the standard interface."""

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
        async with _open(
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
        return SideDoorFaults(stage.door, writes, _REFUSAL, method="POST")


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
        async with _open(retail_settings, OneCSettings(configuration="retail")) as stage:
            yield stage

    @pytest.fixture
    def seed(self, stage: Stage) -> RetailSeed:
        """The people at 1C."""
        return RetailSeed(stage.door, stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        writes = {str(kind): f"{entity}$" for kind, entity in RETAIL.items()}
        return SideDoorFaults(stage.door, {**writes, BONUS_POST: "/Post$"}, _REFUSAL, method="POST")


class ServiceSuite(OneCSuite):
    """The kit on a customer's own service of cards.

    It lists no changes: they are pushed, and cards are read by their barcodes. Reading is proved
    where the service is, because a reader's checks are about feeds.
    """

    profile = _SERVICE
    exempt = exemptions(_CHECKLIST, "service")
    nowhere = "2990000009998"
    section: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh base."""
        login = {"username": "Шлюз", "password": "gateway-secret"}
        async with _open(lambda url: {"url": f"{url}/ut", **login, **self.section}) as stage:
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
        return SoapFaults(stage.door, writes, _REFUSAL, method="POST")


class TestHttp(ServiceSuite):
    """The service over HTTP."""

    section: ClassVar[dict[str, Any]] = {"services": {"loyalty": "loyalty", "cards": _CARDS}}

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        writes = {"card": "/cards$", BONUS_POST: "/accruals$"}
        return SideDoorFaults(stage.door, writes, _REFUSAL, method="POST")


class TestExchange(OneCSuite):
    """The kit on the exchange of files, in which 1C is the caller."""

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
    proved = TestOData.profile | TestExchange.profile | ServiceSuite.profile
    assert proved == CONNECTOR.manifest.capabilities
