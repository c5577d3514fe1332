"""When a vendor answers again, what had failed because it was away waits no longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.canonical import Kind, Order
from gateway.ports import DeliveryRow, DeliveryState
from gateway.sync.circuit import Circuit, CircuitPolicy
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import Fate, Vendor
from tests.gateway.sync.world import World

PAUSE_S = 5.0


@pytest.fixture
def world() -> Iterator[World]:
    """A shop whose two orders met a crm that was away, until its circuit opened."""
    clock = HeldClock()
    shop, crm = (Vendor(name, Kind.ORDER, clock, whole_order) for name in ("shop", "crm"))
    built = World(shop, crm, clock=clock)
    built.accounts["crm"].circuit = Circuit(CircuitPolicy(failures=1, pause_s=PAUSE_S), clock)
    for number in ("З-1", "З-2"):
        shop.create(Order(number=number, lines=()))
    built.do("pull", "crm")
    built.do("pull", "shop")
    for _ in range(8):
        crm.fates.append(Fate.SURELY_NOT)
        built.do("deliver", "crm")
        clock.move(200)
    yield built
    built.close()


def _waiting(world: World) -> list[DeliveryRow]:
    entities = [link.entity_id for link in world.links("shop").values()]
    rows = world.store.now(lambda tx: tx.deliveries_of(entities))
    return [
        row
        for key in entities
        for row in rows[key]
        if row.account == "crm" and row.state is DeliveryState.RETRY
    ]


def test_the_backlog_of_an_outage_is_due_when_the_vendor_is_back(world: World) -> None:
    """Each record would wait for a delay that grew to minutes while nobody answered."""
    crm = world.vendors["crm"]
    crm.fates.append(Fate.SURELY_NOT)
    world.do("deliver", "crm")
    now = world.clock.now()
    assert [row.due_at > now for row in _waiting(world)] == [True, True]

    world.vendors["shop"].create(Order(number="З-3", lines=()))
    world.do("pull", "shop")
    world.clock.move(1)
    world.do("deliver", "crm")
    assert [record.entity.number for record in crm.records.values()] == ["З-3"]
    assert [row.due_at for row in _waiting(world)] == [world.clock.now()] * 2

    world.do("deliver", "crm")
    assert sorted(str(record.entity.number) for record in crm.records.values()) == [
        "З-1", "З-2", "З-3",
    ]  # fmt: skip
