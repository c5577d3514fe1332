"""A house on PostgreSQL and RabbitMQ, for several processes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.bus import open_bus
from gateway.ids import SystemClock
from tests.gateway.contract.fakes import FakeLog
from tests.gateway.ops.house import House


@pytest.fixture
async def shared(
    house: House, postgres_schema: str, rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """A house on the shared services; its queues are deleted at the end."""
    monkeypatch.setenv("STORE_URL", postgres_schema)
    monkeypatch.setenv("BUS_URL", rabbitmq_url)
    house.edit_config(
        "[bus]\n", '[store]\nurl = { env = "STORE_URL" }\n\n[bus]\nurl = { env = "BUS_URL" }\n'
    )
    yield house
    bus = open_bus(rabbitmq_url, prefix=house.prefix, clock=SystemClock(), log=FakeLog())
    await bus.delete_queues()
    await bus.close()
