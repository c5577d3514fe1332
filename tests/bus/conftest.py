"""Fixtures of the bus: both transports, and buses that are removed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.bus.harness import BrokerProxy, Scene


@pytest.fixture(params=["memory", pytest.param("amqp", marks=pytest.mark.services)])
def bus_url(request: pytest.FixtureRequest) -> str:
    """Each transport's URL in turn."""
    if request.param == "memory":
        return "memory://"
    url: str = request.getfixturevalue("rabbitmq_url")
    return url


@pytest.fixture
async def scene(name_prefix: str) -> AsyncIterator[Scene]:
    """The stage of a test; its buses are closed and their queues deleted at the end."""
    stage = Scene(name_prefix)
    yield stage
    await stage.clear()


@pytest.fixture
async def proxy(rabbitmq_url: str) -> AsyncIterator[BrokerProxy]:
    """A broker connection that the test can cut.

    Name it before ``scene``, so that it is there until the scene's queues are deleted.
    """
    broker = urlsplit(rabbitmq_url)
    relay = BrokerProxy(broker.hostname or "127.0.0.1", broker.port or 5672)
    await relay.mend()
    yield relay
    await relay.cut()


@pytest.fixture
def proxied_url(rabbitmq_url: str, proxy: BrokerProxy) -> str:
    """The broker's URL through the proxy."""
    broker = urlsplit(rabbitmq_url)
    credentials = broker.netloc.rpartition("@")[0]
    return broker._replace(netloc=f"{credentials}@127.0.0.1:{proxy.port}").geturl()
