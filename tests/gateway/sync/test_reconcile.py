"""What may have been told already is read before it is told again, also when reading is trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from gateway.canonical import Kind, Order
from gateway.contract import Reading, Unavailable
from gateway.ports import DeliveryState
from tests.gateway.sync.findings import differences
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import Fate, Vendor
from tests.gateway.sync.world import World

Trouble = Callable[[Sequence[str]], Exception | None]


@pytest.fixture
def world() -> Iterator[World]:
    """Two orders at the shop whose creation at the crm was never answered."""
    clock = HeldClock()
    shop, crm = (Vendor(name, Kind.ORDER, clock, whole_order) for name in ("shop", "crm"))
    built = World(shop, crm, clock=clock)
    for number in ("К-1", "К-2"):
        shop.create(Order(number=number, manager_comment="Новый", lines=()))
    built.do("pull", "crm")
    built.do("pull", "shop")
    crm.fates.append(Fate.DONE_UNANSWERED)
    built.do("deliver", "crm")
    clock.move(5)
    yield built
    built.close()


def troubled(monkeypatch: pytest.MonkeyPatch, trouble: Trouble) -> None:
    """Let reading by id fail as ``trouble`` says."""
    real = Vendor.get

    async def get(vendor: Vendor, external_ids: Sequence[str]) -> Reading[Any]:
        error = trouble(external_ids)
        if error is not None:
            raise error
        return await real(vendor, external_ids)

    monkeypatch.setattr(Vendor, "get", get)


def states(world: World) -> list[DeliveryState]:
    """States of all deliveries to the crm."""
    entities = sorted(link.entity_id for link in world.links("shop").values())
    found = world.store.now(lambda tx: tx.deliveries_of(entities))
    return [row.state for key in entities for row in found[key] if row.account == "crm"]


def test_nothing_is_told_while_the_record_cannot_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor that takes writes and answers no reads would be written over blindly."""
    crm = world.vendors["crm"]
    told = crm.told
    with monkeypatch.context() as during:
        troubled(during, lambda _: Unavailable("away"))
        world.do("deliver", "crm")
    assert states(world) == [DeliveryState.RETRY] * 2
    assert crm.told == told
    world.settle_down()
    assert crm.told == told
    assert states(world) == [DeliveryState.DONE] * 2
    assert differences(world) == []


def test_a_record_that_breaks_the_connector_holds_no_other_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One poisonous record would keep its whole batch from ever being told."""

    def trouble(external_ids: Sequence[str]) -> Exception | None:
        return KeyError("statusId") if "crm-1" in external_ids else None

    troubled(monkeypatch, trouble)
    world.do("deliver", "crm")
    assert sorted(states(world)) == [DeliveryState.DONE, DeliveryState.RETRY]


def test_a_reading_that_overlaps_with_another_is_made_again(world: World) -> None:
    """Of two readings that were under way at once nobody knows which one is older."""
    crm = world.vendors["crm"]
    flight = world.start("deliver", "crm")
    world.step(flight)  # looked up
    world.step(flight)  # read, not merged yet
    world.clock.move(1)
    crm.edit("crm-1", manager_comment="Собран")
    world.do("pull", "crm")
    while not flight.done:
        world.step(flight)
    world.settle_down()
    assert {record.entity.manager_comment for record in crm.records.values()} == {"Собран", "Новый"}
    assert differences(world) == []
