"""What only a real broker can do to the bus: vanish, stall, lose queues, hand over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest
from kombu.connection import Connection

from gateway.bus import open_bus
from gateway.ports import Wake
from tests.bus.harness import FAST, BrokerProxy, Collector, Scene, WallClock, out_of_order, wakes

UNUSED = "amqp://guest:guest@127.0.0.1:9//"  # the discard port: nobody listens


async def test_without_a_broker_publish_raises(scene: Scene) -> None:
    """Intake would wait for ever, or believe that a wake was published."""
    options = replace(FAST, publish_timeout_s=0.4)
    bus = open_bus(UNUSED, prefix=scene.prefix, clock=WallClock(), log=scene.log, options=options)
    with pytest.raises(ConnectionError, match="did not confirm"):
        await bus.publish(wakes(1))
    assert bus.health()["connected"] is False
    await bus.close()


async def test_a_cut_connection_is_mended_by_itself(
    proxy: BrokerProxy, proxied_url: str, scene: Scene
) -> None:
    """After a restart of the broker the gateway would have to be restarted too."""
    bus = scene.open(proxied_url, options=replace(FAST, publish_timeout_s=0.5))
    await bus.consume(scene.collector)
    await bus.publish(wakes(1))
    await scene.watch.until(lambda: len(scene.collector.done) == 1)
    await proxy.cut()
    with pytest.raises(ConnectionError, match="did not confirm"):
        await bus.publish(wakes(1, start=1))
    await proxy.mend()
    await scene.watch.until(lambda: bus.health()["connected"])
    await bus.publish(wakes(1, start=2))
    await scene.watch.until(lambda: "2" in scene.collector.refs)


async def test_nothing_confirmed_is_lost_over_cuts(
    proxy: BrokerProxy, proxied_url: str, scene: Scene
) -> None:
    """A wake that the broker confirmed, or a key's order, would not survive a network fault."""
    bus = scene.open(proxied_url)
    await bus.consume(scene.collector)
    confirmed: list[str] = []

    async def send() -> None:
        for start in range(0, 3000, 20):
            batch = wakes(20, keys=17, start=start)
            await bus.publish(batch)
            confirmed.extend(wake.ref for wake in batch)
            scene.watch.note()

    def reached(amount: int) -> bool:
        return len(confirmed) >= amount

    sending = asyncio.create_task(send())
    for amount in (500, 1200, 2000):
        await scene.watch.until(partial(reached, amount))
        await proxy.cut()
        await proxy.mend()
    await asyncio.wait_for(sending, 30)
    await scene.watch.until(lambda: len(set(scene.collector.refs)) == 3000)
    assert set(confirmed) == set(scene.collector.refs)
    assert out_of_order(scene.collector.done) == []
    assert scene.collector.overlaps == []


async def test_a_silent_broker_is_noticed_by_its_heartbeat(
    proxy: BrokerProxy, proxied_url: str, scene: Scene
) -> None:
    """A connection that is open and dead (a forgetful firewall) would look like a quiet day."""
    bus = scene.open(proxied_url, options=replace(FAST, heartbeat_s=1.0))
    await bus.consume(scene.collector)
    await scene.watch.until(lambda: scene.log.count("bus.connected") == 2)
    proxy.stall()
    await scene.watch.until(lambda: scene.log.count("bus.lost", role="consumer") >= 1)
    await scene.watch.until(lambda: scene.log.count("bus.lost", role="publisher") >= 1)
    proxy.flow()
    await bus.publish(wakes(1))
    await scene.watch.until(lambda: scene.collector.refs == ["0"])


@pytest.mark.parametrize("blocks_the_loop", [False, True], ids=["awaits", "blocks the loop"])
async def test_a_slow_handler_keeps_its_connection(
    rabbitmq_url: str, scene: Scene, *, blocks_the_loop: bool
) -> None:
    """A handler slower than the heartbeat would lose the connection and get its wakes again."""
    handled: list[str] = []

    async def handle(batch: Sequence[Wake]) -> None:
        if blocks_the_loop:
            threading.Event().wait(3.5)
        else:
            await asyncio.sleep(3.5)
        handled.extend(wake.ref for wake in batch)
        scene.watch.note()

    bus = scene.open(rabbitmq_url, options=replace(FAST, heartbeat_s=1.0))
    await bus.consume(handle)
    await bus.publish(wakes(1))
    await scene.watch.until(lambda: handled == ["0"])
    await bus.publish(wakes(1, start=1))
    await scene.watch.until(lambda: len(handled) >= 2)
    assert handled == ["0", "1"]
    assert scene.log.count("bus.lost") == 0


async def test_a_queue_deleted_behind_its_back_is_noticed_and_made_again(
    rabbitmq_url: str, scene: Scene
) -> None:
    """The default exchange swallows what has no queue: confirmed, and gone."""
    bus = scene.open(rabbitmq_url)
    await bus.publish(wakes(1))
    await bus.delete_queues()
    await bus.publish(wakes(120, keys=11, start=1))
    assert scene.log.count("bus.returned") >= 1
    await bus.consume(scene.collector)
    await scene.watch.until(lambda: len(scene.collector.done) >= 120)
    assert set(scene.collector.refs) == {str(number) for number in range(1, 121)}
    assert out_of_order(scene.collector.done) == []


async def test_a_consumer_whose_queue_was_deleted_comes_back(
    rabbitmq_url: str, scene: Scene
) -> None:
    """The broker cancels the consumer once and says no more; it would hear nothing for ever."""
    bus = scene.open(rabbitmq_url)
    await bus.consume(scene.collector)
    await bus.publish(wakes(1))
    await scene.watch.until(lambda: len(scene.collector.done) == 1)
    await bus.delete_queues()
    await scene.watch.until(lambda: scene.log.count("bus.connected", role="consumer") >= 2)
    await bus.publish(wakes(20, keys=9, start=1))
    await scene.watch.until(lambda: len(scene.collector.done) == 21)


async def test_what_is_not_begun_at_close_goes_back(rabbitmq_url: str, scene: Scene) -> None:
    """A stopped worker would take prefetched wakes with it, or acknowledge what it did not do."""
    first = scene.open(rabbitmq_url, options=replace(FAST, batch_size=5))
    await first.consume(scene.collector)
    scene.collector.gate.clear()
    await first.publish(wakes(60))
    await scene.watch.until(lambda: len(scene.collector.batches) == 1)
    closing = asyncio.create_task(first.close())
    await asyncio.sleep(0)
    scene.collector.gate.set()
    await closing
    begun = len(scene.collector.done)
    assert 1 <= begun <= 5
    rest = Collector(scene.watch)
    await scene.open(rabbitmq_url).consume(rest)
    await scene.watch.until(lambda: len(rest.done) >= 60 - begun)
    assert rest.refs == [str(number) for number in range(begun, 60)]


async def test_a_shard_is_given_back_to_its_owner_in_order(rabbitmq_url: str, scene: Scene) -> None:
    """A worker that comes back would stay idle, or get its key while the standby still has it."""
    options = replace(FAST, batch_size=1)
    standby = scene.open(rabbitmq_url, shards=2, worker=(1, 2), options=options)
    owner = scene.open(rabbitmq_url, shards=2, worker=(0, 2), options=options)
    at_standby, at_owner = Collector(scene.watch), Collector(scene.watch)
    sent = [Wake("route", str(number), "shop", "key-0") for number in range(80)]
    await standby.consume(at_standby)
    await standby.publish(sent[:1])  # shard 0, which is not its own
    await scene.watch.until(lambda: len(at_standby.done) == 1)
    at_standby.gate.clear()
    await standby.publish(sent[1:])
    await scene.watch.until(lambda: len(at_standby.batches) == 2)
    await owner.consume(at_owner)
    await scene.watch.until(lambda: scene.log.count("bus.consuming", shards=[0, 1]) == 2)
    standby.rebalance()
    with pytest.raises(TimeoutError):
        await scene.watch.until(lambda: bool(at_owner.batches), deadline_s=0.5)
    at_standby.gate.set()
    await scene.watch.until(lambda: len(at_owner.done) == 78)
    assert at_standby.refs == ["0", "1"]
    assert at_owner.refs == [str(number) for number in range(2, 80)]


async def test_standbys_rebalance_by_themselves(rabbitmq_url: str, scene: Scene) -> None:
    """Without an operator's hand all work would stay with whoever started first."""
    options = replace(FAST, rebalance_s=0.3)
    standby = scene.open(rabbitmq_url, shards=2, worker=(1, 2), options=options)
    owner = scene.open(rabbitmq_url, shards=2, worker=(0, 2), options=options)
    at_standby, at_owner = Collector(scene.watch), Collector(scene.watch)
    await standby.consume(at_standby)
    await scene.watch.until(lambda: scene.log.count("bus.consuming", shards=[0, 1]) == 1)
    await owner.consume(at_owner)

    def handled(amount: int) -> bool:
        return len(at_standby.done) + len(at_owner.done) >= amount

    for number in range(5000):
        await standby.publish([Wake("route", str(number), "shop", "key-0")])
        await scene.watch.until(partial(handled, number + 1))
        if at_owner.done:
            break
    assert at_owner.done
    assert at_standby.done


async def test_a_foreign_message_is_dropped_and_told(rabbitmq_url: str, scene: Scene) -> None:
    """Something else in the queue would stop the shard, or reach the handler half understood."""
    bus = scene.open(rabbitmq_url, shards=1)
    await bus.publish(wakes(1))
    body = b'{"task":"route","ref":"1","account":"a","key":"k","phone":"8 (900) 000-00-00"}'
    with Connection(rabbitmq_url) as connection, connection.channel() as channel:
        for foreign in (body, b"\xff\xfe", b"[]"):
            channel.basic_publish(
                channel.prepare_message(foreign), "", routing_key=f"{scene.prefix}.work.0"
            )
    await bus.consume(scene.collector)
    await scene.watch.until(lambda: scene.log.count("bus.unreadable") == 3)
    await bus.publish(wakes(1, start=1))
    await scene.watch.until(lambda: len(scene.collector.done) == 2)
    assert "900" not in str(scene.log.events)
