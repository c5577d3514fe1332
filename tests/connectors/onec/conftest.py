"""Fixtures: the 1C connector over real HTTP against the double, with a node for each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from connectors.onec import CONNECTOR
from gateway.canonical import Kind
from mocks.onec import demo
from mocks.onec.app import OneCSettings, build_app
from tests.connectors.bench import Bench, bench

NODES = {
    kind: f"9d0000{place:02d}-2222-11ee-8c3a-00155d010203"
    for place, kind in enumerate(Kind, start=10)
}
OpenBase = Callable[..., Awaitable[Bench]]


def own_settings(url: str, **odata: Any) -> dict[str, Any]:
    """Return the account's settings for a double at ``url``."""
    return {
        "url": f"{url}/ut",
        "username": "Шлюз",
        "password": "gateway-secret",
        "odata": {
            "nodes": {str(kind): {"id": node} for kind, node in NODES.items()},
            "organization": demo.ORGANIZATION,
            "warehouse": demo.WAREHOUSE,
            "phone_kind": demo.PHONE_KIND,
            "email_kind": demo.EMAIL_KIND,
            "card_kind": demo.CARD_KIND,
            "card_kinds": {demo.CARD_KIND: {"type": "club", "discount_percent": "5"}},
            "bonus_programme": demo.PROGRAMME,
            "price_kinds": {demo.PRICE_KIND: "retail"},
            "stores": {demo.WAREHOUSE: "main"},
            "vat_rates": {demo.VAT_RATE: "20"},
            **odata,
        },
    }


@pytest.fixture
async def open_base() -> AsyncIterator[OpenBase]:
    """Open benches: ``odata`` settings of the connector, ``switches`` of the double."""
    async with AsyncExitStack() as stack:

        async def open_one(odata: Mapping[str, Any] | None = None, **switches: Any) -> Bench:
            app = build_app(OneCSettings(**switches))
            made = await stack.enter_async_context(
                bench(app, CONNECTOR, lambda url: own_settings(url, **(odata or {})))
            )
            rows = [
                {"Ref_Key": node, "Code": str(kind), "Description": str(kind)}
                for kind, node in NODES.items()
            ]
            await made.seed(rows={"ExchangePlan_Шлюз": rows})
            return made

        yield open_one


@pytest.fixture
async def base(open_base: OpenBase) -> Bench:
    """A bench with all defaults."""
    return await open_base()
