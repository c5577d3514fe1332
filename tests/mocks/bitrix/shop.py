"""A running double with the few verbs that its tests speak."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from mocks.bitrix.app import BitrixSettings, build_app
from mocks.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WEBHOOK = "/rest/1/wh0a1b2c3d4e5f6g/"

Json = dict[str, Any]
# Whatever a vendor's JSON holds; the tests' own assertions are its types.
AnyJson: TypeAlias = Any


@dataclass(frozen=True)
class Shop:
    """The double behind a bare HTTP client."""

    url: str
    http: httpx.AsyncClient

    async def call(self, method: str, body: object = None) -> Json:
        """Call a method that must succeed and return the whole answer."""
        status, answer = await self.ask(method, body)
        assert status == 200, answer
        return answer

    async def result(self, method: str, body: object = None) -> AnyJson:
        """Call a method that must succeed and return its result."""
        return (await self.call(method, body))["result"]

    async def ask(self, method: str, body: object = None) -> tuple[int, Json]:
        """Call a method and return status and answer, whatever they are."""
        answer = await self.http.post(WEBHOOK + method, json={} if body is None else body)
        found: Json = answer.json()
        return answer.status_code, found

    async def refused(self, method: str, body: object = None) -> tuple[int, AnyJson]:
        """Call a method that must be refused and return status and code."""
        status, answer = await self.ask(method, body)
        assert "error" in answer, answer
        return status, answer["error"]

    async def act(self, action: str, **details: Any) -> Json:
        """Let a person do something at the site."""
        return await self.door("act", {"action": action, **details})

    async def door(self, name: str, body: Json) -> Json:
        """Use the side door; it must agree."""
        answer = await self.http.post(f"/__mock__/{name}", json=body)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def peek(self, name: str) -> Json:
        """Look through the side door."""
        found: Json = (await self.http.get(f"/__mock__/{name}")).json()
        return found

    async def order(self, **fields: Any) -> int:
        """Add a bare order by REST and return its id."""
        base = {"lid": "s1", "personTypeId": 1, "currency": "RUB", "userId": 7}
        answer = await self.result("sale.order.add", {"fields": {**base, **fields}})
        return int(answer["order"]["id"])


@asynccontextmanager
async def open_shop(**settings: Any) -> AsyncIterator[Shop]:
    """Serve a fresh shop until the block ends."""
    async with (
        serve(build_app(BitrixSettings(**settings))) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as http,
    ):
        yield Shop(url, http)
