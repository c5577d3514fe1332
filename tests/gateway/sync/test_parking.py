"""Parking: accounts that are not prepared say why, and pauses reach every process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.canonical import Kind
from gateway.contract import Deferred, Failed, OutcomeUnknown, Rejected, Unavailable
from gateway.ports import Pause
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.parking import Parking
from tests.gateway.contract.fakes import FakeClock
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock, SilentLog, at_once
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.gateway.sync.world import World


class Picky(DictConnector):
    """A connector that cannot make what it needs, until it can."""

    trouble: Exception | None = None

    async def prepare(self) -> None:
        """Fail as told."""
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def world() -> Iterator[World]:
    """One vendor."""
    clock = HeldClock()
    made = World(Vendor("crm", Kind.ORDER, clock, whole_order), clock=clock)
    yield made
    made.close()


def unprepared(world: World) -> str:
    """Return why the account is not prepared, as everybody sees it."""
    states = world.store.now(lambda tx: tx.account_states())
    return states["crm"].unprepared if "crm" in states else ""


@pytest.mark.parametrize(
    "trouble",
    [
        Rejected("no rights to make fields", operation="prepare"),
        Unavailable("the vendor does not answer", operation="prepare"),
    ],
)
def test_an_account_that_is_not_prepared_says_why_until_it_is(
    world: World, trouble: Rejected | Unavailable
) -> None:
    """Nothing would be sent, and no page would say so."""
    connector = Picky(world.vendors["crm"])
    account = replace(world.accounts["crm"], connector=connector)
    parking = Parking(world.store, world.clock, SilentLog())
    connector.trouble = trouble
    assert at_once(parking.prepared(account)) is False
    assert unprepared(world) == trouble.reason
    connector.trouble = None
    assert at_once(parking.prepared(account)) is True
    assert unprepared(world) == ""


async def test_a_process_without_an_engine_obeys_too(world: World) -> None:
    """Tills of a process that only serves would go on calling a paused processor."""
    account = world.accounts["crm"]
    parking = Parking(world.store, world.clock, SilentLog())
    pause = Pause(world.clock.now(), "anna")
    task = asyncio.create_task(parking.obey(world.accounts, pace_s=0.001))
    try:
        for decided in (pause, None):
            world.store.now(lambda tx, one=decided: tx.put_pause("crm", one))  # type: ignore[misc]
            async with asyncio.timeout(10):
                while account.paused is not (decided is not None):  # noqa: ASYNC110 - it signals nobody
                    await asyncio.sleep(0)
            assert account.rests is (decided is not None)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_held_circuit_is_open_whatever_happens() -> None:
    """A success that was under way would end an operator's pause."""
    held = [True]
    circuit = Circuit(CircuitPolicy(failures=1), FakeClock(), held=lambda: held[0])
    circuit.succeeded()
    assert circuit.is_open
    assert not circuit.failed()
    held[0] = False
    assert not circuit.is_open
    assert circuit.failed()


@pytest.mark.parametrize(("error", "opens"), [(OutcomeUnknown, True), (Deferred, False)])
def test_a_vendor_that_takes_a_thing_for_later_is_not_away(
    world: World, error: type[OutcomeUnknown], *, opens: bool
) -> None:
    """A load of many files, none of which is done at once, would stop the account's calls."""
    circuit = Circuit(CircuitPolicy(failures=2), world.clock)
    account = replace(world.accounts["crm"], circuit=circuit)
    parking = Parking(world.store, world.clock, SilentLog())
    for _ in range(3):
        at_once(parking.learn(account, [Failed(error("taken", operation="write"))]))
    assert circuit.is_open is opens
