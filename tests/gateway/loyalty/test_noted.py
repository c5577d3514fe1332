"""The end of a commit reaches the disk behind the till's answer, and losing it loses nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.contract import Stage
from gateway.ports import SaleProgress
from tests.gateway.loyalty.world import TILL, World

S1 = "till-1:s1"


@pytest.fixture
def world() -> World:
    """A shop with one till."""
    return World()


def fill_the_disk_when_told(world: World) -> None:
    """Let the disk be full from the moment at which the processor hears of a sale."""

    def told() -> None:
        world.disk.is_full = True

    world.ledger.alive = told


def hold_the_disk_when_told(world: World) -> asyncio.Event:
    """Let what is written from that moment wait; return what frees it."""
    free = asyncio.Event()

    def told() -> None:
        world.disk.free = free

    world.ledger.alive = told
    return free


async def test_a_till_does_not_wait_for_the_disk_after_the_processor(world: World) -> None:
    """Each receipt waits for the disk once more, though nothing depends on it."""
    free = hold_the_disk_when_told(world)
    deal = await world.service.commit(TILL, world.sale("s1"), key="c")
    assert (deal.stage, world.progress("s1")) == (Stage.COMMITTED, SaleProgress.COMMITTING)
    free.set()
    await world.book.notes.drained()
    assert world.progress("s1") is SaleProgress.COMMITTED


async def test_an_end_that_could_not_be_written_is_looked_up(world: World) -> None:
    """The sale is counted twice, or stands as under way for ever."""
    fill_the_disk_when_told(world)
    deal = await world.service.commit(TILL, world.sale("s1"), key="c")
    assert deal.stage is Stage.COMMITTED
    await world.book.notes.drained()
    assert world.book.known(S1) == world.disk.rows[S1]

    world.ledger.alive, world.disk.is_full = (lambda: None), False
    await world.settle()
    assert world.progress("s1") is SaleProgress.COMMITTED
    assert world.ledger.calls.count("commit") == 1


async def test_a_process_that_dies_before_the_end_is_written_looks_it_up(world: World) -> None:
    """The sale was told to be counted, and is counted again."""
    fill_the_disk_when_told(world)
    await world.service.commit(TILL, world.sale("s1"), key="c")
    await world.book.notes.drained()
    world.ledger.alive, world.disk.is_full = (lambda: None), False
    await world.restart()
    await world.settle()
    assert world.progress("s1") is SaleProgress.COMMITTED
    assert world.ledger.calls.count("commit") == 1


async def test_what_follows_a_version_that_was_taken_back_is_decided_anew(world: World) -> None:
    """A version is jumped over, and memory and disk disagree on what came after what."""
    free = hold_the_disk_when_told(world)
    await world.service.commit(TILL, world.sale("s1"), key="c")
    counted = world.book.known(S1)
    assert counted is not None
    world.disk.is_full = True
    after = asyncio.create_task(world.book.write([replace(counted, version=counted.version + 1)]))
    free.set()
    assert await after == [False]
    assert world.book.known(S1) == world.disk.rows[S1]
