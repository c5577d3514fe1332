"""Budgets: evenly paced, fair, never over the limit."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract import RateLimit
from gateway.contract.budget import (
    READING,
    FairTurn,
    OperationBudgets,
    PacedBudget,
    UnlimitedBudget,
    account_budget,
)
from gateway.ids import SystemClock
from tests.gateway.contract.fakes import FakeClock

LIMITS = st.builds(
    RateLimit, calls=st.integers(1, 60), per_s=st.sampled_from([0.5, 1.0, 2.0, 60.0, 3600.0])
)


def most_in_a_window(moments: list[float], per_s: float) -> int:
    """Count the most calls in any window of ``per_s`` seconds that is open at its end."""
    return max(sum(1 for m in moments if start <= m < start + per_s - 1e-9) for start in moments)


@settings(deadline=None, max_examples=60)
@given(
    limit=LIMITS,
    seed=st.integers(0, 2**32),
    stall=st.sampled_from([0.0, 0.001, 0.05, 3.0]),
    batch=st.integers(1, 4),
)
def test_no_window_ever_holds_more_than_the_limit(
    limit: RateLimit, seed: int, stall: float, batch: int
) -> None:
    """Late wake-ups, pauses and calls in batches would bunch up and get the account blocked."""
    chance = random.Random(seed)
    clock = FakeClock()
    clock.oversleep_s = lambda: chance.random() * stall
    budget = PacedBudget(limit, clock, sleep=clock.sleep)
    moments: list[float] = []

    async def calls() -> None:
        for _ in range(min(3 * limit.calls, 90)):
            if chance.random() < 0.1:
                clock.seconds += chance.random() * limit.per_s
            count = min(chance.randint(1, batch), limit.calls)
            await budget.acquire(count)
            moments.extend([clock.seconds] * count)

    asyncio.run(calls())
    assert most_in_a_window(moments, limit.per_s) <= limit.calls


async def test_the_limit_is_used_nearly_to_the_full() -> None:
    """A timid budget lets a backlog take half as long again."""
    clock = FakeClock()
    budget = PacedBudget(RateLimit(calls=10, per_s=1.0), clock, sleep=clock.sleep)
    started = clock.seconds
    for _ in range(101):
        await budget.acquire()
    assert 10.0 < clock.seconds - started < 10.5


async def test_calls_are_spaced_evenly_after_a_pause() -> None:
    """An idle account that saved up calls would burst into the vendor's own short window."""
    clock = FakeClock()
    budget = PacedBudget(RateLimit(calls=5, per_s=1.0), clock, sleep=clock.sleep)
    await budget.acquire()
    clock.seconds += 100
    moments = []
    for _ in range(4):
        await budget.acquire()
        moments.append(clock.seconds)
    assert all(0.2 <= later - sooner < 0.22 for sooner, later in pairwise(moments))


async def test_who_comes_first_leaves_first() -> None:
    """A late caller would overtake, and one unlucky delivery wait for ever."""
    clock = FakeClock()
    budget = PacedBudget(RateLimit(calls=2), clock, sleep=clock.sleep)
    left: list[int] = []

    async def caller(number: int) -> None:
        await budget.acquire()
        left.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(caller(number))
    assert left == list(range(8))


async def test_a_cancelled_waiter_does_not_stop_the_others() -> None:
    """A delivery that is given up while waiting would hold the account for good."""
    clock = FakeClock()
    reached = asyncio.Event()

    async def stuck(_: float) -> None:
        reached.set()
        await asyncio.Event().wait()

    sleeps = [stuck]
    budget = PacedBudget(
        RateLimit(calls=1), clock, sleep=lambda s: sleeps.pop()(s) if sleeps else clock.sleep(s)
    )
    await budget.acquire()
    waiter = asyncio.create_task(budget.acquire())
    await reached.wait()
    waiter.cancel()
    await asyncio.wait_for(budget.acquire(), 5)
    assert waiter.cancelled()


@pytest.mark.parametrize("is_paced", [True, False])
async def test_nothing_leaves_while_resting(is_paced: bool) -> None:  # noqa: FBT001
    """Calls that go on after "not now" get an account blocked."""
    clock = FakeClock()
    budget = (
        PacedBudget(RateLimit(calls=100), clock, sleep=clock.sleep)
        if is_paced
        else UnlimitedBudget(clock, sleep=clock.sleep)
    )
    started = clock.seconds
    budget.rest(30)
    budget.rest(1)
    await budget.acquire()
    assert clock.seconds - started == pytest.approx(30)


async def test_a_rest_reaches_those_who_already_wait() -> None:
    """The queue behind the first "not now" would still be sent into the vendor's limit."""
    clock = FakeClock()
    rested: list[float] = []

    async def sleep(seconds: float) -> None:
        if not rested:
            rested.append(clock.seconds)
            budget.rest(50)
        await clock.sleep(seconds)

    budget = PacedBudget(RateLimit(calls=1), clock, sleep=sleep)
    await budget.acquire()
    await budget.acquire()
    assert clock.seconds - rested[0] >= 50


async def test_slots_shared_with_other_processes_are_kept() -> None:
    """Two processes that each keep the whole limit break it together."""
    clock = FakeClock()
    asked: list[int] = []

    async def reserve(calls: int) -> float:
        asked.append(calls)
        return 5.0

    budget = PacedBudget(RateLimit(calls=10), clock, reserve=reserve, sleep=clock.sleep)
    started = clock.seconds
    await budget.acquire(2)
    assert (asked, clock.seconds - started) == ([2], 5.0)


@pytest.mark.parametrize("calls", [0, 6])
async def test_a_number_of_calls_that_can_never_leave_is_refused(calls: int) -> None:
    """A batch larger than the vendor's window would wait for a moment that never comes."""
    clock = FakeClock()
    with pytest.raises(ValueError, match="between 1 and 5"):
        await PacedBudget(RateLimit(calls=5), clock, sleep=clock.sleep).acquire(calls)


@pytest.mark.parametrize("limit", [RateLimit(calls=0), RateLimit(calls=1, per_s=0)])
def test_a_limit_of_nothing_is_refused(limit: RateLimit) -> None:
    """A zero in the configuration would divide by zero at the first delivery."""
    with pytest.raises(ValueError, match="must be positive"):
        PacedBudget(limit, FakeClock())


async def test_readers_and_writers_take_turns() -> None:
    """A backlog of writes keeps the feeds waiting until the last of them has left."""
    turn, order = FairTurn(), []

    async def call(name: str, *, reading: bool) -> None:
        READING.set(reading)
        async with turn:
            order.append(name)

    async with turn:
        tasks = [asyncio.create_task(call(f"w{n}", reading=False)) for n in range(4)]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(call(f"r{n}", reading=True)) for n in range(2)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == ["r0", "w0", "r1", "w1", "w2", "w3"]


async def test_a_waiter_that_gives_up_does_not_block_the_others() -> None:
    """A cancelled call takes its place in the line with it, and nothing is ever sent again."""
    turn = FairTurn()

    async def call() -> None:
        async with turn:
            await asyncio.sleep(0)

    async with turn:
        tasks = [asyncio.create_task(call()) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
    tasks[1].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert done[2] is None
    await asyncio.wait_for(call(), 1)


def _by_operation(clock: FakeClock) -> OperationBudgets:
    limit = RateLimit(calls=1, per_s=10.0, by_operation=True)
    return OperationBudgets(
        lambda _: PacedBudget(limit, clock, sleep=clock.sleep),
        UnlimitedBudget(clock, sleep=clock.sleep),
    )


async def test_each_operation_has_a_budget_of_its_own() -> None:
    """A creation that looks first would use half of what the vendor allows of either call."""
    clock = FakeClock()
    budget = _by_operation(clock)
    started = clock.seconds
    await budget.acquire(operation="look")
    await budget.acquire(operation="register")
    assert clock.seconds == started
    await budget.acquire(operation="look")
    assert 10.0 < clock.seconds - started < 10.5


async def test_a_rest_is_for_all_operations() -> None:
    """An operation that was not called before would break the rest that the vendor asked for."""
    clock = FakeClock()
    budget = _by_operation(clock)
    await budget.acquire(operation="look")
    started = clock.seconds
    budget.rest(30)
    await budget.acquire(operation="register")
    assert clock.seconds - started == pytest.approx(30)


@pytest.mark.parametrize(
    ("limit", "shared"),
    [
        pytest.param(RateLimit(calls=10), ["shop", "shop"], id="all calls"),
        pytest.param(
            RateLimit(calls=10, by_operation=True), ["shop look", "shop make"], id="each operation"
        ),
        pytest.param(None, [], id="no limit"),
    ],
)
async def test_processes_share_what_the_vendor_counts_together(
    limit: RateLimit | None, shared: list[str]
) -> None:
    """Two workers would each use the whole limit, or look and make wait for one another."""
    taken: list[str] = []

    async def slots(account: str, *, calls: int, interval_s: float) -> float:
        assert (calls, round(interval_s, 4)) == (1, 0.1031)
        taken.append(account)
        return 0.0

    budget = account_budget("shop", limit, clock=SystemClock(), slots=slots)
    await budget.acquire(operation="look")
    await budget.acquire(operation="make")
    assert taken == shared
