"""Bench: a connector over real HTTP against its double, and the core's part in miniature."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from starlette.types import ASGIApp

from gateway.canonical import Canonical, Kind
from gateway.canonical.paths import MODELS, folded, spoken
from gateway.canonical.paths import known as valued
from gateway.contract import (
    Change,
    Clock,
    Connector,
    ConnectorContext,
    ConnectorFactory,
    Failed,
    HttpClient,
    Observed,
    Page,
    Written,
)
from gateway.contract.budget import UnlimitedBudget
from gateway.contract.http import build_client
from gateway.sync.merge import changes, updated_known
from mocks.serving import serve
from tests.gateway.contract.fakes import FakeLog

TIMEOUT_S = 5.0
MakeSettings = Callable[[str], Mapping[str, Any]]


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
    version: str | None = None


@dataclass
class Bench:
    """A connector, its double, and a door to do what people do at the vendor."""

    connector: Connector
    door: httpx.AsyncClient
    log: FakeLog
    remarks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    build: Callable[[], Connector] | None = None

    async def restart(self) -> None:
        """Go on with a new process: nothing of what the connector kept in memory is left."""
        assert self.build is not None
        await self.connector.close()
        self.connector = self.build()

    async def act(self, action: str, **body: Any) -> Any:  # noqa: ANN401 - any JSON
        """Do what somebody does at the vendor."""
        return await self._told("act", {"action": action, **body})

    async def seed(self, **parts: Any) -> Any:  # noqa: ANN401 - any JSON
        """Load a state."""
        return await self._told("seed", parts)

    async def switch(self, **switches: Any) -> Any:  # noqa: ANN401 - any JSON
        """Set switches of the double."""
        return await self._told("settings", switches)

    async def faults(self, *rules: Mapping[str, Any]) -> None:
        """Replace the plan of faults."""
        await self._told("faults", {"seed": 1, "rules": list(rules)})

    async def _told(self, what: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        answer = await self.door.post(f"/__mock__/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, kind: Kind, copy: Copy, snapshot: Canonical, **more: Any) -> Change[Any]:
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
            version=copy.version,
            **more,
        )

    async def tell(self, kind: Kind, copy: Copy, snapshot: Canonical, **more: Any) -> Written[Any]:
        """Write a snapshot as the core would; nothing is sent when nothing differs."""
        change = self.change(kind, copy, snapshot, **more)
        if copy.external_id is not None and not change.changed and not change.assign_key:
            return Written(copy.external_id)
        (outcome,) = await self.connector.writers[kind].write([change])
        assert isinstance(outcome, Written), getattr(outcome, "error", outcome)
        copy.external_id, copy.version = outcome.external_id, outcome.version
        copy.known = valued(spoken(change.entity))
        if outcome.held is not None:
            copy.known = updated_known(copy.known, spoken(outcome.held), kind)
        return outcome

    async def write(self, kind: Kind, *wanted: Change[Any]) -> Sequence[Any]:
        """Write changes and return the outcomes, whatever they are."""
        return await self.connector.writers[kind].write(wanted)

    async def look(self, kind: Kind, external_id: str | None) -> Observed[Any]:
        """Read one record."""
        reading = await self.connector.readers[kind].get([external_id or ""])
        assert not reading.rejected
        (item,) = reading.items
        return item

    async def news(self, kind: Kind, copy: Copy) -> dict[str, Any]:
        """Return what the core would take for changes made at the vendor: empty after a write."""
        item = await self.look(kind, copy.external_id)
        return changes(spoken(item.entity), copy.known, kind)

    async def walk(self, kind: Kind, cursor: str | None) -> tuple[list[Observed[Any]], str]:
        """Pull until nothing is left for now; return the observations and the cursor."""
        items: list[Observed[Any]] = []
        for _ in range(200):
            page: Page[Any] = await self.connector.readers[kind].pull(cursor, limit=100)
            assert not page.rejected
            items += page.items
            cursor = page.cursor
            if not page.has_more:
                return items, cursor
        pytest.fail("the feed does not end")


@asynccontextmanager
async def bench(
    app: ASGIApp,
    factory: ConnectorFactory,
    settings: MakeSettings,
    *,
    account: str = "account",
    clock: Clock | None = None,
) -> AsyncIterator[Bench]:
    """Serve a double and build a connector to it; ``settings`` makes them of the double's URL."""
    log, clock = FakeLog(), clock or SystemClock()
    remarks: list[tuple[str, dict[str, Any]]] = []
    async with serve(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as door:
        parsed: BaseModel = factory.settings.model_validate(settings(url))

        def http(
            base_url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
        ) -> HttpClient:
            return build_client(
                base_url,
                account=account,
                budget=UnlimitedBudget(clock),
                clock=clock,
                log=log,
                headers=headers,
                timeout_s=timeout_s,
            )

        def remark(event: str, detail: Mapping[str, object]) -> None:
            remarks.append((event, dict(detail)))

        def build() -> Connector:
            return factory.build(ConnectorContext(account, parsed, http, clock, log, remark))

        made = Bench(build(), door, log, remarks, build)
        try:
            yield made
        finally:
            await made.connector.close()


def failures(outcomes: Sequence[Any]) -> list[str]:
    """Return the names of the errors among outcomes."""
    return [type(one.error).__name__ for one in outcomes if isinstance(one, Failed)]
