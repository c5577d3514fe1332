"""Fixtures: the connector over real HTTP against the double, with services instead of OData."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from connectors.onec import CONNECTOR
from mocks.onec import demo
from mocks.onec.app import OneCSettings, build_app
from tests.connectors.bench import Bench, bench

CARDS = {"types": {demo.CARD_KIND: "club"}, "new_type": demo.CARD_KIND}
BARCODE = "2990000000417"
OpenBase = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def open_base() -> AsyncIterator[OpenBase]:
    """Open benches: sections of the account's settings, then switches of the double."""
    async with AsyncExitStack() as stack:

        async def open_one(sections: Mapping[str, Any], **switches: Any) -> Bench:
            def own(url: str) -> Mapping[str, Any]:
                login = {"username": "Шлюз", "password": "gateway-secret"}
                return {"url": f"{url}/ut", **login, **sections}

            app = build_app(OneCSettings(**switches))
            made = await stack.enter_async_context(bench(app, CONNECTOR, own))
            card = {"barcode": BARCODE, "partner": demo.PARTNER, "kind": demo.CARD_KIND}
            await made.act("card.issue", **card)
            return made

        yield open_one


def soap(**more: Any) -> dict[str, Any]:
    """Return the section of a SOAP service of cards."""
    return {"soap": {"loyalty": "LoyaltyExchange.1cws", "cards": CARDS, **more}}


def http(**more: Any) -> dict[str, Any]:
    """Return the section of an HTTP service of cards."""
    return {"services": {"loyalty": "loyalty", "cards": CARDS, **more}}
