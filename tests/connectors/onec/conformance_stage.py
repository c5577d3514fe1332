"""A base with the connector on it, and what the kit's runs of 1C have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import connectors.onec
from connectors.onec import CONNECTOR
from gateway.canonical import Canonical, Kind, Order, ProductRef
from gateway.testing import (
    SpoilingTransport,
    Wired,
    wire,
)
from gateway.testing.samples import sample
from gateway.testing.subject import Subject
from mocks.onec import demo
from mocks.onec.app import OneCSettings, build_app
from mocks.serving import serve

from .conftest import NODES

CHECKLIST = Path(connectors.onec.__file__).with_name("quality.toml")
LOGIN = {"username": "Шлюз", "password": "gateway-secret"}
# A wrong login is answered by the web server (vendor reference, 1.10).
REFUSAL = {"status": 401, "body": "<html></html>", "content_type": "text/html"}


@dataclass(frozen=True)
class Stage:
    """A running base with the connector on it."""

    wired: Wired
    door: httpx.AsyncClient
    road: SpoilingTransport


@asynccontextmanager
async def open_stage(
    settings: Callable[[str], dict[str, Any]], double: OneCSettings | None = None
) -> AsyncIterator[Stage]:
    """Serve a fresh base with a node for each kind."""
    road = SpoilingTransport()
    app = build_app(double or OneCSettings())
    async with serve(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as door:
        rows = [
            {"Ref_Key": node, "Code": str(kind), "Description": str(kind)}
            for kind, node in NODES.items()
        ]
        await door.post("/__mock__/seed", json={"rows": {"ExchangePlan_Шлюз": rows}})
        wired = wire(CONNECTOR, settings(url), transport=road)
        yield Stage(wired, door, road)
        await wired.connector.close()


class OneCRecords(Subject):
    """What all ways have in common."""

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a record of goods that the base knows."""
        whole = sample(kind, number)
        if not isinstance(whole, Order):
            return whole
        lines = tuple(
            one.model_copy(update={"product": ProductRef(external_id=demo.PRODUCT)})
            for one in whole.lines
        )
        return whole.model_copy(update={"lines": lines})
