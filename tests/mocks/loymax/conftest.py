"""Fixtures: a double on a frozen clock, reached by a bare HTTP client in the same process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from mocks.loymax.app import LoymaxSettings, build_app
from tests.mocks.loymax.shop import Shop
from tests.mocks.loymax.stand import NOW, OLEG_CARD, OLEG_ROW, WORLD, Loymax

Start = Callable[..., Awaitable[Loymax]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Return a starter of doubles; keyword arguments are settings, ``seed`` is a state."""
    async with AsyncExitStack() as stack:

        async def _start(*, seed: dict[str, Any] | None = None, **settings: Any) -> Loymax:
            app = build_app(LoymaxSettings(operator_password="Secret-2", **settings))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://loymax.test"
            )
            double = Loymax(await stack.enter_async_context(client))
            await double.door("clock", freeze=NOW)
            if seed is not None:
                await double.door("seed", **seed)
            return double

        yield _start


@pytest.fixture
async def loymax(start: Start) -> Loymax:
    """A double with Anna of the golden world and with Oleg."""
    seed = {
        **WORLD,
        "customers": [*WORLD["customers"], OLEG_ROW],
        "cards": [*WORLD["cards"], OLEG_CARD],
    }
    return await start(seed=seed)


@pytest.fixture
async def shop(loymax: Loymax) -> Shop:
    """A shop acting for Anna."""
    return Shop(loymax, await loymax.customer())
