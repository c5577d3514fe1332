"""The channel suite: what every transport must do."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.bus import open_bus, shard_of
from gateway.contract import ConfigInvalid
from gateway.ports import Bus, Wake
from tests.bus.harness import FAST, Collector, Scene, WallClock, out_of_order, wakes


async def test_what_is_published_is_handled_once(bus_url: str, scene: Scene) -> None:
    """Work would not be woken, or be woken twice without any fault."""
    bus: Bus = scene.open(bus_url)
    sent = wakes(300, keys=40)
    await bus.consume(scene.collector)
    await bus.publish(sent)
    await scene.watch.until(lambda: len(scene.collector.done) >= 300)
    assert sorted(scene.collector.done, key=lambda wake: int(wake.ref)) == sent


async def test_a_backlog_larger_than_window_and_prefetch_comes_in_order(
    bus_url: str, scene: Scene
) -> None:
    """Confirms or acknowledgements that are collected wrongly stall the flow or reorder a key."""
    bus = scene.open(bus_url, options=replace(FAST, window=50, prefetch=20, batch_size=7))
    for start in range(0, 1200, 400):
        await bus.publish(wakes(400, keys=13, start=start))
    await bus.consume(scene.collector)
    await scene.watch.until(lambda: len(scene.collector.done) >= 1200)
    assert sorted(scene.collector.refs, key=int) == [str(number) for number in range(1200)]
    assert out_of_order(scene.collector.done) == []
    assert scene.collector.overlaps == []
    assert max(len(batch) for batch in scene.collector.batches) <= 7


async def test_several_publishers_at_once_are_all_confirmed(bus_url: str, scene: Scene) -> None:
    """A confirm booked for the wrong call would let a caller believe that its wakes are safe."""
    bus = scene.open(bus_url)
    await asyncio.gather(*(bus.publish(wakes(30, keys=5, start=n * 30)) for n in range(20)))
    await bus.consume(scene.collector)
    await scene.watch.until(lambda: len(scene.collector.done) >= 600)
    assert len(set(scene.collector.refs)) == 600


async def test_a_key_waits_for_its_batch_while_others_run(bus_url: str, scene: Scene) -> None:
    """Two batches with one key at once would race on the same customer."""
    bus = scene.open(bus_url)
    await bus.consume(scene.collector)
    scene.collector.gate.clear()
    await bus.publish([Wake("route", "1", "shop", "анна")])
    await scene.watch.until(lambda: len(scene.collector.batches) == 1)
    await bus.publish([Wake("route", "2", "shop", "анна"), Wake("route", "3", "shop", "пётр")])
    await scene.watch.until(lambda: len(scene.collector.batches) == 2)
    assert [wake.ref for wake in scene.collector.batches[1]] == ["3"]
    scene.collector.gate.set()
    await scene.watch.until(lambda: len(scene.collector.done) == 3)
    assert scene.collector.overlaps == []


async def test_a_failed_batch_comes_again_and_is_not_overtaken(bus_url: str, scene: Scene) -> None:
    """A handler that fails for a moment would lose wakes, or see the newer before the older."""
    bus = scene.open(bus_url)
    scene.collector.failures = 3
    await bus.consume(scene.collector)
    await bus.publish(wakes(40, keys=2))
    await scene.watch.until(lambda: len(scene.collector.done) >= 40)
    assert sorted(scene.collector.refs, key=int) == [str(number) for number in range(40)]
    assert out_of_order(scene.collector.done) == []
    assert scene.collector.overlaps == []


async def test_a_poison_wake_is_dropped_and_spares_its_neighbours(
    bus_url: str, scene: Scene
) -> None:
    """One wake that always fails would spin for ever or take good ones with it."""
    handled: list[str] = []

    async def handle(batch: list[Wake]) -> None:
        await asyncio.sleep(0)
        if any(wake.ref == "3" for wake in batch):
            msg = "cannot be handled"
            raise RuntimeError(msg)
        handled.extend(wake.ref for wake in batch)
        scene.watch.note()

    options = replace(FAST, max_attempts=3)
    bus = scene.open(bus_url, options=options)
    await bus.consume(handle)  # type: ignore[arg-type]
    await bus.publish(wakes(6, keys=2))
    await scene.watch.until(lambda: len(handled) == 5 and scene.log.count("bus.dropped") == 1)
    assert sorted(handled) == ["0", "1", "2", "4", "5"]
    assert scene.log.count("bus.dropped", refs=["3"]) == 1


async def test_close_waits_for_the_batch_in_hand(bus_url: str, scene: Scene) -> None:
    """A graceful stop would cut work in the middle."""
    bus = scene.open(bus_url)
    await bus.consume(scene.collector)
    scene.collector.gate.clear()
    await bus.publish(wakes(1))
    await scene.watch.until(lambda: len(scene.collector.batches) == 1)
    closing = asyncio.create_task(bus.close())
    await asyncio.sleep(0)
    assert not closing.done()
    scene.collector.gate.set()
    await closing
    await bus.close()
    assert scene.collector.refs == ["0"]


async def test_a_closed_bus_refuses(bus_url: str, scene: Scene) -> None:
    """A wake given to a closed bus would wait for ever."""
    bus = scene.open(bus_url)
    await bus.close()
    with pytest.raises(ConnectionError, match="closed"):
        await bus.publish(wakes(1))
    with pytest.raises(ConnectionError, match="closed"):
        await bus.consume(scene.collector)


async def test_one_handler_per_bus(bus_url: str, scene: Scene) -> None:
    """A second handler would share the work without anybody's intention."""
    bus = scene.open(bus_url)
    await bus.consume(scene.collector)
    with pytest.raises(RuntimeError, match="one handler"):
        await bus.consume(scene.collector)


@pytest.mark.parametrize(
    "wake",
    [
        pytest.param(Wake("route", "я" * 40_000, "shop", "k"), id="longer than 64 KiB"),
        pytest.param(Wake("route", 17, "shop", "k"), id="no text"),  # type: ignore[arg-type]
    ],
)
async def test_what_is_no_small_envelope_is_refused_whole(
    bus_url: str, scene: Scene, wake: Wake
) -> None:
    """Content would travel instead of ids, or half of a call would be published."""
    bus = scene.open(bus_url)
    await bus.consume(scene.collector)
    with pytest.raises(ValueError, match=r"bytes|text"):
        await bus.publish([*wakes(2), wake])
    await bus.publish(wakes(1, start=9))
    await scene.watch.until(lambda: bool(scene.collector.done))
    assert scene.collector.refs == ["9"]


async def test_publishing_nothing_is_nothing(bus_url: str, scene: Scene) -> None:
    """An empty relay round would wait for a confirm that never comes."""
    await asyncio.wait_for(scene.open(bus_url).publish([]), 5)


async def test_health_tells_progress(bus_url: str, scene: Scene) -> None:
    """A probe would call a bus healthy that holds work and does none, or one without connection."""
    bus = scene.open(bus_url, shards=3)
    await bus.consume(scene.collector)
    await scene.watch.until(lambda: scene.log.count("bus.connected") == 2)
    await bus.publish(wakes(1))
    await scene.watch.until(lambda: len(scene.collector.done) == 1)
    health = bus.health()
    assert health["connected"] is True
    assert health["consuming"] == [0, 1, 2]
    scene.collector.gate.clear()
    await bus.publish(wakes(1))
    before = asyncio.get_running_loop().time()
    await scene.watch.until(lambda: len(scene.collector.batches) == 2)
    await asyncio.sleep(1.5)  # the stall itself: no work may come to an end for this long
    assert bus.health()["last_progress_s"] > 1.0
    assert bus.health()["last_progress_s"] <= asyncio.get_running_loop().time() - before + 0.1
    scene.collector.gate.set()
    await scene.watch.until(lambda: len(scene.collector.done) == 2)
    await bus.close()
    assert bus.health()["connected"] is False


async def test_memory_is_emptied_by_the_last_user(scene: Scene) -> None:
    """Queues that live as long as the process would hand a test's wakes to the next."""
    first, second = scene.open("memory://"), scene.open("memory://")
    await first.publish(wakes(2))
    await first.close()
    await second.consume(scene.collector)
    await scene.watch.until(lambda: len(scene.collector.done) == 2)
    await second.close()
    third = scene.open("memory://")
    await third.publish(wakes(1, start=7))
    await third.close()
    fourth = scene.open("memory://")
    again = Collector(scene.watch)
    await fourth.consume(again)
    await fourth.publish(wakes(1, start=8))
    await scene.watch.until(lambda: bool(again.done))
    assert again.refs == ["8"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param({"url": "redis://127.0.0.1"}, "url", id="unknown transport"),
        pytest.param({"prefix": "магазин"}, "prefix", id="prefix that is no queue name"),
        pytest.param({"worker_index": 3, "workers": 3}, "worker_index", id="worker out of range"),
        pytest.param({"shards": 0}, "shards", id="no shard"),
    ],
)
async def test_unusable_settings_are_named(
    scene: Scene, arguments: dict[str, object], named: str
) -> None:
    """A wrong setting would show as silence instead of an error at the start."""
    settings: dict[str, object] = {"url": "memory://", "prefix": "p", **arguments}
    with pytest.raises(ConfigInvalid, match=named):
        open_bus(clock=WallClock(), log=scene.log, **settings)  # type: ignore[arg-type]


def test_the_shard_of_a_key_is_the_same_everywhere() -> None:
    """Two processes or releases that disagree would break the order of a key."""
    assert [shard_of(key, 8) for key in ("анна", "пётр", "c-1", "")] == [6, 2, 6, 0]
    spread = {shard_of(f"c-{number}", 8) for number in range(200)}
    assert spread == set(range(8))
