"""The dispatcher alone: lanes, batches, and what happens when a link is lost under them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.bus.dispatch import Delivery, Dispatcher, Handler
from gateway.bus.options import BusOptions
from gateway.ports import Wake
from tests.bus.harness import FAST, Collector, RecordingLog, WallClock, Watch


class Settled:
    """Keeps what the dispatcher says."""

    def __init__(self, watch: Watch) -> None:
        self.done: list[int | str] = []
        self.dropped: list[int | str] = []
        self.retirements: list[int] = []
        self._watch = watch

    def settle(self, deliveries: Sequence[Delivery], *, drop: bool) -> None:
        """Keep the end of deliveries."""
        (self.dropped if drop else self.done).extend(item.tag for item in deliveries)
        self._watch.note()

    def retired(self, subscription: int) -> None:
        """Keep a retirement."""
        self.retirements.append(subscription)
        self._watch.note()


@pytest.fixture
async def watch() -> Watch:
    """Something to wait on."""
    return Watch()


@pytest.fixture
async def collector(watch: Watch) -> Collector:
    """A handler that keeps what it gets."""
    return Collector(watch)


@pytest.fixture
async def settled(watch: Watch) -> Settled:
    """Where ends are told."""
    return Settled(watch)


def _dispatcher(handler: Handler, settled: Settled, options: BusOptions = FAST) -> Dispatcher:
    log = RecordingLog(Watch())
    return Dispatcher(handler, settled, options=options, clock=WallClock(), log=log)


def _deliveries(keys: str, *, subscription: int = 1, start: int = 1) -> list[Delivery]:
    return [
        Delivery(Wake("route", str(tag), "shop", key), subscription, tag)
        for tag, key in enumerate(keys, start)
    ]


async def test_an_idle_dispatcher_does_not_wait(
    collector: Collector, settled: Settled, watch: Watch
) -> None:
    """A single wake would wait for company that does not come."""
    dispatcher = _dispatcher(collector, settled, replace(FAST, batch_wait_s=3600.0))
    dispatcher.offer(_deliveries("a"))
    await watch.until(lambda: settled.done == [1], deadline_s=2)


async def test_what_comes_while_busy_shares_a_batch(
    collector: Collector, settled: Settled, watch: Watch
) -> None:
    """Each wake would make a batch, and a transaction, of its own under load."""
    dispatcher = _dispatcher(collector, settled, replace(FAST, batch_wait_s=0.05))
    collector.gate.clear()
    dispatcher.offer(_deliveries("a"))
    for tag, key in enumerate("bcd", 2):
        dispatcher.offer(_deliveries(key, start=tag))
    await watch.until(lambda: len(collector.batches) == 2)
    assert [wake.ref for wake in collector.batches[1]] == ["2", "3", "4"]
    collector.gate.set()
    await watch.until(lambda: len(settled.done) == 4)


async def test_only_so_many_batches_run(
    collector: Collector, settled: Settled, watch: Watch
) -> None:
    """A backlog would start a task for all of it at once."""
    options = replace(FAST, max_batches=2, batch_size=1)
    dispatcher = _dispatcher(collector, settled, options)
    collector.gate.clear()
    dispatcher.offer(_deliveries("abcde"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(collector.batches) == 2
    collector.gate.set()
    await watch.until(lambda: len(settled.done) == 5)


async def test_a_retired_subscription_is_told_after_its_last_batch(
    collector: Collector, settled: Settled, watch: Watch
) -> None:
    """A shard would be handed over while one of its wakes is still being handled."""
    dispatcher = _dispatcher(collector, settled, replace(FAST, batch_size=1, max_batches=1))
    collector.gate.clear()
    dispatcher.offer([*_deliveries("ab"), *_deliveries("c", subscription=2, start=9)])
    await watch.until(lambda: len(collector.batches) == 1)
    dispatcher.retire(1)
    await asyncio.sleep(0)
    assert settled.retirements == []
    collector.gate.set()
    await watch.until(lambda: settled.retirements == [1] and settled.done == [1, 9])
    dispatcher.retire(2)
    assert settled.retirements == [1, 2]


async def test_a_failed_wake_of_a_lost_link_is_left_to_the_broker(
    collector: Collector, settled: Settled, watch: Watch
) -> None:
    """It would be handled again under a tag that the broker no longer knows, and then once more."""
    dispatcher = _dispatcher(collector, settled)
    collector.gate.clear()
    collector.failures = 1
    dispatcher.offer(_deliveries("aa"))
    await watch.until(lambda: len(collector.batches) == 1)
    dispatcher.forget(1)
    collector.gate.set()
    dispatcher.offer(_deliveries("aa", subscription=2, start=11))
    await watch.until(lambda: len(settled.done) == 2)
    assert settled.done == [11, 12]
    assert collector.overlaps == []


async def test_a_handler_that_is_cancelled_gives_its_wakes_back(
    settled: Settled, watch: Watch
) -> None:
    """A cancelled future inside the handler would leave the key busy for ever."""
    calls: list[int] = []

    async def handle(batch: Sequence[Wake]) -> None:
        calls.append(len(batch))
        await asyncio.sleep(0)
        if len(calls) == 1:
            raise asyncio.CancelledError

    dispatcher = _dispatcher(handle, settled)
    dispatcher.offer(_deliveries("a"))
    await watch.until(lambda: settled.done == [1])
    assert calls == [1, 1]


async def test_stop_cuts_a_handler_that_does_not_end(settled: Settled) -> None:
    """A handler that hangs would keep the process from stopping; its wakes must not be settled."""
    entered = asyncio.Event()

    async def handle(_: Sequence[Wake]) -> None:
        entered.set()
        await asyncio.Event().wait()

    dispatcher = _dispatcher(handle, settled, replace(FAST, drain_timeout_s=0.05))
    dispatcher.offer(_deliveries("ab"))
    await entered.wait()
    assert dispatcher.stalled_s() >= 0.0
    await asyncio.wait_for(dispatcher.stop(), 5)
    assert settled.done == settled.dropped == []
    assert dispatcher.stalled_s() == 0.0
