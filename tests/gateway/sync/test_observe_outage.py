"""A database that goes away while a record is read costs its outage, and not a lease as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

from gateway.canonical import Kind, Order
from gateway.contract import StoreError
from gateway.ports import Tx
from tests.gateway.sync.operating import FillingStore
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock, at_once
from tests.gateway.sync.vendors import Vendor
from tests.gateway.sync.world import ALL, World

R = TypeVar("R")


class GoneStore(FillingStore):
    """A store that goes away after so many works."""

    left = 0

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run a work while there are some left."""
        self.full = self.full or self.left == 0
        self.left -= 1
        return await super().run(work)


@pytest.fixture
def world() -> Iterator[World]:
    """A shop that has called about one order."""
    clock = HeldClock()
    vendors = [Vendor(name, Kind.ORDER, clock, whole_order) for name in ("shop", "crm")]
    built = World(*vendors, clock=clock, store=GoneStore(clock))
    built.store.left = -1  # type: ignore[attr-defined]  # as many as it takes
    external_id = built.vendors["shop"].create(Order(number="З-1", lines=()))
    built.hint("shop", external_id, "t-1")
    yield built
    built.close()


@pytest.mark.parametrize("works", [1, 2])
def test_what_was_taken_is_given_back_when_the_store_is_back(world: World, works: int) -> None:
    """Every record in work would wait for the end of a lease after each restart of a database."""
    store = world.store
    assert isinstance(store, GoneStore)
    store.left = works
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            store.full, store.left = False, -1

    observer = replace(world.core().observer, sleep=pause)
    (row,) = store.now(lambda tx: tx.due_inbox(now=world.clock.now(), limit=ALL))
    at_once(observer.observe([row.id]))
    assert len(pauses) == 2
    (again,) = store.now(lambda tx: tx.due_inbox(now=world.clock.now(), limit=ALL))
    assert (again.id, again.attempts) == (row.id, 1)
    world.settle_down()
    assert [order.entity.number for order in world.vendors["crm"].records.values()] == ["З-1"]


def test_a_store_that_takes_nothing_leaves_the_row_as_it_was(world: World) -> None:
    """A row that was never taken must not be given back: another process may have it."""
    store = world.store
    assert isinstance(store, GoneStore)
    (row,) = store.now(lambda tx: tx.due_inbox(now=world.clock.now(), limit=ALL))
    store.left = 0
    with pytest.raises(StoreError):
        at_once(world.core().observer.observe([row.id]))
    store.full, store.left = False, -1
    assert store.now(lambda tx: tx.due_inbox(now=world.clock.now(), limit=ALL)) == [row]
