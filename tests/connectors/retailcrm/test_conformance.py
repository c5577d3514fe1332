"""RetailCRM keeps the contract, on its double over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import connectors.retailcrm
from connectors.retailcrm import CONNECTOR
from gateway.canonical import Canonical, Kind, Money, Price, Product
from gateway.testing import (
    ConnectorConformance,
    Flaw,
    Seeded,
    SideDoorFaults,
    SpoilingTransport,
    Wired,
    exemptions,
    wire,
)
from mocks.retailcrm import settings as double
from mocks.retailcrm.app import build_app
from mocks.serving import serve

from .conftest import own_settings
from .kit import AUDITOR, CLUB, OFFERS, OWN, WRITES, People
from .samples import customer, line, order

_REFUSED = {"success": False, "errorMsg": 'Wrong "apiKey" value.'}
_ROW = {Kind.CUSTOMER: "firstName", Kind.ORDER: "number"}
"""A field that tells a record of a kind from other objects with an id."""


@dataclass
class Seed(People):
    """Works on the double as operators do."""

    road: SpoilingTransport = field(default_factory=SpoilingTransport)

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Let an operator make records."""
        actions = [
            {"action": f"{kind}.create", str(kind): _row(kind, record)} for record in records
        ]
        answer = await self.door.post("/__mock__/act", json={"actions": actions})
        assert answer.status_code == 200, answer.text
        ids = [str(made["id"]) for made in answer.json()["results"]]
        for external_id, record in zip(ids, records, strict=True):
            self._spoil(kind, external_id, record.flaw)
        return ids

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Let an operator correct a record."""
        change = {
            "action": f"{kind}.edit",
            "id": int(external_id),
            str(kind): {"lastName": "Ежова"},
        }
        answer = await self.door.post("/__mock__/act", json=change)
        assert answer.status_code == 200, answer.text

    async def held(self, kind: Kind, key: str) -> int:
        """Count the records that carry our key as external id, or the prices of a product."""
        if kind is Kind.PRODUCT:
            return await self.priced(key)
        return await self._count(kind, {"filter[externalIds][]": key})

    async def total(self, kind: Kind) -> int:
        """Count all records."""
        return await self._count(kind, {})

    def _spoil(self, kind: Kind, external_id: str, flaw: Flaw) -> None:
        fields: dict[str, object] = {}
        if flaw is Flaw.MALFORMED:
            fields = {"customFields": "no map"}
        if flaw is Flaw.UNKNOWN_CODE:
            fields = {"sex": "other"} if kind is Kind.CUSTOMER else {"status": "made-up-today"}
        marker = _ROW[kind]
        self.road.spoil(lambda row: marker in row and str(row.get("id")) == external_id, **fields)

    async def _count(self, kind: Kind, query: dict[str, str]) -> int:
        answer = await self.door.get(f"/api/v5/{kind}s", params=query, headers=AUDITOR)
        assert answer.status_code == 200, answer.text
        total: int = answer.json()["pagination"]["totalCount"]
        return total


def _row(kind: Kind, record: Seeded) -> dict[str, Any]:
    """Return the API's object of a record."""
    goods: dict[str, Any] = {"items": []} if kind is Kind.ORDER else {}
    if record.flaw is Flaw.SPARSE:
        return {"firstName": "", "lastName": "", **goods}
    return {"firstName": record.text, **goods}


@dataclass(frozen=True)
class Stage:
    """A running double with the connector on it."""

    wired: Wired
    door: httpx.AsyncClient
    road: SpoilingTransport


class TestConformance(ConnectorConformance):
    """The kit on RetailCRM. The vendor's smallest page is 20."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.retailcrm.__file__).with_name("quality.toml"))
    page = 20
    # Reading is silent about when a customer of ours registered, and a line shows its offer's name.
    unread = frozenset({"registered_at", "lines/product/name", "lines/sort"})

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a record with goods that the double's catalogue has."""
        if kind is Kind.CUSTOMER:
            return customer()
        if kind is Kind.PRODUCT:
            return super().sample(kind, number)
        whole = order(number=f"Б-{number}", lines=(line(f"bitrix-{number}"),))
        payments = tuple(
            one.model_copy(update={"id": f"bitrix-p{number}"}) for one in whole.payments
        )
        return whole.model_copy(update={"payments": payments})

    def edited(self, entity: Canonical) -> Canonical:
        """Return a product with another price: its name is the catalogue's."""
        if isinstance(entity, Product):
            price = Price(type="retail", amount=Money.of("205.00"))
            return entity.model_copy(update={"prices": (price,)})
        return super().edited(entity)

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh account."""
        shop = replace(
            double.RetailCrmSettings(),
            rate_limit_answer="off",
            bonus_comment="present",
            combine_delay_ms=0,
        )
        road = SpoilingTransport()
        async with serve(build_app(shop)) as url, httpx.AsyncClient(base_url=url) as door:
            seeded = await door.post("/__mock__/seed", json={"programs": [CLUB], "offers": OFFERS})
            assert seeded.status_code == 200, seeded.text
            wired = wire(CONNECTOR, own_settings(url, **OWN), transport=road)
            await wired.connector.prepare()
            yield Stage(wired, door, road)
            await wired.connector.close()

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> Seed:
        """The operators."""
        return Seed(stage.door, road=stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        refusal = {"status": 403, "body": json.dumps(_REFUSED)}
        return SideDoorFaults(stage.door, WRITES, refusal)
