"""Fixtures: the Loymax connector over real HTTP against the double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from connectors.loymax import CONNECTOR
from connectors.loymax.client import LoymaxClient
from connectors.loymax.people import People
from mocks.loymax.app import LoymaxSettings, build_app
from tests.connectors.bench import Bench, bench

from .world import SEED, own_settings

Open = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def open_double() -> AsyncIterator[Open]:
    """Open benches: ``own`` settings of the connector, ``switches`` of the double."""
    async with AsyncExitStack() as stack:

        async def open_one(
            own: Mapping[str, Any] | None = None,
            seed: Mapping[str, Any] = SEED,
            **switches: Any,
        ) -> Bench:
            app = build_app(LoymaxSettings(**{"deposit_delay_s": 0, **switches}))
            made = await stack.enter_async_context(
                bench(app, CONNECTOR, lambda url: own_settings(url, **(own or {})))
            )
            await made.seed(**seed)
            return made

        yield open_one


@pytest.fixture
async def base(open_double: Open) -> Bench:
    """A bench with all defaults, and Anna a member with 410 points and a card."""
    return await open_double()


@pytest.fixture
def client_of() -> Callable[[Bench], LoymaxClient]:
    """Return the client inside a connector: for what no port of the contract shows."""

    def found(made: Bench) -> LoymaxClient:
        people = made.connector.writers["customer"].people  # type: ignore[index,attr-defined]
        assert isinstance(people, People)
        return people.client

    return found
