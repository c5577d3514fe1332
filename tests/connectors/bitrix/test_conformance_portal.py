"""A portal of Bitrix24 keeps the contract with the contacts of its CRM, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import connectors.bitrix
from connectors.bitrix import CONNECTOR
from gateway.canonical import Canonical, Customer, EmailContact, Kind, PhoneContact
from gateway.contract import Capability, WebhookRequest
from gateway.contract.operations import CUSTOMER_ERASE, CUSTOMER_MERGE
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
from tests.mocks.bitrix.shop import Shop, open_shop

from .test_contacts import ANNA, account
from .world import APPLICATION_TOKEN

_REFUSED = {"error": "NO_AUTH_FOUND", "error_description": "Wrong authorization data"}
_SPOILT = {
    Flaw.MALFORMED: {"BIRTHDATE": "вчера"},
    Flaw.UNKNOWN_CODE: {"TYPE_ID": "ZZ"},
}


@dataclass
class Managers:
    """Works in the CRM as its managers do."""

    shop: Shop
    road: SpoilingTransport
    made: int = 0

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Add contacts within one second."""
        assert kind is Kind.CUSTOMER
        now = (await self.shop.act("clock.freeze"))["now"]
        await self.shop.act("clock.freeze", at=now)
        ids = [await self._added(record) for record in records]
        await self.shop.act("clock.freeze")
        return ids

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Correct a contact a minute later."""
        assert kind is Kind.CUSTOMER
        now = datetime.fromisoformat((await self.shop.act("clock.freeze"))["now"])
        await self.shop.act("clock.freeze", at=(now + timedelta(minutes=1)).isoformat())
        fields = {"id": external_id, "fields": {"LAST_NAME": "Ежова"}}
        await self.shop.result("crm.contact.update", fields)

    async def held(self, kind: Kind, key: str) -> int:
        """Count the contacts with our mark."""
        assert kind is Kind.CUSTOMER
        return await self._count({"=ORIGIN_ID": key})

    async def total(self, kind: Kind) -> int:
        """Count all contacts."""
        assert kind is Kind.CUSTOMER
        return await self._count({})

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Add two contacts of one person."""
        del number
        survivor, loser = await self.put(Kind.CUSTOMER, [Seeded(), Seeded()])
        if operation == CUSTOMER_ERASE:
            return {"customer_external_ids": [loser]}
        return {"survivor": survivor, "losers": [loser]}

    async def effects(self, operation: str) -> Decimal:
        """Count the contacts that are no more."""
        del operation
        return Decimal(self.made - await self._count({}))

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return an event as the portal's queue posts it."""
        assert kind is Kind.CUSTOMER
        pairs = {
            "event": "ONSOMETHINGNEW" if unknown else "ONCRMCONTACTUPDATE",
            "data[FIELDS][ID]": external_id,
            "ts": "1741000202",
            "auth[application_token]": "0" * 32 if forged else APPLICATION_TOKEN,
        }
        return WebhookRequest(urlencode(pairs).encode())

    async def _added(self, record: Seeded) -> str:
        self.made += 1
        fields = {"NAME": "" if record.flaw is Flaw.SPARSE else record.text}
        made = str(await self.shop.result("crm.contact.add", {"fields": fields}))
        self.road.spoil(
            lambda row: "SECOND_NAME" in row and str(row.get("ID")) == made,
            **_SPOILT.get(record.flaw, {}),
        )
        return made

    async def _count(self, wanted: Mapping[str, Any]) -> int:
        answer = await self.shop.call("crm.contact.list", {"filter": wanted, "select": ["ID"]})
        total: int = answer["total"]
        return total


@dataclass(frozen=True)
class Stage:
    """A running portal with the connector on it."""

    wired: Wired
    shop: Shop
    road: SpoilingTransport


class TestPortal(ConnectorConformance):
    """The kit on Bitrix24."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.bitrix.__file__).with_name("quality.toml"), "portal")
    profile = frozenset(
        {
            Capability.CUSTOMER_READER,
            Capability.CUSTOMER_WRITER,
            Capability.CUSTOMER_ERASURE,
            Capability.CUSTOMER_MERGE,
            Capability.WEBHOOK_SOURCE,
        }
    )
    hook_kind = Kind.CUSTOMER

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a person of whom the portal has no other contact."""
        assert kind is Kind.CUSTOMER
        return Customer(
            **{
                **{name: getattr(ANNA, name) for name in ANNA.model_fields_set},
                "phones": (PhoneContact(number=f"+7916123456{number}", rank=0),),
                "emails": (EmailContact(address=f"anna.{number}@example.ru", rank=0),),
            }
        )

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh portal."""
        road = SpoilingTransport()
        scopes = ("sale", "catalog", "crm", "user")
        async with open_shop(change_hold_s=0.0, flavour="bitrix24", scopes=scopes) as shop:
            wired = wire(CONNECTOR, account(shop.url), transport=road)
            await wired.connector.prepare()
            yield Stage(wired, shop, road)
            await wired.connector.close()

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    async def seed(self, stage: Stage) -> Managers:
        """The managers."""
        managers = Managers(stage.shop, stage.road)
        managers.made = await managers.total(Kind.CUSTOMER)
        return managers

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        writes = {
            "customer": "contact.add",
            CUSTOMER_ERASE: "contact.delete",
            CUSTOMER_MERGE: "mergeBatch",
        }
        refusal = {"status": 401, "body": json.dumps(_REFUSED)}
        return SideDoorFaults(stage.shop.http, writes, refusal)
