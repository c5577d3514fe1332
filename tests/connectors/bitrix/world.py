"""A connector on a running double, or on the double's engine without HTTP, and its few verbs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from connectors.bitrix import CONNECTOR
from connectors.bitrix.config import BitrixSettings
from connectors.bitrix.connector import BitrixConnector
from gateway.canonical import Canonical, Card, Customer, Kind, Order, Product
from gateway.canonical.paths import known, spoken
from gateway.contract import (
    Change,
    ConnectorContext,
    Observed,
    Written,
)
from gateway.contract.budget import UnlimitedBudget
from gateway.contract.encoding import json_body
from gateway.contract.http import TransportKind, build_client, build_transport
from mocks.bitrix.engine import Credentials, Engine
from mocks.bitrix.settings import BitrixSettings as ShopSettings
from mocks.bitrix.site import Site
from mocks.sidedoor import Journal
from tests.connectors.bitrix.cutting import Cutting
from tests.mocks.bitrix.shop import Shop, open_shop

if TYPE_CHECKING:
    from gateway.contract import HttpClient

CODE = "wh0a1b2c3d4e5f6g"
APPLICATION_TOKEN = "abcdefabcdefabcdefabcdefabcdef12"
CUSTOMER_KEY = "c-01jabcdefghjkmnpqrstvw"
ORDER_KEY = "o-01jabcdefghjkmnpqrstvw"
CARD_KEY = "k-01jabcdefghjkmnpqrstvw"

KINDS: Mapping[type[Canonical], Kind] = {
    Customer: Kind.CUSTOMER,
    Card: Kind.CARD,
    Product: Kind.PRODUCT,
    Order: Kind.ORDER,
}

SETTINGS: Mapping[str, Any] = {
    "application_token": APPLICATION_TOKEN,
    "pay_systems": {1: "cash", 2: "card", 9: "bonuses"},
    "default_pay_system": 2,
    "deliveries": {2: "pickup", 3: "courier"},
    "default_delivery": 3,
    "anonymous_user_ids": [2],
    "customer_attributes": {"favourite_shop": "UF_FAVOURITE_SHOP"},
    "tier_field": "UF_LOYALTY_TIER",
    "balances": {"club": {"available": "UF_POINTS", "pending": "UF_POINTS_LATER"}},
    "order_attributes": {"bonus": "BONUS"},
}


class StillClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the set moment."""
        return self.moment

    def monotonic(self) -> float:
        """Return the set moment in seconds."""
        return self.moment.timestamp()


@dataclass
class Records:
    """A log that keeps what it was told."""

    lines: list[str] = field(default_factory=list)

    def debug(self, event: str, **values: object) -> None:
        """Keep a detail."""
        self.lines.append(f"{event} {values}")

    def info(self, event: str, **values: object) -> None:
        """Keep an event."""
        self.lines.append(f"{event} {values}")

    def warning(self, event: str, **values: object) -> None:
        """Keep a warning."""
        self.lines.append(f"{event} {values}")


@dataclass
class InProcess:
    """The double's engine behind the client's protocol: the same JSON, no sockets."""

    engine: Engine
    calls: list[str] = field(default_factory=list)

    async def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        repeatable: bool,
        query: Sequence[tuple[str, str]] | None = None,
        form: Sequence[tuple[str, str]] | None = None,
        json: object | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Run a call on the engine."""
        self.calls.append(path)
        sent = _loaded(json_body(json))
        with self.engine.site.hit("rest"):
            done = self.engine.run(method, path, sent, Credentials("1", CODE))
        return httpx.Response(done.status, json=done.body)

    async def close(self) -> None:
        """Do nothing."""


def _loaded(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body)
    return found


def settings_for(address: str, **more: Any) -> BitrixSettings:
    """Return the account's settings for a double's address."""
    return BitrixSettings.model_validate({"url": f"{address}/rest/1/{CODE}/", **SETTINGS, **more})


def in_process(**more: Any) -> tuple[BitrixConnector, Site, InProcess]:
    """Return a connector on a fresh shop in this process."""
    site = Site(ShopSettings(change_hold_s=0.0))
    http = InProcess(Engine(site, Journal()))

    def factory(*_address: object, **_options: object) -> HttpClient:
        return http

    settings = settings_for("https://shop.example.ru", **more)
    context = ConnectorContext("shop", settings, factory, StillClock(), Records())
    return BitrixConnector(context), site, http


@dataclass
class World:
    """A connector and the shop that it talks to."""

    shop: Shop
    connector: BitrixConnector
    clock: StillClock
    log: Records
    operations: list[str]

    async def customer(self, external_id: str) -> Observed[Any]:
        """Read one customer."""
        reading = await self.connector.readers[Kind.CUSTOMER].get([external_id])
        assert not reading.rejected, reading.rejected
        return reading.items[0]

    async def order(self, external_id: str) -> Observed[Any]:
        """Read one order."""
        reading = await self.connector.readers[Kind.ORDER].get([external_id])
        assert not reading.rejected, reading.rejected
        return reading.items[0]

    async def write(self, kind: Kind, *changes: Change[Any]) -> list[Any]:
        """Write changes of one kind."""
        return list(await self.connector.writers[kind].write(changes))

    async def written(self, kind: Kind, change: Change[Any]) -> Written[Any]:
        """Write one change that must succeed."""
        (outcome,) = await self.write(kind, change)
        assert isinstance(outcome, Written), outcome
        return outcome

    async def completed(self, kind: Kind, change: Change[Any], external_id: str) -> str:
        """Read a record that exists already and tell what it lacks, as the core does."""
        reading = await self.connector.readers[kind].get([external_id])
        missing = edit(self.connector, reading.items[0], change.entity, key=change.key)
        if missing.changed:
            (outcome,) = await self.write(kind, missing)
            assert isinstance(outcome, Written), outcome
        return external_id

    async def fault(self, *rules: Mapping[str, Any]) -> None:
        """Script the double's faults."""
        await self.shop.door("faults", {"rules": list(rules)})

    async def calls_since(self, number: int) -> list[str]:
        """Return the methods that reached the shop after a journal entry."""
        answer = await self.shop.http.get("/__mock__/journal", params={"since": str(number)})
        return [entry["op"] for entry in answer.json()["entries"]]


@asynccontextmanager
async def open_world(**more: Any) -> AsyncIterator[World]:
    """Serve a fresh shop and build a connector on it over real HTTP."""
    async with (
        open_shop(change_hold_s=0.0) as shop,
        connect(shop, settings_for(shop.url, **more)) as world,
    ):
        yield world


@asynccontextmanager
async def connect(shop: Shop, settings: BitrixSettings, *, cut: str = "") -> AsyncIterator[World]:
    """Build a connector on a running shop over real HTTP; ``cut`` is an operation."""
    clock, log, operations = StillClock(), Records(), list[str]()

    def factory(
        base_url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = 15.0
    ) -> HttpClient:
        client = build_client(
            base_url,
            account="shop",
            budget=UnlimitedBudget(clock),
            clock=clock,
            log=log,
            headers=headers,
            timeout_s=timeout_s,
            transport=build_transport(TransportKind.PLAIN),
            on_call=lambda **call: operations.append(str(call["operation"])),
        )
        return Cutting(client, cut) if cut else client

    context = ConnectorContext("shop", settings, factory, clock, log)
    connector = CONNECTOR.build(context)
    assert isinstance(connector, BitrixConnector)
    try:
        yield World(shop, connector, clock, log, operations)
    finally:
        await connector.close()


def creation(connector: BitrixConnector, key: str, entity: Canonical, **more: Any) -> Change[Any]:
    """Return the change that the core makes for an entity which the shop lacks."""
    kind = KINDS[type(entity)]
    held = connector.writers[kind].held(entity, None)
    return Change(key=key, entity=held, changed=frozenset(known(spoken(held))), **more)


def edit(
    connector: BitrixConnector,
    observed: Observed[Any],
    entity: Canonical,
    *,
    key: str = "",
    **more: Any,
) -> Change[Any]:
    """Return the change that the core makes for an entity over what the shop was read to hold."""
    kind = KINDS[type(entity)]
    held = connector.writers[kind].held(entity, observed.entity)
    before, after = known(spoken(observed.entity)), known(spoken(held))
    differing = {path for path in before | after if before.get(path) != after.get(path)}
    return Change(
        key=key or observed.key or f"{kind[0]}-01jzzzzzzzzzzzzzzzzzzz",
        entity=held,
        changed=frozenset(differing),
        external_id=observed.external_id,
        known=observed.entity,
        version=observed.version,
        **more,
    )
