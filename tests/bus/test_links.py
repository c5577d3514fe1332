"""Links: each connection tells how it is, and one that tries again is not taken for hung."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from kombu.connection import Connection
from kombu.messaging import Producer

from gateway.bus import Announcer, Intake, Message, QueueNames
from tests.bus.harness import FAST, BrokerProxy, RecordingLog, WallClock, Watch

pytestmark = pytest.mark.services


class SetClock(WallClock):
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return super().monotonic() + self.ahead_s


@pytest.fixture
def names(rabbitmq_url: str, name_prefix: str) -> Iterator[QueueNames]:
    """Names of queues and of an exchange, which are deleted at the end."""
    made = QueueNames(f"{name_prefix}.links", f"{name_prefix}.links.invalid")
    yield made
    with Connection(rabbitmq_url) as connection:
        for name in (made.source, made.invalid):
            connection.default_channel.queue_delete(name)
        connection.default_channel.exchange_delete(f"{made.source}.events")


async def test_a_lost_broker_is_told_by_reader_and_teller_and_is_no_hang(
    proxied_url: str, proxy: BrokerProxy, names: QueueNames
) -> None:
    """Probes would restart every process of a shop for as long as its broker is away."""
    watch, clock = Watch(), SetClock()
    log = RecordingLog(watch)

    async def take_in(messages: Sequence[Message]) -> Sequence[str]:
        return [""] * len(messages)

    options = replace(FAST, drain_timeout_s=1.0)
    intake = Intake(proxied_url, names, take_in, options=options, clock=clock, log=log)
    teller = Announcer(proxied_url, f"{names.source}.events", clock=clock, log=log, options=options)
    intake.start()
    teller.start()
    try:
        await watch.until(lambda: log.count("bus.connected") == 2)
        assert intake.health().connected
        assert teller.health().connected
        await proxy.cut()
        await watch.until(lambda: not intake.health().connected and not teller.health().connected)
        clock.ahead_s += 1000.0
        lost = {role: log.count("bus.lost", role=role) for role in _roles(names)}
        await watch.until(lambda: all(log.count("bus.lost", role=r) > n for r, n in lost.items()))
        for health in (intake.health(), teller.health()):
            assert health.last_error
            assert health.silent_s < 900, "it tried again meanwhile"
        await proxy.mend()
        await watch.until(lambda: intake.health().connected and teller.health().connected)
    finally:
        await intake.close()
        await teller.close()


async def test_a_reader_whose_messages_hang_is_seen_as_hung(
    rabbitmq_url: str, names: QueueNames
) -> None:
    """The connection beats on while nothing is taken in any more."""
    watch, clock, inside = Watch(), SetClock(), asyncio.Event()
    log = RecordingLog(watch)

    async def hang(messages: Sequence[Message]) -> Sequence[str]:
        inside.set()
        await asyncio.Event().wait()
        return [""] * len(messages)

    options = replace(FAST, drain_timeout_s=0.1)
    intake = Intake(rabbitmq_url, names, hang, options=options, clock=clock, log=log)
    intake.start()
    try:
        await watch.until(lambda: log.count("bus.connected") > 0)
        await asyncio.to_thread(_publish, rabbitmq_url, names.source)
        await inside.wait()
        clock.ahead_s += 1000.0
        health = intake.health()
        assert health.connected
        assert health.silent_s >= 1000
    finally:
        await intake.close()


def _roles(names: QueueNames) -> tuple[str, str]:
    return f"intake:{names.source}", "events"


def _publish(url: str, queue: str) -> None:
    with Connection(url) as connection:
        Producer(connection).publish(b"{}", exchange="", routing_key=queue)
