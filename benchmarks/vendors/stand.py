"""Stand: a double in a process of its own and the real connector on it, with its real budget."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from benchmarks.heard import Heard, Listening
from benchmarks.vendors.meter import MachineClock, Meter, Silence
from benchmarks.vendors.people import cut
from benchmarks.vendors.vendors import Vendor
from benchmarks.w1.starting import Process, end, start
from gateway.contract import Connector, ConnectorContext, HttpClient
from gateway.contract.budget import account_budget
from gateway.contract.client import TransportClient
from gateway.contract.http import build_client
from gateway.registry import discover

LIMITED = frozenset({406, 429, 503})
"""Statuses with which the vendors refuse what is over a limit."""
_SEED_ROWS = 1000
_TIMEOUT_S = 15.0


@dataclass(slots=True)
class Stand:
    """A connector, its meter, and the side door of the double."""

    vendor: Vendor
    connector: Connector
    meter: Meter
    door: httpx.AsyncClient
    log: Silence
    _read: int = field(default=0)

    async def told(self, what: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        """Use the side door."""
        answer = await self.door.post(f"/__mock__/{what}", content=orjson.dumps(body))
        answer.raise_for_status()
        return answer.json()

    async def seed(self, numbers: Sequence[int]) -> None:
        """Load people, and what else is read, at the vendor: as if all had been there for long."""
        for piece in cut(numbers, _SEED_ROWS):
            for rows in (self.vendor.seed, *self.vendor.more.values()):
                await self.told("seed", rows(piece))

    async def refused(self) -> int:
        """Return how many calls since the last look the double refused for its limits."""
        answer = await self.door.get("/__mock__/journal", params={"since": self._read})
        told = orjson.loads(answer.content)
        self._read = told["next"]
        return sum(1 for one in told["entries"] if one["status"] in LIMITED)


@asynccontextmanager
async def stand(
    vendor: Vendor, *, latency_ms: float = 0.0, heard: Heard | None = None
) -> AsyncIterator[Stand]:
    """Start a double with the vendor's limits and build the connector on it.

    Units: ``latency_ms`` is added to each answer, as the road to a vendor would. With ``heard``,
    where each call is written down, the double keeps no limit.
    """
    process = start(
        "benchmarks.vendors.double", "--only", vendor.connector, environment=_quiet(), piped=True
    )
    try:
        line = await asyncio.to_thread(_first_line, process)
        told = orjson.loads(line)[vendor.connector]
        async with httpx.AsyncClient(base_url=told["url"], trust_env=False, timeout=120.0) as door:
            made = _connected(vendor, told, door, heard)
            try:
                switches = vendor.switches if heard is None else vendor.unlimited
                if switches:
                    await made.told("settings", switches)
                if latency_ms:
                    rule = {"kind": "delay", "delay_s": latency_ms / 1000}
                    await made.told("faults", {"seed": 1, "rules": [rule]})
                yield made
            finally:
                await made.connector.close()
    finally:
        await asyncio.to_thread(end, [process])
        if process.stdout is not None:
            process.stdout.close()


def _connected(
    vendor: Vendor, told: Mapping[str, Any], door: httpx.AsyncClient, heard: Heard | None
) -> Stand:
    clock, log = MachineClock(), Silence()
    factory = discover().factory(vendor.connector)
    limit = vendor.rate or factory.manifest.rate_limit
    meter = Meter(account_budget(vendor.name, limit, clock=clock))

    def http(
        base_url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = _TIMEOUT_S
    ) -> HttpClient:
        client = build_client(
            base_url,
            account=vendor.name,
            budget=meter,
            clock=clock,
            log=log,
            headers=headers,
            timeout_s=timeout_s,
            on_call=meter.called,
        )
        if heard is not None and isinstance(client, TransportClient):
            client.wire = Listening(client.wire, heard)
        return client

    settings = factory.settings.model_validate(vendor.settings(told))
    connector = factory.build(ConnectorContext(vendor.name, settings, http, clock, log))
    return Stand(vendor, connector, meter, door, log)


def _quiet() -> Mapping[str, str]:
    return {"PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", "")}


def _first_line(process: Process) -> bytes:
    line = process.stdout.readline() if process.stdout is not None else b""
    if not line:
        msg = "the double did not start; its own words are above"
        raise RuntimeError(msg)
    return line
