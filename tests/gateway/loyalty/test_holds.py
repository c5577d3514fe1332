"""Holds: points that are reserved come back when nobody takes them, however late it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.contract import Deal, Stage, TillRefused
from gateway.ports import SaleProgress
from tests.gateway.loyalty.entries import Fault
from tests.gateway.loyalty.ledger import lapse
from tests.gateway.loyalty.world import ANNA, HOLD_S, TILL, World

PHONE = ANNA.phone or ""
START = Decimal(500)
NONE = Decimal(0)


@pytest.fixture
def world() -> World:
    """A member with points."""
    made = World()
    made.ledger.balances[PHONE] = START
    return made


async def refusal(call: Callable[[], Awaitable[object]]) -> TillRefused:
    """Return the refusal of a call."""
    with pytest.raises(TillRefused) as caught:
        await call()
    return caught.value


async def test_a_cancelled_sale_gives_its_points_back(world: World) -> None:
    """Points of a receipt that was given up would stay blocked."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    deal = await world.service.cancel(TILL, "s1")
    assert (deal.stage, world.ledger.blocked(PHONE)) == (Stage.CANCELLED, NONE)
    again = await world.service.cancel(TILL, "s1")
    assert (again.stage, again.replayed) == (Stage.CANCELLED, True)
    late = await refusal(lambda: world.service.commit(TILL, world.sale("s1", spends=50)))
    assert late.code == "sale-cancelled"


async def test_a_cancel_that_is_not_answered_is_accepted(world: World) -> None:
    """The till would have to repeat it, or the points would stay blocked."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    world.ledger.script.append(Fault.LOST_BEFORE)
    assert (await world.service.cancel(TILL, "s1")).stage is Stage.ACCEPTED
    await world.settle()
    assert (world.progress("s1"), world.ledger.blocked(PHONE)) == (SaleProgress.CANCELLED, NONE)


async def test_a_reserve_that_its_own_cancel_overtook_blocks_nothing(world: World) -> None:
    """A till that gave up and was heard in the wrong order would leave points blocked."""
    assert (await world.service.cancel(TILL, "s1")).stage is Stage.CANCELLED
    told = await refusal(lambda: world.service.reserve(TILL, world.sale("s1", spends=50)))
    assert (told.code, world.ledger.calls) == ("sale-cancelled", [])


async def test_a_hold_ends_and_its_sale_may_still_be_closed(world: World) -> None:
    """Points would stay blocked for ever, or a receipt that was printed late be lost."""
    for name in ("s1", "s2"):
        await world.service.reserve(TILL, world.sale(name, spends=50))
    await world.pass_time(HOLD_S + 1)
    assert world.ledger.blocked(PHONE) == 0
    assert (await world.service.deal(TILL, "s1") or Deal("", Stage.REFUSED)).stage is (
        Stage.CANCELLED
    )
    assert (await world.service.commit(TILL, world.sale("s1", spends=50))).stage is Stage.COMMITTED
    assert (await world.service.commit(TILL, world.sale("s2"))).stage is Stage.COMMITTED
    assert world.ledger.balances[PHONE] == START - 50 + 15 + 20
    assert world.ledger.misled == []


async def test_points_that_are_gone_when_the_hold_ended_are_a_persons_case(world: World) -> None:
    """Points that somebody else spent meanwhile would be spent again, or the receipt vanish."""
    await world.service.reserve(TILL, world.sale("s1", spends=450))
    await world.pass_time(HOLD_S + 1)
    world.ledger.balances[PHONE] = Decimal(10)
    deal = await world.service.commit(TILL, world.sale("s1", spends=450))
    assert (deal.stage, deal.cause) == (Stage.REFUSED, "too few points")
    row = world.disk.rows["till-1:s1"]
    assert (row.cause_code, bool(row.remedy)) == ("points-gone", True)


async def test_a_sale_is_closed_without_the_points_it_reserved(world: World) -> None:
    """A customer who changed his mind would lose the points, or the receipt be refused."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    assert (await world.service.commit(TILL, world.sale("s1"))).stage is Stage.COMMITTED
    await world.settle()
    assert (world.ledger.blocked(PHONE), world.ledger.balances[PHONE]) == (NONE, START + 20)


async def test_other_points_than_were_reserved_are_refused(world: World) -> None:
    """A till would take points that nobody blocked."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    told = await refusal(lambda: world.service.commit(TILL, world.sale("s1", spends=60)))
    assert (told.code, told.field) == ("points-differ", "points")
    none = await refusal(lambda: world.service.commit(TILL, world.sale("s2", spends=60)))
    assert none.code == "not-reserved"


async def test_a_processors_own_end_of_a_hold_is_kept(world: World) -> None:
    """A hold that the processor ends sooner would be used after its end."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    row = world.disk.rows["till-1:s1"]
    assert row.due_at == world.clock.now() + timedelta(seconds=HOLD_S)


async def test_a_sending_that_arrives_late_is_found_and_undone(world: World) -> None:
    """Points would be blocked for ever by a call that was on its way when we looked."""
    world.ledger.script.append(Fault.LATE)
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    await world.pass_time(1)
    assert world.progress("s1") is SaleProgress.CANCELLING
    await world.settle()
    assert (world.progress("s1"), world.ledger.blocked(PHONE)) == (SaleProgress.CANCELLED, NONE)


async def test_a_hold_that_the_processor_ended_is_taken_anew(world: World) -> None:
    """A receipt would be refused although the points are still there."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    lapse(world.ledger)
    assert (await world.service.commit(TILL, world.sale("s1", spends=50))).stage is Stage.COMMITTED
    assert world.ledger.balances[PHONE] == START - 50 + 15
