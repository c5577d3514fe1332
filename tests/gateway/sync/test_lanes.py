"""Lanes: work of one account, one batch after another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.lanes import Lane
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock, SilentLog
from tests.gateway.sync.vendors import DictConnector, Vendor

DEADLINE_S = 10


class Works:
    """Work that begins when it is asked for and ends when the test says so."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = asyncio.Condition()
        self.gate = asyncio.Semaphore(0)
        self.fails = False

    async def run(self, account: Account, refs: list[str]) -> None:
        """Note the batch, wait for the gate."""
        async with self.begun:
            self.batches.append(refs)
            self.begun.notify_all()
        await self.gate.acquire()
        if self.fails:
            msg = "a bug"
            raise RuntimeError(msg)

    async def count(self, wanted: int) -> None:
        """Wait until so many batches have begun."""
        async with asyncio.timeout(DEADLINE_S), self.begun:
            await self.begun.wait_for(lambda: len(self.batches) >= wanted)

    def let(self, batches: int) -> None:
        """Let batches end."""
        for _ in range(batches):
            self.gate.release()


def account() -> Account:
    """An account that may be called."""
    clock = HeldClock()
    vendor = Vendor("shop", Kind.ORDER, clock, whole_order)
    return Account("shop", DictConnector(vendor), Flow(), Circuit(CircuitPolicy(failures=1), clock))


def lane(works: Works, of: Account | None = None, **options: Any) -> Lane:
    """A lane of one batch of three at a time."""
    return Lane(of or account(), works.run, SilentLog(), **{"width": 1, "batch": 3, **options})


async def closed(one: Lane) -> None:
    """Close with a deadline."""
    async with asyncio.timeout(DEADLINE_S):
        await one.close()


async def test_first_change_leaves_at_once_and_the_rest_in_full_batches() -> None:
    """At low load a change waits for company, or under load each leaves alone."""
    works = Works()
    one = lane(works)
    one.add(["a"])
    await works.count(1)
    one.add("bcdef")
    works.let(9)
    await works.count(3)

    assert works.batches == [["a"], ["b", "c", "d"], ["e", "f"]]
    await closed(one)


async def test_what_waits_already_is_not_doubled() -> None:
    """Ten wake-ups of one order are ten calls of its vendor."""
    works = Works()
    one = lane(works)
    one.add(["a"])
    await works.count(1)
    for _ in range(10):
        one.add(["b"])
    works.let(9)
    await works.count(2)
    await closed(one)

    assert works.batches == [["a"], ["b"]]


async def test_change_during_its_own_work_is_worked_on_again() -> None:
    """A change that comes while its entity is being sent is forgotten."""
    works = Works()
    one = lane(works)
    one.add(["a"])
    await works.count(1)
    one.add(["a"])
    works.let(2)
    await works.count(2)
    await closed(one)

    assert works.batches == [["a"], ["a"]]


@pytest.mark.parametrize(("width", "wanted"), [(1, 1), (2, 2), (5, 4)])
async def test_never_more_batches_at_once_than_allowed(width: int, wanted: int) -> None:
    """A vendor gets more calls at once than it takes, or fewer than would be quick."""
    works = Works()
    one = lane(works, width=width)
    one.add("abcdefghij")
    await works.count(wanted)

    assert len(works.batches) == wanted
    works.let(20)
    await closed(one)


async def test_resting_account_keeps_nothing_in_memory() -> None:
    """A vendor that is away for days fills the memory of the process."""
    works, of = Works(), account()
    one = lane(works, of)
    one.add("abcdef")
    await works.count(1)
    of.circuit.failed()
    works.let(1)
    one.add("ghi")
    await closed(one)
    assert works.batches == [["a", "b", "c"]]

    of.circuit.succeeded()
    again = lane(works, of)
    works.let(1)
    again.add("z")
    await works.count(2)
    await closed(again)
    assert works.batches[1:] == [["z"]]


async def test_lane_outlives_a_failing_batch() -> None:
    """One bug stops an account until the process is started again."""
    works = Works()
    works.fails = True
    one = lane(works)
    one.add("abcd")
    works.let(2)
    await works.count(2)

    assert works.batches == [["a", "b", "c"], ["d"]]
    await closed(one)


async def test_close_finishes_what_is_under_way_and_takes_no_more() -> None:
    """A stop leaves calls half done, or never ends."""
    works = Works()
    one = lane(works)
    one.add("abcdef")
    await works.count(1)
    closing = asyncio.create_task(closed(one))
    await asyncio.sleep(0)
    one.add("g")
    assert not closing.done()

    works.let(1)
    await closing

    assert works.batches == [["a", "b", "c"]]
