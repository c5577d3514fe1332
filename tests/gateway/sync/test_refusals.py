"""Refusals: what two vendors refuse for good does not wake one another for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.canonical import Customer, Kind, PersonName
from gateway.contract import Change, Failed, Outcome, Rejected
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import Vendor
from tests.gateway.sync.world import World


class Stubborn(Vendor):
    """A vendor that makes customers and refuses every edit of them."""

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        """Create, and refuse."""
        if all(change.external_id is None for change in changes):
            return await Vendor.write(self, changes)
        self.writes += 1
        return [Failed(Rejected("no such card here")) for _ in changes]


@pytest.mark.parametrize("edits", [1, 3])
def test_two_refusals_come_to_rest(edits: int) -> None:
    """Each account's look-up before a repeat would be a reason for the other one to repeat."""
    clock = HeldClock()
    shop = Vendor("shop", Kind.CUSTOMER, clock, lambda entity, _: entity)
    crm = Stubborn("crm", Kind.CUSTOMER, clock, lambda entity, _: entity)
    cdp = Stubborn("cdp", Kind.CUSTOMER, clock, lambda entity, _: entity)
    world = World(shop, crm, cdp, clock=clock)
    external_id = shop.create(Customer(name=PersonName(first="Анна", last="Ёлкина")))
    world.settle_down()
    for number in range(edits):
        clock.move(60)
        shop.edit(external_id, name=PersonName(first="Анна", last=f"Ежова-{number}"))
        world.settle_down()
    told = crm.writes + cdp.writes
    world.close()

    # One creation each, and one try for each edit: nothing else was a reason to try.
    assert told == 2 + 2 * edits
