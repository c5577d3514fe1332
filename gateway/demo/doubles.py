"""Doubles: the vendors' own APIs and side doors, as the demo's people and its auditor use them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

_PAGE = 100
_SITE_PAGE = 50
_LIMIT_PASSES_S = 0.2


class ActRefused(Exception):
    """The double would not do it (yet)."""


def _read(response: httpx.Response) -> Any:  # noqa: ANN401 - a vendor's JSON
    return json.loads(response.text, parse_float=Decimal)


@dataclass(frozen=True, slots=True)
class Door:
    """The side door of one double."""

    url: str
    http: httpx.AsyncClient

    async def act(self, action: str, **values: object) -> dict[str, Any]:
        """Do what a person does at the vendor. Raises ``ActRefused``."""
        body = {"action": action, **values}
        answer = await self.http.post(f"{self.url}/__mock__/act", json=body)
        if not answer.is_success:
            raise ActRefused(answer.text[:200])
        result: dict[str, Any] = _read(answer)
        return result

    async def post(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Call another route of the side door."""
        answer = await self.http.post(f"{self.url}/__mock__/{name}", json=dict(body))
        answer.raise_for_status()
        result: dict[str, Any] = _read(answer)
        return result

    async def inspect(self, **query: str) -> dict[str, Any]:
        """Look at the vendor's state."""
        answer = await self.http.get(f"{self.url}/__mock__/inspect", params=query)
        answer.raise_for_status()
        result: dict[str, Any] = _read(answer)
        return result

    async def get(
        self, path: str, *, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Read from the vendor's own API."""
        answer = await self.http.get(f"{self.url}{path}", params=query, headers=dict(headers))
        answer.raise_for_status()
        result: dict[str, Any] = _read(answer)
        return result

    async def journal(self, since: int) -> tuple[list[dict[str, Any]], int]:
        """Return what the API was asked after entry ``since``, and the next number."""
        answer = await self.http.get(f"{self.url}/__mock__/journal", params={"since": since})
        body = _read(answer)
        return body["entries"], body["next"]


@dataclass(frozen=True, slots=True)
class SiteApi:
    """The site's REST API as an auditor reads it."""

    webhook_url: str
    http: httpx.AsyncClient

    async def call(self, method: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Call one method and return its result."""
        answer = await self.http.post(f"{self.webhook_url}{method}", json=dict(body))
        answer.raise_for_status()
        return _read(answer)["result"]

    async def rows(self, method: str, name: str) -> list[dict[str, Any]]:
        """Walk a list of the shop's controllers to its end."""
        found: list[dict[str, Any]] = []
        last = 0
        while True:
            result = await self.call(
                method, {"filter": {">id": last}, "order": {"id": "ASC"}, "start": -1}
            )
            page = result[name]
            found += page
            if len(page) < _SITE_PAGE:
                return found
            last = int(page[-1]["id"])

    async def users(self) -> list[dict[str, Any]]:
        """Return all buyers through the extension."""
        found: list[dict[str, Any]] = []
        body: dict[str, Any] = {"limit": 500}
        while True:
            result = await self.call("gateway.user.list", body)
            found += result["items"]
            if result["hasMore"] == "N":
                return found
            body["cursor"] = result["cursor"]

    async def coupons(self, order_ids: Sequence[int]) -> list[dict[str, Any]]:
        """Return the coupons of orders."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(order_ids), 200):
            body = {"orderIds": list(order_ids[start : start + 200])}
            found += (await self.call("gateway.order.coupons", body))["items"]
        return found


@dataclass(frozen=True, slots=True)
class CrmApi:
    """The CRM's API as an auditor reads it, with a key of its own."""

    url: str
    key: str
    http: httpx.AsyncClient

    async def rows(self, name: str, **params: str) -> list[dict[str, Any]]:
        """Walk a list to its end, waiting when the limit of the auditor's key is met."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            query = {"limit": str(_PAGE), "page": str(page), **params}
            body = await self.get(name, query)
            found += body[name]
            if page >= body["pagination"]["totalPageCount"]:
                return found
            page += 1

    async def get(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Read one page."""
        for _ in range(100):
            answer = await self.http.get(
                f"{self.url}/api/v5/{name}", params=dict(query), headers={"X-API-KEY": self.key}
            )
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                answer.raise_for_status()
                body: dict[str, Any] = _read(answer)
                return body
            await asyncio.sleep(_LIMIT_PASSES_S)
        msg = f"the CRM answered 503 to the auditor a hundred times for {name}"
        raise RuntimeError(msg)
