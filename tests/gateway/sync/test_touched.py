"""Touched: a write that changes another record at the vendor makes that one be read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.canonical import Customer, Kind, Order, PersonName
from gateway.contract import Change, EntityReader, EntityWriter, Observed, Outcome, Written
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.incoming import Incoming
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.gateway.sync.world import World


class Accruing(Vendor):
    """A vendor at which every order changes its buyer."""

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        """Write, and tell who was touched."""
        outcomes = await Vendor.write(self, changes)
        return [
            replace(one, touched=((Kind.CUSTOMER, "crm-1"),)) if isinstance(one, Written) else one
            for one in outcomes
        ]


@dataclass(slots=True)
class Loyalty(DictConnector):
    """A connector that reads members and writes orders."""

    orders: Vendor | None = None

    @property
    def readers(self) -> Mapping[Kind, EntityReader[Any]]:
        """Members."""
        return {Kind.CUSTOMER: self.vendor}

    @property
    def writers(self) -> Mapping[Kind, EntityWriter[Any]]:
        """Orders."""
        assert self.orders is not None
        return {Kind.ORDER: self.orders}


@pytest.mark.parametrize("reads", [True, False])
def test_record_that_was_touched_is_read_again(*, reads: bool) -> None:
    """Points that an order earned stay unknown, because the vendor has no stream of changes."""
    clock = HeldClock()
    members = Vendor("crm", Kind.CUSTOMER, clock, lambda entity, _: entity)
    orders = Accruing("crm", Kind.ORDER, clock, whole_order)
    world = World(Vendor("shop", Kind.ORDER, clock, whole_order), members, clock=clock)
    every, none = frozenset(Kind), frozenset[Kind]()
    world.accounts["crm"] = Account(
        "crm", Loyalty(members, orders=orders), Flow(every if reads else none, every, every),
        Circuit(CircuitPolicy(), clock),
    )  # fmt: skip
    members.create(Customer(name=PersonName(first="Анна")))
    order = Observed("o-1", Order(number="К-17"))
    world.store.now(
        lambda tx: world.applier.apply(tx, [Incoming("shop", Kind.ORDER, order, 0, "c")])
    )
    world.do("deliver", "crm")
    later = clock.now().replace(year=2040)
    rows = world.store.now(lambda tx: tx.due_inbox(now=later, limit=10))
    world.close()

    wanted = [("crm", Kind.CUSTOMER, "crm-1")] if reads else []
    assert [(row.account, row.kind, row.external_id) for row in rows] == wanted
