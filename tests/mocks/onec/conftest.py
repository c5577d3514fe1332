"""Fixtures: a double on a frozen clock, reached by a bare HTTP client in the same process."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import pytest

from mocks.onec.app import OneCSettings, build_app
from mocks.onec.settings import InfobaseUser

ROOT = "http://host/ut/odata/standard.odata/"
NOW = datetime(2026, 2, 3, 18, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))
USERS = (
    InfobaseUser("Шлюз", "пароль"),
    InfobaseUser("Аудитор", "аудит", read_only=("*",)),
    InfobaseUser("Слепой", "нет", hidden=("Catalog_Партнеры",)),
)
NOMETADATA = "application/json;odata=nometadata"


def basic(credentials: str = "Шлюз:пароль") -> str:
    """Return Basic credentials in UTF-8."""
    return "Basic " + base64.b64encode(credentials.encode()).decode()


@dataclass
class OneC:
    """A served double."""

    client: httpx.AsyncClient

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        user: str = "",
        **more: Any,
    ) -> httpx.Response:
        """Call the interface; the path and the values of the query are encoded here."""
        parts = [f"{name}={quote(text, safe='')}" for name, text in (query or {}).items()]
        url = ROOT + quote(path, safe="()',=$/*") + ("?" + "&".join(parts) if parts else "")
        headers = {"Authorization": user or basic(), **more.pop("headers", {})}
        return await self.client.request(method, url, headers=headers, **more)

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """GET JSON without metadata; ``filter`` and the like lose nothing but their ``$``."""
        answer = await self.call("GET", path, options(query))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        """GET the rows of a set."""
        found: list[dict[str, Any]] = (await self.get(path, **query))["value"]
        return found

    async def refusal(
        self, path: str, method: str = "GET", json: object = None, **query: str
    ) -> tuple[int, str]:
        """Return the status and the code of a refusal."""
        answer = await self.call(method, path, options(query), json=json)
        return answer.status_code, answer.json()["odata.error"]["code"]

    async def send(
        self, method: str, path: str, body: object = None, **more: Any
    ) -> httpx.Response:
        """Write JSON without metadata."""
        return await self.call(method, path, {"$format": NOMETADATA}, json=body, **more)

    async def act(self, action: str, **body: Any) -> dict[str, Any]:
        """Do what people do in the infobase."""
        answer = await self.client.post("/__mock__/act", json={"action": action, **body})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def seed(self, **body: Any) -> dict[str, Any]:
        """Load a state."""
        answer = await self.client.post("/__mock__/seed", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def switch(self, **switches: Any) -> None:
        """Change switches at run time."""
        answer = await self.client.post("/__mock__/settings", json=switches)
        assert answer.status_code == 200, answer.text


def options(query: Mapping[str, str]) -> dict[str, str]:
    """Return query options: lower-case names get their ``$``."""
    named = {name if name[0].isupper() else f"${name}": text for name, text in query.items()}
    found = {"$format": NOMETADATA, **named}
    if "$allowed" in found:
        found["allowedOnly"] = found.pop("$allowed")
    return found


Start = Callable[..., Awaitable[OneC]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Return a starter of doubles; keyword arguments are settings."""
    async with AsyncExitStack() as stack:

        async def _start(**changes: Any) -> OneC:
            settings = replace(OneCSettings(users=USERS, clock=lambda: NOW), **changes)
            transport = httpx.ASGITransport(app=build_app(settings))
            client = httpx.AsyncClient(transport=transport, base_url="http://host")
            return OneC(await stack.enter_async_context(client))

        yield _start


@pytest.fixture
async def onec(start: Start) -> OneC:
    """A double with the demonstration data."""
    return await start()
