"""Doubt: a telling without an answer that a reading has shown to have arrived."""

from __future__ import annotations

from gateway.canonical import Customer, Kind, PersonName
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import Fate, Vendor
from tests.gateway.sync.world import World


def keep(entity: Customer, known: Customer | None) -> Customer:
    """Hold everything."""
    del known
    return entity


def named(first: str) -> PersonName:
    """Return a name."""
    return PersonName(first=first)


def test_a_telling_that_was_seen_to_arrive_is_under_way_no_more() -> None:
    """No merge would ever be done; and a person's edit back to it would be lost as its echo."""
    clock = HeldClock()
    shop, crm = (Vendor(name, Kind.CUSTOMER, clock, keep) for name in ("shop", "crm"))
    world = World(shop, crm, clock=clock)
    record = shop.create(Customer(name=named("Анна")))
    world.settle_down()
    ((other, link),) = world.links("crm").items()
    shop.edit(record, name=named("Яна"))
    world.do("pull", "shop")
    crm.fates.append(Fate.DONE_UNANSWERED)
    world.do("deliver", "crm")
    assert world.links("crm")[other].inflight
    world.do("pull", "crm")
    clock.move(4000)
    world.do("deliver", "crm")
    assert world.links("crm")[other].inflight == ()
    for first in ("Жанна", "Яна"):
        clock.move(10)
        crm.edit(other, name=named(first))
        world.do("pull", "crm")
        assert world.entity(link.entity_id).fields["name/first"] == first
    world.close()
