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
from gateway.contract.operations import BONUS_POST, CUSTOMER_ERASE, CUSTOMER_MERGE, PROMO_ISSUE
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
from gateway.testing.samples import sample
from tests.mocks.bitrix.shop import Shop, open_shop

from .samples import whole_order
from .test_customers import whole_customer
from .test_products import exchange
from .world import APPLICATION_TOKEN, settings_for

_MARKERS = {
    Kind.CUSTOMER: "secondName",
    Kind.CARD: "discountPercent",
    Kind.ORDER: "accountNumber",
}
_DATES = {Kind.CUSTOMER: "birthday", Kind.CARD: "activatedAt", Kind.ORDER: "dateUpdate"}
_CODES = {Kind.CUSTOMER: "gender", Kind.CARD: "state", Kind.ORDER: "statusId"}
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
        if kind is Kind.CARD:
            await self.shop.act("card.put", number=external_id, state="blocked")
            return
        number = int(external_id)
        if kind is Kind.ORDER:
            phone = {"PHONE": "8 (999) 000-11-22"}
            await self.shop.act("order.properties", order_id=number, properties=phone)
        else:
            await self.shop.act("customer.edit", id=number, fields={"last_name": "Ежова"})

    async def held(self, kind: Kind, key: str) -> int:
        """Count the records with our external id; goods are known by their code."""
        if kind is Kind.ORDER:
            return len(await self._orders({"xmlId": key}))
        if kind is Kind.PRODUCT:
            code = f"kit-{int(key[-12:])}"
            params = {
                "select": ["id", "iblockId", "xmlId"],
                "filter": {"iblockId": 4, "xmlId": code},
            }
            return len((await self.shop.result("catalog.product.list", params))["products"])
        rows = await (self._cards() if kind is Kind.CARD else self._users())
        return sum(row["xmlId"] == key for row in rows)

    async def total(self, kind: Kind) -> int:
        """Count all records."""
        if kind is Kind.ORDER:
            return len(await self._orders({}))
        return len(await (self._cards() if kind is Kind.CARD else self._users()))

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a pool of three codes, a posting to a visitor, or two visitors to merge."""
        if operation == PROMO_ISSUE:
            codes = [f"ВЕСНА-{number}{letter}" for letter in "АБВ"]
            return {"codes": codes, "discount_id": 15, "type": "order"}
        survivor = await self._user(Seeded())
        if operation == BONUS_POST:
            return {"customer_external_id": survivor, "kind": "accrue", "points": "10"}
        if operation == CUSTOMER_ERASE:
            return {"customer_external_ids": [survivor]}
        return {"survivor": survivor, "losers": [await self._user(Seeded())]}

    async def effects(self, operation: str) -> Decimal:
        """Count the coupons, the points or the merged users of the shop."""
        if operation == PROMO_ISSUE:
            answer = await self.shop.result("gateway.coupon.list", {"limit": 500})
            return Decimal(len(answer["items"]))
        users = await self._users()
        if operation == CUSTOMER_ERASE:
            return Decimal(sum(user["email"] is None for user in users))
        if operation == CUSTOMER_MERGE:
            return Decimal(sum(user["mergedInto"] is not None for user in users))
        accounts = [
            await self.shop.result("gateway.account.get", {"userId": user["id"], "currency": "RUB"})
            for user in users
        ]
        return sum((Decimal(one["account"]["balance"]) for one in accounts), Decimal(0))

    async def behave(self, number: int) -> None:
        """Let a visitor of his own put something aside."""
        item = {"product_id": 88, "quantity": number}
        await self.shop.act("basket.save", fuser_id=500 + number, items=[item])

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
        makers = {Kind.ORDER: self._order, Kind.CARD: self._card}
        made = await makers.get(kind, self._user)(record)
        marker = _MARKERS[kind]
        fields: dict[str, object] = {}
        if record.flaw is Flaw.MALFORMED:
            fields = {_DATES[kind]: "вчера"}
        if record.flaw is Flaw.UNKNOWN_CODE:
            fields = {_CODES[kind]: "ZZ"}
        name = "number" if kind is Kind.CARD else "id"
        self.road.spoil(lambda row: marker in row and str(row.get(name)) == made, **fields)
        return made

    async def _card(self, record: Seeded) -> str:
        number = f"30{len(await self._cards()):011d}"
        text = None if record.flaw is Flaw.SPARSE else record.text
        await self.shop.act("card.put", number=number, type=text)
        return number

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

    async def _cards(self) -> list[dict[str, Any]]:
        answer = await self.shop.result("gateway.card.list", {"limit": 500})
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
        if kind in {Kind.CARD, Kind.PRODUCT}:
            return sample(kind, number)
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
            settings = settings_for(shop.url, **exchange(shop.url, sends_catalogue=True))
            wired = wire(CONNECTOR, settings, transport=road)
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
            "card": "gateway.card.put",
            "product": "1c_exchange",
            PROMO_ISSUE: "coupon.add",
            BONUS_POST: "gateway.account.change",
            CUSTOMER_ERASE: "gateway.user.erase",
            CUSTOMER_MERGE: "gateway.user.merge",
        }
        refusal = {"status": 401, "body": json.dumps(_REFUSED)}
        return SideDoorFaults(stage.shop.http, writes, refusal)
