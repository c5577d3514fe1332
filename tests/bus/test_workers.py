"""Several worker processes on one broker, one of them killed: nothing lost, order kept."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from gateway.bus import KombuBus
from gateway.ports import Wake
from tests.bus.harness import Scene, first_times, wakes

START_S = 30.0
WORKERS = 3

Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(rabbitmq_url: str, scene: Scene, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts worker processes; those that still live at the end are closed."""
    processes: list[Process] = []

    async def starting(index: int, *extra: str) -> Process:
        arguments = (
            rabbitmq_url,
            scene.prefix,
            str(index),
            str(WORKERS),
            str(tmp_path / "handled"),
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bus.worker", *arguments, *extra, stdin=PIPE, stdout=PIPE
        )
        processes.append(process)
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), START_S) == b"ready\n"
        return process

    yield starting
    for process in processes:
        if process.returncode is None:
            await asyncio.wait_for(process.communicate(b""), START_S)


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


async def handled_lines(file: Path, enough: Callable[[list[list[str]]], bool]) -> list[list[str]]:
    """Read the shared file until it holds enough; each line is worker, key, reference."""
    async with asyncio.timeout(60):
        while True:
            lines = [line.split() for line in await asyncio.to_thread(_lines, file)]
            if enough(lines):
                return lines
            await asyncio.sleep(0.02)  # other processes write it: there is no event to wait on


def all_have_worked(lines: list[list[str]]) -> bool:
    """Tell whether every worker has taken part, as otherwise a kill would prove little."""
    return len({worker for worker, _, _ in lines}) == WORKERS and len(lines) >= 600


def holds(amount: int, lines: list[list[str]]) -> bool:
    """Tell whether so many different wakes were handled."""
    return len({ref for _, _, ref in lines}) >= amount


async def publish_more(bus: KombuBus, sent: list[Wake]) -> None:
    """Publish a hundred wakes more."""
    more = wakes(100, keys=60, start=len(sent))
    await bus.publish(more)
    sent += more


async def test_a_killed_worker_loses_nothing_and_order_holds(
    rabbitmq_url: str, scene: Scene, tmp_path: Path, start: Start
) -> None:
    """A crash would lose wakes, or let a key's wakes overtake each other."""
    workers = await asyncio.gather(*(start(index) for index in range(WORKERS)))
    bus = scene.open(rabbitmq_url)
    file = tmp_path / "handled"
    sent: list[Wake] = []
    lines: list[list[str]] = []
    while not all_have_worked(lines):
        await publish_more(bus, sent)
        lines = await handled_lines(file, partial(holds, len(sent) - 300))
    victim = Counter(int(worker) for worker, _, _ in lines).most_common(1)[0][0]
    workers[victim].kill()  # with some 300 wakes still to be handled
    await workers[victim].wait()
    for _ in range(10):
        await publish_more(bus, sent)
    lines = await handled_lines(file, partial(holds, len(sent)))
    assert {ref for _, _, ref in lines} == {wake.ref for wake in sent}
    order = first_times([(key, ref) for _, key, ref in lines])
    assert [key for key, numbers in order.items() if numbers != sorted(numbers)] == []


async def test_what_a_killed_worker_held_goes_to_another(
    rabbitmq_url: str, scene: Scene, tmp_path: Path, start: Start
) -> None:
    """Wakes acknowledged before they were handled die with their worker."""
    process = await start(0, "hold")
    bus = scene.open(rabbitmq_url)
    await bus.publish(wakes(40, keys=40))
    await handled_lines(tmp_path / "handled", partial(holds, 1))
    await bus.consume(scene.collector)
    process.kill()
    await process.wait()
    await scene.watch.until(lambda: len(scene.collector.done) >= 40)
    assert set(scene.collector.refs) == {str(number) for number in range(40)}
