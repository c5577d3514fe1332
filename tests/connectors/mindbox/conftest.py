"""Fixtures: the Mindbox connector over real HTTP against the double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from connectors.mindbox import CONNECTOR
from gateway.contract import Clock
from mocks.mindbox.app import MindboxSettings, build_app
from tests.connectors.bench import Bench, bench

NOON = "2026-03-01 09:58:02.250"
HOOK_SECRET = "hook-secret-7f3a"
AnyJson: TypeAlias = Any
"""Whatever JSON a test compares; its own assertions are its types."""
OpenProject = Callable[..., Awaitable[Bench]]


def own_settings(url: str, **more: Any) -> dict[str, Any]:
    """Return the account's settings for a double at ``url``."""
    return {
        "url": url,
        "endpoint_id": "Demo.Website",
        "secret_key": "demo-key",
        "brand": "DemoBrand",
        "tier_segmentation": "loyaltyTier",
        "external_promotion": "SCR-15",
        "webhook_secret": HOOK_SECRET,
        "customer_attributes": {"city": "City", "shops": "favouriteShops"},
        "order_attributes": {"delivery_type": "deliveryType"},
        "subscriptions": {
            "mailing:email": {"channel": "Email"},
            "mailing:sms": {"channel": "Sms"},
            "news": {"channel": "Email", "topic": "News"},
        },
        **more,
    }


@pytest.fixture
async def open_project() -> AsyncIterator[OpenProject]:
    """Open benches: ``settings`` of the connector, ``switches`` of the double.

    ``demo`` loads the state of the golden samples and stops the project's clock at their noon.
    """
    async with AsyncExitStack() as stack:

        async def open_one(
            settings: Mapping[str, Any] | None = None,
            *,
            demo: bool = True,
            clock: Clock | None = None,
            **switches: Any,
        ) -> Bench:
            app = build_app(MindboxSettings(**switches))
            made = await stack.enter_async_context(
                bench(
                    app, CONNECTOR, lambda url: own_settings(url, **(settings or {})), clock=clock
                )
            )
            if demo:
                await made.act("clock.freeze", at=NOON)
                await made.seed(demo=True)
            return made

        yield open_one


@pytest.fixture
async def project(open_project: OpenProject) -> Bench:
    """A project in the state of the golden samples."""
    return await open_project()


@pytest.fixture
async def empty(open_project: OpenProject) -> Bench:
    """A project without customers, on the machine's own clock."""
    return await open_project(demo=False)


async def inspected(project: Bench, what: str, **keys: Any) -> AnyJson:
    """Look at a part of the double's state."""
    answer = await project.door.post(
        "/__mock__/inspect", json={"what": what, **({"keys": keys} if keys else {})}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()[what]


async def drained(project: Bench) -> list[dict[str, Any]]:
    """Let the queue be executed and return its log."""
    await project.act("async.drain")
    log: list[dict[str, Any]] = await inspected(project, "operationLog")
    return log


async def journal(project: Bench) -> list[dict[str, Any]]:
    """Return the calls that the double saw."""
    answer = await project.door.get("/__mock__/journal")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["entries"]
    return rows


async def balance(project: Bench) -> tuple[float, float, float]:
    """Return total, available and blocked points of the demo customer."""
    (row,) = await inspected(project, "customers", ids={"mindboxId": 500123})
    (points,) = row["balances"]
    return points["total"], points["available"], points["blocked"]


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
