"""A processor that an operator pauses: tills go on selling, and nothing of it is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.contract import Reason, Stage
from gateway.sync.circuit import Circuit
from tests.gateway.loyalty.ledger import Ledger
from tests.gateway.loyalty.test_sales import PHONE, START
from tests.gateway.loyalty.world import TILL, World


@pytest.fixture
def world() -> World:
    """A member with points."""
    made = World()
    made.ledger.balances[PHONE] = START
    return made


async def test_sales_are_kept_while_it_is_paused_and_told_after(world: World) -> None:
    """A pause of the processor would close the shops, or lose what they sold."""
    paused = True
    circuit = Circuit(world.circuit, world.clock, held=lambda: paused)
    world.processors["main"].circuit = circuit
    ledger: Ledger = world.ledger
    assert (await world.service.commit(TILL, world.sale("s1"))).stage is Stage.ACCEPTED
    held = await world.service.reserve(TILL, world.sale("s2", spends=50))
    assert held.stage is Stage.UNAVAILABLE
    assert held.degraded is not None
    assert held.degraded.reason is Reason.AWAY
    await world.settle(seconds=60.0, steps=3)
    assert ledger.calls == []
    paused = False
    await world.settle()
    assert ledger.balances[PHONE] == START + Decimal(20)
    assert ledger.misled == []
