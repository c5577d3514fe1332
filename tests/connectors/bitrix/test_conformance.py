"""1C-Bitrix keeps the contract, on its double over real HTTP."""

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
from gateway.canonical import Canonical, EmailContact, Kind, PhoneContact
from gateway.contract import WebhookRequest
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

from .samples import whole_order
from .test_customers import whole_customer
from .world import APPLICATION_TOKEN, settings_for

_REFUSED = {"error": "NO_AUTH_FOUND", "error_description": "Wrong authorization data"}


@dataclass(frozen=True)
class Seed:
    """Works at the site as visitors do."""

    shop: Shop
    road: SpoilingTransport

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Let visitors register or order within one second."""
        now = (await self.shop.act("clock.freeze"))["now"]
        await self.shop.act("clock.freeze", at=now)
        ids = [await self._put(kind, record) for record in records]
        await self.shop.act("clock.freeze")
        return ids

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Let somebody correct a record a minute later."""
        now = datetime.fromisoformat((await self.shop.act("clock.freeze"))["now"])
        await self.shop.act("clock.freeze", at=(now + timedelta(minutes=1)).isoformat())
        number = int(external_id)
        if kind is Kind.ORDER:
            phone = {"PHONE": "8 (999) 000-11-22"}
            await self.shop.act("order.properties", order_id=number, properties=phone)
        else:
            await self.shop.act("customer.edit", id=number, fields={"last_name": "Ежова"})

    async def held(self, kind: Kind, key: str) -> int:
        """Count the records with our external id."""
        if kind is Kind.ORDER:
            return len(await self._orders({"xmlId": key}))
        return sum(row["xmlId"] == key for row in await self._users())

    async def total(self, kind: Kind) -> int:
        """Count all records."""
        return len(await self._orders({})) if kind is Kind.ORDER else len(await self._users())

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a pool of three codes."""
        del operation
        codes = [f"ВЕСНА-{number}{letter}" for letter in "АБВ"]
        return {"codes": codes, "discount_id": 15, "type": "order"}

    async def effects(self, operation: str) -> Decimal:
        """Count the coupons of the shop."""
        del operation
        answer = await self.shop.result("gateway.coupon.list", {"limit": 500})
        return Decimal(len(answer["items"]))

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return an event as the vendor's queue posts it."""
        assert kind is Kind.ORDER
        pairs = {
            "event": "ONSOMETHINGNEW" if unknown else "ONSALEORDERSAVED",
            "data[FIELDS][ID]": external_id,
            "ts": "1741000202",
            "auth[application_token]": "0" * 32 if forged else APPLICATION_TOKEN,
        }
        return WebhookRequest(urlencode(pairs).encode())

    async def _put(self, kind: Kind, record: Seeded) -> str:
        made = await (self._order(record) if kind is Kind.ORDER else self._user(record))
        marker = "accountNumber" if kind is Kind.ORDER else "secondName"
        fields: dict[str, object] = {}
        if record.flaw is Flaw.MALFORMED:
            fields = {"dateUpdate": "вчера"} if kind is Kind.ORDER else {"birthday": "вчера"}
        if record.flaw is Flaw.UNKNOWN_CODE:
            fields = {"statusId": "ZZ"} if kind is Kind.ORDER else {"gender": "X"}
        self.road.spoil(lambda row: marker in row and str(row.get("id")) == made, **fields)
        return made

    async def _user(self, record: Seeded) -> str:
        number = len(await self._users())
        name = "" if record.flaw is Flaw.SPARSE else record.text
        email = f"visitor.{number}@example.ru"
        done = await self.shop.act("customer.register", name=name, last_name="", email=email)
        return str(done["id"])

    async def _order(self, record: Seeded) -> str:
        comment = "" if record.flaw is Flaw.SPARSE else record.text
        items = [{"product_id": 88, "quantity": 1}]
        done = await self.shop.act("order.place", items=items, comment=comment, properties={})
        return str(done["id"])

    async def _users(self) -> list[dict[str, Any]]:
        answer = await self.shop.result("gateway.user.list", {"limit": 500})
        rows: list[dict[str, Any]] = answer["items"]
        return rows

    async def _orders(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = await self.shop.result(
            "sale.order.list", {"filter": wanted, "select": ["id", "xmlId"]}
        )
        rows: list[dict[str, Any]] = answer["orders"]
        return rows


@dataclass(frozen=True)
class Stage:
    """A running shop with the connector on it."""

    wired: Wired
    shop: Shop
    road: SpoilingTransport


class TestConformance(ConnectorConformance):
    """The kit on 1C-Bitrix."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.bitrix.__file__).with_name("quality.toml"))
    orders_need_buyers = True

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a record that differs from its neighbours in what the shop holds unique."""
        if kind is Kind.ORDER:
            return whole_order().model_copy(update={"number": f"CRM-{number}"})
        phones = (PhoneContact(number=f"+7916123456{number}", rank=0),)
        emails = (EmailContact(address=f"petr.{number}@example.ru", rank=0),)
        return whole_customer().model_copy(update={"phones": phones, "emails": emails})

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh shop."""
        road = SpoilingTransport()
        async with open_shop(change_hold_s=0.0) as shop:
            wired = wire(CONNECTOR, settings_for(shop.url), transport=road)
            await wired.connector.prepare()
            yield Stage(wired, shop, road)
            await wired.connector.close()

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> Seed:
        """The visitors."""
        return Seed(stage.shop, stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults; everything but issuing codes travels in batches."""
        writes = {
            "customer": "batch|gateway.user.add",
            "order": "batch",
            "promo.issue": "coupon.add",
        }
        refusal = {"status": 401, "body": json.dumps(_REFUSED)}
        return SideDoorFaults(stage.shop.http, writes, refusal)
