"""Intake: a queue of others is read so that nothing is acknowledged before it is safe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from kombu.connection import Connection
from kombu.messaging import Producer

from gateway.bus import Intake, Message, QueueNames
from gateway.contract import StoreError
from tests.bus.harness import FAST, BrokerProxy, RecordingLog, WallClock, Watch

pytestmark = pytest.mark.services

BAD, POISON = "bad", "poison"


@dataclass(slots=True)
class Store:
    """Takes messages in; refuses while it is away, and holds them while ``gate`` is closed."""

    watch: Watch
    taken: list[str] = field(default_factory=list)
    refusals: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def take_in(self, messages: Sequence[Message]) -> list[str]:
        """Keep bodies; what starts with ``bad`` is invalid."""
        await self.gate.wait()
        if self.refusals:
            self.refusals -= 1
            msg = "no space left"
            raise StoreError(msg)
        bodies = [message.body.decode() for message in messages]
        if any(body.startswith(POISON) for body in bodies):
            raise ZeroDivisionError
        self.taken += [body for body in bodies if not body.startswith(BAD)]
        self.watch.note()
        return ["it is bad" if body.startswith(BAD) else "" for body in bodies]


@dataclass(slots=True)
class Stand:
    """A queue, its reader and the store behind."""

    url: str
    names: QueueNames
    store: Store
    intake: Intake
    log: RecordingLog

    def publish(self, *bodies: str) -> None:
        """Publish, as others do: with confirms."""
        with Connection(self.url, transport_options={"confirm_publish": True}) as connection:
            producer = Producer(connection)
            for body in bodies:
                producer.publish(
                    body.encode(), exchange="", routing_key=self.names.source, delivery_mode=2,
                    content_type="text/plain", content_encoding="binary",
                )  # fmt: skip

    def left(self, queue: str) -> int:
        """Count messages that nobody has in hand."""
        with Connection(self.url) as connection:
            declared = connection.default_channel.queue_declare(queue, passive=True)
            count: int = declared.message_count
            return count


@pytest.fixture
def names(rabbitmq_url: str, name_prefix: str) -> Iterator[QueueNames]:
    """Names of queues that are removed at the end."""
    made = QueueNames(f"{name_prefix}.source", f"{name_prefix}.invalid")
    yield made
    with Connection(rabbitmq_url) as connection:
        for name in (made.source, made.invalid):
            connection.default_channel.queue_delete(name)


@pytest.fixture
async def stand(rabbitmq_url: str, proxied_url: str, names: QueueNames) -> AsyncIterator[Stand]:
    """An intake behind a connection that can be cut, already reading."""
    watch = Watch()
    store, log = Store(watch), RecordingLog(watch)
    store.gate.set()
    intake = Intake(
        proxied_url,
        names,
        store.take_in,
        options=replace(FAST, drain_timeout_s=1.0),
        clock=WallClock(),
        log=log,
    )
    intake.start()
    await watch.until(lambda: log.count("bus.connected") > 0)
    yield Stand(rabbitmq_url, names, store, intake, log)
    store.gate.set()
    await intake.close()


async def test_messages_come_in_order_and_are_acknowledged(stand: Stand) -> None:
    """A message that stays in the queue comes again at every start."""
    bodies = [f"m{number}" for number in range(700)]
    await asyncio.to_thread(stand.publish, *bodies)
    await stand.store.watch.until(lambda: len(stand.store.taken) == len(bodies))
    assert stand.store.taken == bodies
    await stand.intake.close()
    assert await asyncio.to_thread(stand.left, stand.names.source) == 0


async def test_nothing_is_acknowledged_while_the_store_is_away(stand: Stand) -> None:
    """A full disk would lose what the broker has already forgotten."""
    stand.store.refusals = 3
    await asyncio.to_thread(stand.publish, "a", "b")
    await stand.store.watch.until(lambda: stand.store.taken == ["a", "b"])
    assert stand.log.count("intake.postponed") == 3


async def test_what_is_not_taken_in_goes_back_at_close(stand: Stand) -> None:
    """A deployment would lose what was in hand."""
    stand.store.gate.clear()
    await asyncio.to_thread(stand.publish, "a", "b", "c")
    await stand.intake.close()
    assert stand.store.taken == []
    assert await asyncio.to_thread(stand.left, stand.names.source) == 3


async def test_bad_messages_are_set_aside_and_hold_nobody_up(stand: Stand) -> None:
    """A message that nobody can read would come again for ever, in front of all others."""
    await asyncio.to_thread(stand.publish, "bad 1", "bad 2", "good")
    await stand.store.watch.until(lambda: stand.store.taken == ["good"])
    await stand.intake.close()
    assert await asyncio.to_thread(stand.left, stand.names.source) == 0
    assert await asyncio.to_thread(stand.left, stand.names.invalid) == 2


async def test_a_message_that_breaks_the_reader_holds_nobody_up(stand: Stand) -> None:
    """A bug that one message wakes would stop the queue for good."""
    stand.store.gate.clear()
    await asyncio.to_thread(stand.publish, "a", "poison", "b")
    stand.store.gate.set()
    await stand.store.watch.until(lambda: stand.store.taken == ["a", "b"])
    await stand.intake.close()
    assert await asyncio.to_thread(stand.left, stand.names.source) == 0
    assert await asyncio.to_thread(stand.left, stand.names.invalid) == 1


async def test_a_cut_connection_loses_nothing(stand: Stand, proxy: BrokerProxy) -> None:
    """What was in hand when the broker went away was neither taken in nor given back."""
    stand.store.gate.clear()
    await asyncio.to_thread(stand.publish, "a", "bad", "b")
    await proxy.cut()
    await stand.store.watch.until(lambda: stand.log.count("bus.lost") > 0)
    stand.store.gate.set()
    await proxy.mend()
    await asyncio.to_thread(stand.publish, "c")
    await stand.store.watch.until(lambda: "c" in stand.store.taken)
    await stand.intake.close()
    # At least once: what was taken in but not acknowledged came again.
    assert set(stand.store.taken) == {"a", "b", "c"}
    assert await asyncio.to_thread(stand.left, stand.names.source) == 0
    assert await asyncio.to_thread(stand.left, stand.names.invalid) >= 1
