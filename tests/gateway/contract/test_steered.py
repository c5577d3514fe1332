"""A steered budget: counted, slowed down and restored while calls wait, never above the limit."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.contract import RateLimit
from gateway.contract.budget import PacedBudget, UnlimitedBudget
from gateway.contract.steered import MOST_OPERATIONS, OTHER, SteeredBudget, allowed_per_s
from gateway.ids import SystemClock
from tests.gateway.contract.fakes import FakeBudget, FakeClock

MINUTE = int(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()) // 60
FAST = RateLimit(1000, 1.0)
STILL = RateLimit(1, 86_400.0)
"""One call a day: in a test nothing leaves."""


def steered(limit: RateLimit | None = FAST) -> SteeredBudget:
    """Return one whose vendor never lets anybody wait."""
    return SteeredBudget("crm", FakeBudget(), limit, FakeClock())


async def still(budget: SteeredBudget, calls: int) -> list[asyncio.Task[None]]:
    """Begin calls under a pace that lets the first pass and no other; return those that wait."""
    budget.slow(STILL)
    await budget.acquire()
    tasks = [asyncio.create_task(budget.acquire()) for _ in range(calls)]
    await asyncio.sleep(0)
    return tasks


async def test_calls_are_counted_once_by_their_minute() -> None:
    """The share of the limit would be wrong, or counted twice."""
    budget = steered()
    await budget.acquire(3)
    await budget.acquire(operation="orders")
    assert budget.used() == {(MINUTE, ""): 4}
    assert budget.used() == {}


async def test_what_could_not_be_written_is_counted_again() -> None:
    """A database that is away for a minute would make a quiet minute of a busy one."""
    budget = steered()
    await budget.acquire(3)
    used = budget.used()
    await budget.acquire()
    budget.give_back(used)
    assert budget.used() == {(MINUTE, ""): 4}


async def test_operations_are_counted_by_name_where_the_vendor_does_and_never_too_many() -> None:
    """A connector that makes names up would fill the memory and the charts."""
    budget = steered(RateLimit(10, 1.0, by_operation=True))
    for number in range(MOST_OPERATIONS + 5):
        await budget.acquire(operation=f"op-{number}")
    used = budget.used()
    assert len(used) == MOST_OPERATIONS + 1
    assert used[MINUTE, OTHER] == 5
    assert sum(used.values()) == MOST_OPERATIONS + 5


@pytest.mark.parametrize("free", [None, RateLimit(1, 0.001)])
async def test_a_changed_pace_lets_those_go_who_wait(free: RateLimit | None) -> None:
    """Whoever waited by the old pace would wait for a day after it was taken back."""
    budget = SteeredBudget("crm", FakeBudget(), FAST, SystemClock())
    waiting = await still(budget, 5)
    assert not any(task.done() for task in waiting)
    budget.slow(free)
    await asyncio.wait_for(asyncio.gather(*waiting), 10)
    assert sum(budget.used().values()) == 6


async def test_one_who_gives_up_takes_nobody_with_him() -> None:
    """A cancelled call would leave its turn taken for ever."""
    budget = SteeredBudget("crm", FakeBudget(), FAST, SystemClock())
    first, second = await still(budget, 2)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    budget.slow(None)
    await asyncio.wait_for(second, 10)


async def test_the_pace_is_kept_by_all_together() -> None:
    """Several readers and writers would each have the pace for themselves."""
    clock = SystemClock()
    budget = SteeredBudget("crm", UnlimitedBudget(clock), None, clock)
    budget.slow(RateLimit(50, 1.0))
    began = clock.monotonic()
    moments: list[float] = []

    async def call() -> None:
        await budget.acquire()
        moments.append(clock.monotonic())

    await asyncio.gather(*(call() for _ in range(8)))
    # From the beginning, because a busy machine wakes one late and the next in time.
    assert all(moment - began > 0.018 * turn for turn, moment in enumerate(moments))


async def test_processes_share_a_pace_under_a_name_of_its_own() -> None:
    """Two processes would call at twice the pace, or take the vendor's slots for it."""
    asked: list[tuple[str, int, float]] = []

    async def slots(account: str, *, calls: int, interval_s: float) -> float:
        asked.append((account, calls, round(interval_s, 2)))
        return 0.0

    budget = SteeredBudget("crm", FakeBudget(), FAST, FakeClock(), slots=slots)
    budget.slow(RateLimit(2, 1.0))
    await budget.acquire()
    assert asked == [("crm slowed to 2/1", 1, 0.52)]


async def test_the_vendors_limit_stands_behind_any_wish() -> None:
    """A pace above the limit would get the account blocked."""
    clock, limit = SystemClock(), RateLimit(20, 1.0)
    budget = SteeredBudget("crm", PacedBudget(limit, clock), limit, clock)
    budget.slow(RateLimit(1000, 1.0))
    began = clock.monotonic()
    for _ in range(4):
        await budget.acquire()
    assert clock.monotonic() - began >= 3 / 20
    assert allowed_per_s(budget) == 20.0


@pytest.mark.parametrize(
    ("limit", "slowed", "allowed"),
    [
        (None, None, None),
        (FAST, None, 1000.0),
        (None, STILL, 1 / 86_400),
        (FAST, STILL, 1 / 86_400),
    ],
)
def test_the_slower_of_both_counts(
    limit: RateLimit | None, slowed: RateLimit | None, allowed: float | None
) -> None:
    """The gauge would show room that nobody may use."""
    budget = steered(limit)
    budget.slow(slowed)
    assert allowed_per_s(budget) == allowed


async def test_a_vendors_rest_is_passed_on() -> None:
    """Retry-After would be broken."""
    inner = FakeBudget()
    SteeredBudget("crm", inner, None, FakeClock()).rest(7)
    assert inner.rests == [7]


def test_minutes_are_those_of_the_clock() -> None:
    """Figures of one minute would stand in another."""
    assert datetime.fromtimestamp(MINUTE * 60, UTC) + timedelta(0) == FakeClock().now()
