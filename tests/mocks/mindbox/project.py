"""A running double with the few verbs that its tests speak."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from mocks.mindbox.app import MindboxSettings, build_app
from mocks.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Json = dict[str, Any]
# Whatever a vendor's JSON holds; the tests' own assertions are its types.
AnyJson: TypeAlias = Any

NOON = "2026-03-01 09:58:02.250"
OLGA: Json = {"ids": {"mindboxId": 500123}}
KEY = {"Authorization": "SecretKey demo-key"}
REGISTRATION: Json = {
    "customer": {
        "ids": {"websiteId": "70014"},
        "mobilePhone": "79260001122",
        "email": "olga.demo@example.com",
        "firstName": "Ольга",
        "lastName": "Демина",
        "birthDate": "1990-04-17",
        "sex": "female",
        "area": {"ids": {"externalId": "77"}},
        "customFields": {"City": "Тверь", "favouriteShops": ["S-01", "S-07"]},
        "subscriptions": [
            {
                "brand": "DemoBrand",
                "pointOfContact": "Email",
                "topic": "News",
                "isSubscribed": True,
            },
            {"brand": "DemoBrand", "pointOfContact": "Sms"},
        ],
    },
    "executionDateTimeUtc": "2026-03-01 09:15:00.000",
}
DEVICE = "2f6b1b0e-8f53-4f0e-9f55-0d2e4a7f6c11"


@dataclass(frozen=True)
class Project:
    """The double behind a bare HTTP client."""

    url: str
    http: httpx.AsyncClient

    async def send(
        self,
        operation: str,
        body: object = None,
        *,
        mode: str = "sync",
        headers: Json | None = None,
        **query: Any,
    ) -> httpx.Response:
        """Call an operation and return the response, whatever it is."""
        params = {"endpointId": "Demo.Website", "operation": operation, **query}
        return await self.http.post(
            f"/v3/operations/{mode}",
            params={name: value for name, value in params.items() if value},
            json={} if body is None else body,
            headers={**KEY, "Accept": "application/json", **(headers or {})},
        )

    async def call(self, operation: str, body: object = None, **query: Any) -> AnyJson:
        """Call an operation that must be executed and return its answer."""
        answer = await self.send(operation, body, **query)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["status"] == "Success", found
        return found

    async def refused(self, operation: str, body: object = None, **query: Any) -> tuple[int, str]:
        """Call an operation that must be refused and return status and text."""
        answer = await self.send(operation, body, **query)
        found = answer.json()
        assert found["status"] == "ProtocolError", found
        assert found["httpStatusCode"] == answer.status_code
        return answer.status_code, found["errorMessage"]

    async def queue(self, operation: str, body: object = None, **query: Any) -> None:
        """Call an operation asynchronously and let everything that waits be executed."""
        answer = await self.send(operation, body, mode="async", **query)
        assert answer.json() == {"status": "Success"}, answer.text
        await self.act("async.drain")

    async def load(self, operation: str, lines: list[str], **query: Any) -> AnyJson:
        """Import a CSV file, let it be processed and return its job."""
        answer = await self.bulk(operation, "\r\n".join(lines).encode(), **query)
        assert answer.json() == {"status": "Success"}, answer.text
        await self.act("async.drain")
        return (await self.inspect("jobs"))[-1]

    async def bulk(
        self, operation: str, body: bytes, *, headers: Json | None = None, **query: Any
    ) -> httpx.Response:
        """Post a CSV file."""
        params = {"endpointId": "Demo.Import", "operation": operation, **query}
        return await self.http.post(
            "/v3/operations/bulk",
            params=params,
            content=body,
            headers={
                "Authorization": "SecretKey demo-import-key",
                "Content-Type": "text/csv;charset=utf-8",
                **(headers or {}),
            },
        )

    async def act(self, action: str, **details: Any) -> Json:
        """Let somebody do something inside Mindbox."""
        return await self.door("act", {"action": action, **details})

    async def inspect(self, what: str, **keys: Any) -> AnyJson:
        """Look at a part of the state."""
        body = {"what": what, **({"keys": keys} if keys else {})}
        return (await self.door("inspect", body))[what]

    async def switch(self, **switches: Any) -> None:
        """Set switches."""
        await self.door("settings", switches)

    async def door(self, name: str, body: Json) -> Json:
        """Use the side door; it must agree."""
        answer = await self.http.post(f"/__mock__/{name}", json=body)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def balance(self) -> tuple[float, float, float]:
        """Return total, available and blocked points of the demo customer."""
        row = (await self.call("Website.GetCustomerBalance", {"customer": OLGA}))["balances"][0]
        return row["total"], row["available"], row["blocked"]

    async def code(self) -> str:
        """Return the newest code that was sent."""
        found: str = [row["code"] for row in await self.inspect("messages") if row["code"]][-1]
        return found


@asynccontextmanager
async def open_project(*, demo: bool = True, **settings: Any) -> AsyncIterator[Project]:
    """Serve a project until the block ends; ``demo``: in the state of the golden samples."""
    settings = {"extra_key_probability": 0.0, **settings}
    async with (
        serve(build_app(MindboxSettings(**settings))) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as http,
    ):
        project = Project(url, http)
        await project.act("clock.freeze", at=NOON)
        if demo:
            await project.door("seed", {"demo": True})
        yield project


def differences(want: object, have: object, path: str = "") -> list[str]:
    """Name every place where an answer lacks what a sample documents; more keys are fine."""
    if isinstance(want, dict) and isinstance(have, dict):
        absent = [f"{path}.{key} is absent" for key in want if key not in have]
        pairs = [(f"{path}.{key}", want[key], have[key]) for key in want if key in have]
        return absent + [text for at, w, h in pairs for text in differences(w, h, at)]
    if isinstance(want, list) and isinstance(have, list):
        if len(want) != len(have):
            return [f"{path}: {len(have)} elements instead of {len(want)}: {have!r}"]
        rows = enumerate(zip(want, have, strict=True))
        return [text for n, (w, h) in rows for text in differences(w, h, f"{path}[{n}]")]
    is_same = want == have and isinstance(want, bool) is isinstance(have, bool)
    return [] if is_same else [f"{path}: {have!r} instead of {want!r}"]


async def status_of(project: Project, keys: Json) -> str:
    """Search a customer and return the word of the answer."""
    found = await project.call("Website.CheckCustomer", {"customer": keys})
    word: str = found["customer"]["processingStatus"]
    return word
