"""Fixtures: the connector over real HTTP against the double, and the core's part in miniature."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.retailcrm import CONNECTOR
from connectors.retailcrm.config import RetailCrmSettings
from gateway.canonical import Canonical, Kind
from gateway.canonical.paths import MODELS, folded, spoken
from gateway.canonical.paths import known as valued
from gateway.contract import (
    Change,
    Connector,
    ConnectorContext,
    Failed,
    HttpClient,
    Observed,
    Page,
    Remark,
    Written,
    no_remark,
)
from gateway.contract.budget import UnlimitedBudget
from gateway.contract.http import build_client
from gateway.sync.merge import changes, updated_known
from mocks.retailcrm import settings as double
from mocks.retailcrm.app import build_app
from mocks.serving import serve
from tests.gateway.contract.fakes import FakeLog

KEY = "retailcrm-gateway-key"
TIMEOUT_S = 3.0
"""What the account's section would say."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()


@dataclass
class Copy:
    """What the core remembers of one record at the account."""

    key: str
    external_id: str | None = None
    known: dict[str, Any] = field(default_factory=dict)


@dataclass
class Bench:
    """A connector, its double, and a door to do what people do in the CRM."""

    connector: Connector
    door: httpx.AsyncClient
    log: FakeLog

    async def act(self, action: str, **body: Any) -> dict[str, Any]:
        """Do what an operator does."""
        answer = await self.door.post("/__mock__/act", json={"action": action, **body})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def seed(self, **parts: Any) -> dict[str, Any]:
        """Load initial state without history."""
        answer = await self.door.post("/__mock__/seed", json=parts)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def switch(self, **switches: Any) -> None:
        """Set switches of the double."""
        answer = await self.door.post("/__mock__/settings", json=switches)
        assert answer.status_code == 200, answer.text

    async def faults(self, *rules: Mapping[str, Any]) -> None:
        """Replace the plan of faults."""
        answer = await self.door.post("/__mock__/faults", json={"seed": 1, "rules": list(rules)})
        assert answer.status_code == 200, answer.text

    async def calls(self) -> list[tuple[str, str]]:
        """Return (operation, effect) of every call so far."""
        answer = await self.door.get("/__mock__/journal", params={"since": 0})
        return [(one["op"], one["effect"]) for one in answer.json()["entries"]]

    async def api(self, path: str, **query: Any) -> dict[str, Any]:
        """GET something as the auditor, whose key is not ours."""
        headers = {"X-API-KEY": "retailcrm-auditor-key"}
        answer = await self.door.get(f"/api/v5/{path}", params=query, headers=headers)
        body: dict[str, Any] = answer.json()
        return body

    def change(self, kind: Kind, copy: Copy, snapshot: Canonical, **more: Any) -> Change[Canonical]:
        """Make the change that the core would send of ``snapshot``."""
        model = MODELS[kind]
        before = folded(model, copy.known) if copy.known else None
        desired = spoken(self.connector.writers[kind].held(snapshot, before))
        return Change(
            key=copy.key,
            entity=folded(model, desired),
            changed=frozenset(changes(desired, copy.known, kind)),
            external_id=copy.external_id,
            known=before,
            **more,
        )

    async def tell(self, kind: Kind, copy: Copy, snapshot: Canonical, **more: Any) -> Written[Any]:
        """Write a snapshot as the core would; nothing is sent when nothing differs."""
        change = self.change(kind, copy, snapshot, **more)
        if copy.external_id is not None and not change.changed and not change.assign_key:
            return Written(copy.external_id)
        (outcome,) = await self.connector.writers[kind].write([change])
        assert isinstance(outcome, Written), getattr(outcome, "error", outcome)
        copy.external_id = outcome.external_id
        copy.known = valued(spoken(change.entity))
        if outcome.held is not None:
            copy.known = updated_known(copy.known, spoken(outcome.held), kind)
        return outcome

    async def write(self, kind: Kind, *changes: Change[Any]) -> Sequence[Any]:
        """Write changes and return the outcomes, whatever they are."""
        return await self.connector.writers[kind].write(changes)

    async def look(self, kind: Kind, copy: Copy) -> Observed[Any]:
        """Read a record back."""
        reading = await self.connector.readers[kind].get([copy.external_id or ""])
        assert not reading.rejected
        (item,) = reading.items
        return item

    async def news(self, kind: Kind, copy: Copy) -> dict[str, Any]:
        """Return what the core would take for changes made at the vendor: empty after a write."""
        item = await self.look(kind, copy)
        return changes(spoken(item.entity), copy.known, kind)

    async def walk(self, kind: Kind, cursor: str | None) -> tuple[list[Observed[Any]], str, int]:
        """Pull until nothing is left; return the observations, the cursor and the echoes."""
        items: list[Observed[Any]] = []
        echoes = 0
        for _ in range(50):
            page: Page[Any] = await self.connector.readers[kind].pull(cursor, limit=100)
            items += page.items
            echoes += page.echoes
            cursor = page.cursor
            if not page.has_more:
                return items, cursor, echoes
        pytest.fail("the feed does not end")


OpenBench = Callable[..., Awaitable[Bench]]


def own_settings(url: str, **more: Any) -> RetailCrmSettings:
    """Return the account's settings for a double at ``url``."""
    return RetailCrmSettings.model_validate({"url": url, "api_key": KEY, "site": "shop-ru", **more})


def built(
    settings: RetailCrmSettings,
    *,
    log: FakeLog,
    transport: httpx.AsyncBaseTransport | None = None,
    remark: Remark = no_remark,
) -> Connector:
    """Build the connector over the contract's own HTTP client."""
    clock = SystemClock()

    def http(
        base_url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
    ) -> HttpClient:
        return build_client(
            base_url,
            account="crm",
            budget=UnlimitedBudget(clock),
            clock=clock,
            log=log,
            headers=headers,
            timeout_s=timeout_s,
            transport=transport,
        )

    return CONNECTOR.build(ConnectorContext("crm", settings, http, clock, log, remark))


@pytest.fixture
async def open_bench() -> AsyncIterator[OpenBench]:
    """Open benches: ``double`` settings of the account, ``own`` settings of the connector."""
    async with AsyncExitStack() as stack:

        async def open_one(
            own: Mapping[str, Any] | None = None, *, prepare: bool = True, **switches: Any
        ) -> Bench:
            switches.setdefault("rate_limit_answer", "off")
            app = build_app(replace(double.RetailCrmSettings(), **switches))
            url = await stack.enter_async_context(serve(app))
            log = FakeLog()
            connector = built(own_settings(url, **(own or {})), log=log)
            stack.push_async_callback(connector.close)
            door = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
            if prepare:
                await connector.prepare()
            return Bench(connector, door, log)

        yield open_one


@pytest.fixture
async def bench(open_bench: OpenBench) -> Bench:
    """A bench with all defaults."""
    return await open_bench()


def failures(outcomes: Sequence[Any]) -> list[str]:
    """Return the names of the errors among outcomes."""
    return [type(one.error).__name__ for one in outcomes if isinstance(one, Failed)]


async def count(bench: Bench, kind: Kind) -> int:
    """Return how many records of a kind the vendor has."""
    total: int = (await bench.api(f"{kind}s"))["pagination"]["totalCount"]
    return total


async def record(bench: Bench, kind: Kind, external_id: str | None) -> dict[str, Any]:
    """GET one whole record as the auditor sees it."""
    body = await bench.api(f"{kind}s/{external_id}", by="id")
    found: dict[str, Any] = body[str(kind)]
    return found
