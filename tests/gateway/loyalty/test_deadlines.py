"""Deadlines: the till is answered in time whatever hangs, and late answers are taken in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.contract import Reason, Stage, TillBusy
from gateway.ids import SystemClock
from gateway.ports import SaleProgress
from tests.gateway.loyalty.entries import Fault
from tests.gateway.loyalty.world import ANNA, TILL, World
from tests.gateway.sync.stepping import HeldClock

PHONE = ANNA.phone or ""
START = Decimal(500)
QUICK = replace(TILL, deadline_s=0.2)


class RealClock(HeldClock):
    """The machine's clock, which the world may not move."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = SystemClock()

    def monotonic(self) -> float:
        """Seconds that grow by themselves."""
        return self._clock.monotonic()


@pytest.fixture
def world() -> World:
    """A member with points, in real time."""
    made = World(clock=RealClock())
    made.ledger.balances[PHONE] = START
    return made


async def _settled(world: World) -> None:
    """Let late answers end, then the settler."""
    world.ledger.release.set()
    await world.turns.drained(within_s=30)
    await asyncio.sleep(0)
    await world.turns.drained(within_s=30)
    await world.settle()


async def test_a_late_reserve_is_given_back(world: World) -> None:
    """Points would stay blocked for a sale that the till made without them."""
    world.ledger.script.append(Fault.HANGS)
    deal = await world.service.reserve(QUICK, world.sale("s1", spends=50))
    assert (deal.stage, deal.degraded and deal.degraded.reason) == (
        Stage.UNAVAILABLE,
        Reason.SLOW,
    )
    sold = await world.service.commit(TILL, world.sale("s1"))
    assert sold.stage is Stage.COMMITTED
    await _settled(world)
    assert (world.ledger.blocked(PHONE), world.ledger.balances[PHONE]) == (
        Decimal(0),
        START + 20,
    )
    assert world.ledger.misled == []


async def test_a_late_reserve_is_cancelled_by_its_own_answer(world: World) -> None:
    """A processor that cannot be asked would keep the points blocked although it answered."""
    world.ledger.script.append(Fault.HANGS)
    await world.service.reserve(QUICK, world.sale("s1", spends=50))
    await _settled(world)
    assert (world.progress("s1"), world.ledger.calls) == (
        SaleProgress.CANCELLED,
        ["reserve", "cancel"],
    )


async def test_a_cancel_waits_for_the_reserve_that_is_on_its_way(world: World) -> None:
    """A processor that reserves in several steps would block the points after they were freed."""
    world.ledger.script.append(Fault.HANGS)
    await world.service.reserve(QUICK, world.sale("s1", spends=50))
    deal = await world.service.cancel(TILL, "s1")
    assert (deal.stage, world.ledger.calls) == (Stage.ACCEPTED, ["reserve"])
    await _settled(world)
    assert (world.progress("s1"), world.ledger.calls) == (
        SaleProgress.CANCELLED,
        ["reserve", "cancel"],
    )
    assert (world.ledger.blocked(PHONE), world.ledger.balances[PHONE]) == (Decimal(0), START)


async def test_a_late_commit_is_recorded_without_asking_again(world: World) -> None:
    """A counted receipt would be looked up and told again although its answer came."""
    world.ledger.script.append(Fault.HANGS)
    deal = await world.service.commit(QUICK, world.sale("s1"))
    assert (deal.stage, deal.degraded and deal.degraded.reason) == (Stage.ACCEPTED, Reason.SLOW)
    await _settled(world)
    assert (world.progress("s1"), world.ledger.calls) == (SaleProgress.COMMITTED, ["commit"])


async def test_a_repeat_joins_what_is_under_way(world: World) -> None:
    """A till that repeats while the first call hangs would send a second one."""
    world.ledger.script.append(Fault.HANGS)
    first = asyncio.create_task(world.service.commit(TILL, world.sale("s1")))
    await asyncio.sleep(0)
    second = asyncio.create_task(world.service.commit(TILL, world.sale("s1")))
    await asyncio.sleep(0)
    world.ledger.release.set()
    deals = await asyncio.gather(first, second)
    assert [one.stage for one in deals] == [Stage.COMMITTED, Stage.COMMITTED]
    assert (sorted(one.replayed for one in deals), world.ledger.calls) == (
        [False, True],
        ["commit"],
    )


async def test_a_till_that_hangs_up_changes_nothing(world: World) -> None:
    """A write would be cut in the middle because the till's line broke."""
    world.ledger.script.append(Fault.HANGS)
    call = asyncio.create_task(world.service.commit(TILL, world.sale("s1")))
    await world.ledger.hangs.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await _settled(world)
    assert (world.progress("s1"), world.ledger.calls) == (SaleProgress.COMMITTED, ["commit"])


async def test_another_step_waits_for_the_one_under_way(world: World) -> None:
    """A cancel would overtake the reserve that it cancels."""
    world.ledger.script.append(Fault.HANGS)
    held = asyncio.create_task(world.service.reserve(TILL, world.sale("s1", spends=50)))
    await asyncio.sleep(0)
    with pytest.raises(TillBusy) as caught:
        await world.service.cancel(QUICK, "s1")
    assert caught.value.code == "sale-busy"
    given_up = asyncio.create_task(world.service.cancel(TILL, "s1"))
    world.ledger.release.set()
    assert (await held).stage is Stage.RESERVED
    assert (await given_up).stage is Stage.CANCELLED
    assert world.ledger.blocked(PHONE) == 0


@pytest.mark.parametrize("step", ["identify", "quote", "balance"])
async def test_reads_are_given_up_in_time(world: World, step: str) -> None:
    """A customer would wait at the till for a processor that hangs."""
    world.ledger.script.append(Fault.HANGS)
    asked = world.sale("s1") if step == "quote" else ANNA
    answer = await getattr(world.service, step)(QUICK, asked)
    assert answer.degraded.reason is Reason.SLOW


async def test_history_and_codes_tell_when_to_come_again(world: World) -> None:
    """A page would hang, or show an empty history as the truth."""
    world.ledger.script.append(Fault.HANGS)
    with pytest.raises(TillBusy) as caught:
        await world.service.history(QUICK, ANNA, cursor=None, limit=5)
    assert (caught.value.code, caught.value.retry_after_s > 0) == ("processor-away", True)


async def test_a_till_steps_in_while_the_settler_waits_for_a_call(world: World) -> None:
    """A till whose points were too slow could not close its receipt while they were given back."""
    world.ledger.script += [Fault.LOST_AFTER, Fault.AWAY, Fault.HANGS]
    held = await world.service.reserve(TILL, world.sale("s1", spends=50))
    assert held.stage is Stage.UNAVAILABLE
    world.clock.move(3600.0)
    world.settler.begin()
    await world.ledger.hangs.wait()
    sold = await world.service.commit(replace(TILL, deadline_s=3.0), world.sale("s1"))
    assert sold.stage is Stage.COMMITTED
    await _settled(world)
    assert world.ledger.blocked(PHONE) == 0
    assert world.ledger.balances[PHONE] == START + 20
