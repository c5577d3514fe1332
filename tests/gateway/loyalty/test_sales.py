"""Sales: reserve, commit and cancel over a processor that answers, fails, and answers late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.contract import Reason, SaleState, Stage, TillBusy, TillRefused
from gateway.loyalty.sale import told_id
from gateway.ports import SaleProgress
from tests.gateway.loyalty.entries import Entry, Fault
from tests.gateway.loyalty.world import ANNA, TILL, World

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


async def test_a_sale_is_reserved_and_closed(world: World) -> None:
    """Points would not be blocked, taken or earned, or the till not told."""
    held = await world.service.reserve(TILL, world.sale("s1", spends=50))
    assert (held.stage, world.ledger.blocked(PHONE)) == (Stage.RESERVED, Decimal(50))
    done = await world.service.commit(TILL, world.sale("s1", spends=50))
    assert (done.stage, done.replayed, done.degraded) == (Stage.COMMITTED, False, None)
    assert world.ledger.balances[PHONE] == START - 50 + 15
    assert world.ledger.misled == []


async def test_each_step_is_on_disk_before_it_is_sent(world: World) -> None:
    """A process that dies while sending would not know what it may have done."""
    world.disk.is_full = True
    for call in (world.service.reserve, world.service.commit):
        with pytest.raises(TillBusy) as caught:
            await call(TILL, world.sale("s1", spends=50 if call == world.service.reserve else 0))
        assert caught.value.code == "store-full"
    assert world.ledger.calls == []
    world.disk.is_full = False
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    await world.service.commit(TILL, world.sale("s1", spends=50))
    assert [row.progress for row in world.disk.versions] == [
        SaleProgress.RESERVING,
        SaleProgress.RESERVED,
        SaleProgress.COMMITTING,
        SaleProgress.COMMITTED,
    ]


async def test_repeats_are_answered_from_what_is_known(world: World) -> None:
    """A till that did not hear the answer would block or count twice."""
    for call in (world.service.reserve, world.service.commit):
        first = await call(TILL, world.sale("s1", spends=50), key="k" + call.__name__)
        world.clock.move(1)
        again = await call(TILL, world.sale("s1", spends=50), key="k" + call.__name__)
        assert (again.stage, again.replayed) == (first.stage, True)
    assert world.ledger.calls == ["reserve", "commit"]


async def test_repeats_are_recognised_after_a_restart(world: World) -> None:
    """A till that repeats after the gateway's restart would be counted twice."""
    await world.service.commit(TILL, world.sale("s1"), key="k1")
    await world.restart()
    again = await world.service.commit(TILL, world.sale("s1"), key="k1")
    assert (again.stage, again.replayed, world.ledger.calls) == (Stage.COMMITTED, True, ["commit"])


async def test_another_content_under_the_same_id_or_key_is_refused(world: World) -> None:
    """A mixed-up till would overwrite a sale, or be told that another one was done."""
    await world.service.reserve(TILL, world.sale("s1", spends=50), key="k1")
    other = await refusal(lambda: world.service.reserve(TILL, world.sale("s1", spends=60)))
    assert other.code == "sale-differs"
    reused = await refusal(lambda: world.service.commit(TILL, world.sale("s2"), key="k1"))
    step = await refusal(lambda: world.service.commit(TILL, world.sale("s1", spends=50), key="k1"))
    assert (reused.code, step.code) == ("key-reused", "key-reused")
    await world.service.commit(TILL, world.sale("s1", spends=50))
    late = await refusal(lambda: world.service.commit(TILL, world.sale("s1", spends=50, price=120)))
    assert late.code == "sale-differs"


async def test_tills_may_number_their_sales_alike(world: World) -> None:
    """The second till's first sale of the day would be taken for the first till's."""
    other = replace(TILL, name="till-2")
    for caller in (TILL, other):
        assert (await world.service.commit(caller, world.sale("1"))).stage is Stage.COMMITTED
    assert world.ledger.balances[PHONE] == START + 40


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param(Fault.AWAY, Reason.AWAY, id="away"),
        pytest.param(Fault.LOST_BEFORE, Reason.AWAY, id="lost before"),
        pytest.param(Fault.LOST_AFTER, Reason.AWAY, id="lost after"),
        pytest.param(Fault.LATE, Reason.AWAY, id="late"),
        pytest.param(Fault.LIMITED, Reason.LIMITED, id="limited"),
        pytest.param(Fault.BUG, Reason.AWAY, id="bug"),
        pytest.param(Fault.DENIED, Reason.AWAY, id="credentials"),
    ],
)
async def test_a_reserve_that_is_not_answered_is_undone(
    world: World, fault: Fault, reason: Reason
) -> None:
    """Points would stay blocked for a sale that spends none."""
    world.ledger.script.append(fault)
    deal = await world.service.reserve(TILL, world.sale("s1", spends=50))
    assert deal.stage is Stage.UNAVAILABLE
    assert deal.degraded is not None
    assert deal.degraded.reason is reason
    sold = await world.service.commit(TILL, world.sale("s1"))
    assert sold.stage is Stage.COMMITTED
    await world.settle()
    assert (world.ledger.blocked(PHONE), world.ledger.balances[PHONE]) == (NONE, START + 20)
    assert world.ledger.misled == []


@pytest.mark.parametrize("fault", [Fault.AWAY, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.BUG])
@pytest.mark.parametrize("spends", [0, 50])
async def test_a_commit_that_is_not_answered_counts_once(
    world: World, fault: Fault, spends: int
) -> None:
    """A closed receipt would be lost, or counted twice."""
    if spends:
        await world.service.reserve(TILL, world.sale("s1", spends=spends))
    world.ledger.script += [fault, Fault.AWAY, fault]
    deal = await world.service.commit(TILL, world.sale("s1", spends=spends))
    assert deal.stage is Stage.ACCEPTED
    await world.restart()
    await world.settle()
    assert world.progress("s1") is SaleProgress.COMMITTED
    earned = Decimal(200 - spends) / 10
    assert world.ledger.balances[PHONE] == START - spends + earned
    assert world.ledger.misled == []


async def test_a_refused_reserve_is_told_and_the_sale_goes_on(world: World) -> None:
    """The cashier would not learn that the points are not there, or could not close the sale."""
    told = await refusal(lambda: world.service.reserve(TILL, world.sale("s1", spends=900)))
    assert told.code == "processor-refused"
    again = await world.service.reserve(TILL, world.sale("s1", spends=90))
    assert again.stage is Stage.RESERVED
    assert (await world.service.commit(TILL, world.sale("s1", spends=90))).stage is Stage.COMMITTED


async def test_points_of_nobody_are_a_member_unknown(world: World) -> None:
    """The cashier would hear of a fault instead of an unknown member."""
    world.ledger.balances.clear()
    told = await refusal(lambda: world.service.reserve(TILL, world.sale("s1", spends=50)))
    assert (told.code, world.progress("s1")) == ("member-unknown", SaleProgress.CANCELLED)


async def test_a_closed_sale_is_not_cancelled(world: World) -> None:
    """A closed receipt would vanish from the programme."""
    await world.service.commit(TILL, world.sale("s1"))
    assert (await refusal(lambda: world.service.cancel(TILL, "s1"))).code == "sale-committed"


async def test_a_refused_commit_waits_for_a_person(world: World) -> None:
    """A receipt that the processor refuses would be repeated for ever, or be forgotten."""
    taken = Entry(None, SaleState.CANCELLED, NONE)
    world.ledger.entries[told_id("till-1:s1")] = taken
    deal = await world.service.commit(TILL, world.sale("s1"))
    assert (deal.stage, world.progress("s1")) == (Stage.REFUSED, SaleProgress.DEAD)
    again = await world.service.commit(TILL, world.sale("s1"))
    assert (again.stage, again.replayed) == (Stage.REFUSED, True)


async def test_the_circuit_lets_nobody_wait(world: World) -> None:
    """Each till would wait its whole deadline for a processor that is known to be away."""
    world.circuit = replace(world.circuit, failures=2, pause_s=30.0)
    world.build()
    world.ledger.script += [Fault.AWAY] * 2
    for name in ("s1", "s2"):
        await world.service.commit(TILL, world.sale(name))
    assert world.processors["main"].circuit.is_open
    calls = len(world.ledger.calls)
    assert (await world.service.commit(TILL, world.sale("s3"))).stage is Stage.ACCEPTED
    held = await world.service.reserve(TILL, world.sale("s4", spends=50))
    assert (held.stage, len(world.ledger.calls)) == (Stage.UNAVAILABLE, calls)
    assert "till-1:s4" not in world.disk.rows
    await world.settle()
    assert world.ledger.balances[PHONE] == START + 60


async def test_what_nobody_can_explain_becomes_a_persons_case(world: World) -> None:
    """A fault of a connector would hold the till's later receipts for ever."""
    world.ledger.script += [Fault.BUG] * 20
    await world.service.commit(TILL, world.sale("s1"))
    await world.settle()
    assert (world.progress("s1"), world.disk.rows["till-1:s1"].cause_code) == (
        SaleProgress.DEAD,
        "unexplained",
    )
