"""Our own database is away while a vendor is told: its share of a limit cannot be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.canonical import Customer, Kind, PersonName
from gateway.contract import Change, Outcome, StoreError
from gateway.sync.policy import RetryPolicy
from tests.gateway.sync.findings import differences
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import Vendor
from tests.gateway.sync.world import World


class Limited(Vendor):
    """A vendor whose limit is shared through a database that is away, before or after a write."""

    away = 0
    after = False

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        """Write, unless the limit cannot be asked for."""
        if not self.after:
            self._ask()
        outcomes = await Vendor.write(self, changes)
        if self.after:
            self._ask()
        return outcomes

    def _ask(self) -> None:
        if self.away:
            self.away -= 1
            msg = "the database does not answer"
            raise StoreError(msg)


@pytest.mark.parametrize("after", [False, True])
def test_a_telling_outlives_any_absence_of_the_store_and_is_told_once(*, after: bool) -> None:
    """It would be given up like a connector's mistake, and never reach the vendor."""
    clock = HeldClock()
    shop = Vendor("shop", Kind.CUSTOMER, clock, lambda entity, _: entity)
    crm = Limited("crm", Kind.CUSTOMER, clock, lambda entity, _: entity)
    crm.away, crm.after = 2 * RetryPolicy().unexplained, after
    world = World(shop, crm, clock=clock)
    shop.create(Customer(name=PersonName(first="Анна", last="Ёлкина")))
    world.settle_down()
    assert len(crm.records) == 1
    assert differences(world) == []
    assert not world.store.now(lambda tx: tx.dead_letters(state="open", account="crm", limit=9))
