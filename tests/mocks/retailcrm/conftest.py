"""Fixtures: a double on a manual clock, reached by a bare HTTP client in the same process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from mocks.retailcrm.app import RetailCrmSettings, build_app
from mocks.retailcrm.settings import ALL_SCOPES, ApiKey, Shop

MOSCOW = ZoneInfo("Europe/Moscow")
KEYS = (
    ApiKey("gateway", "k3y"),
    ApiKey("auditor", "aud1t"),
    ApiKey("reader", "r3ad", scopes=frozenset(s for s in ALL_SCOPES if s.endswith("read"))),
    ApiKey("both", "b0th", sites=()),
)


@dataclass
class ManualClock:
    """A clock that the test moves; it also serves as the ticker of rates and delays."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 9, 10, 0, 0, tzinfo=MOSCOW))

    def now(self) -> datetime:
        """Return the present moment."""
        return self.at

    def ticks(self) -> float:
        """Return the present moment as seconds."""
        return self.at.timestamp()

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)

    def set(self, text: str) -> None:
        """Set the account-local time."""
        self.at = datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@dataclass
class Crm:
    """A served double and its clock."""

    client: httpx.AsyncClient
    clock: ManualClock

    async def get(
        self, path: str, query: Mapping[str, str | int] | None = None, *, key: str = "k3y"
    ) -> httpx.Response:
        """GET a v5 method."""
        headers = {"X-API-KEY": key}
        return await self.client.get(f"/api/v5/{path}", params=query, headers=headers)

    async def post(self, path: str, *, key: str = "k3y", **form: Any) -> httpx.Response:
        """POST a v5 method; structures become JSON strings."""
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in form.items()
        }
        headers = {"X-API-KEY": key}
        return await self.client.post(f"/api/v5/{path}", data=fields, headers=headers)

    async def act(self, action: str, **body: Any) -> dict[str, Any]:
        """Do what an operator does in the CRM's own pages."""
        answer = await self.client.post("/__mock__/act", json={"action": action, **body})
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def switch(self, **switches: Any) -> None:
        """Change switches at run time."""
        answer = await self.client.post("/__mock__/settings", json=switches)
        assert answer.status_code == 200, answer.text

    async def history(self, feed: str, since: int = 0, *, key: str = "k3y") -> list[dict[str, Any]]:
        """Return up to 100 records of a feed after ``since``."""
        query = {"filter[sinceId]": str(since), "limit": "100"}
        answer = await self.get(f"{feed}/history", query, key=key)
        rows: list[dict[str, Any]] = answer.json()["history"]
        return rows


Start = Callable[..., Awaitable[Crm]]


def settings_for(clock: ManualClock, changes: Mapping[str, Any]) -> RetailCrmSettings:
    """Return settings with the tests' keys, a manual clock and no rate limit, then ``changes``."""
    base = RetailCrmSettings(
        keys=KEYS, clock=clock.now, ticker=clock.ticks, rate_limit_answer="off"
    )
    return replace(base, **changes)


TWO_SHOPS = (Shop("shop-ru", 3, "Shop"), Shop("shop-msk", 4, "Москва"))


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Return a starter of doubles; keyword arguments are settings."""
    async with AsyncExitStack() as stack:

        async def _start(**changes: Any) -> Crm:
            clock = ManualClock()
            transport = httpx.ASGITransport(app=build_app(settings_for(clock, changes)))
            client = httpx.AsyncClient(transport=transport, base_url="http://crm.test")
            return Crm(await stack.enter_async_context(client), clock)

        yield _start


@pytest.fixture
async def crm(start: Start) -> Crm:
    """A fresh double."""
    return await start()
