"""A merge and a till that spends the points of either, at one moment, on one PostgreSQL.

Whichever of the two is first holds its transaction open, with all its locks, until the other one
waits for a lock of it, as the database itself tells, or has done its part: without the lock it
would read what is not there any more.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any, TypeVar

import psycopg
import pytest

from gateway.contract import Kept, Sale
from gateway.identity.merging.service import Merging, Wanted
from gateway.loyalty.house.estate import HouseEstate
from gateway.loyalty.house.processing import House
from gateway.ports import MergeState, Tx
from gateway.store import Sealer, SqlStore, open_store, upgrade
from gateway.sync.apply import Applier
from gateway.sync.ownership import Ownership
from tests.gateway.loyalty.house.conftest import KEY
from tests.gateway.loyalty.house.couple import put_customer
from tests.gateway.loyalty.house.shop import Clock, Shop, line, rules, sale, shop_on

pytestmark = pytest.mark.services
R = TypeVar("R")
WAIT_S = 10.0
SPENT = Decimal("8.01")
WAITING = """
    SELECT count(*) FROM pg_locks AS waiting WHERE NOT waiting.granted AND EXISTS (
        SELECT FROM pg_locks AS held JOIN pg_class ON pg_class.oid = held.relation
        WHERE held.pid = waiting.pid AND relnamespace = current_schema()::regnamespace
    )
"""
"""How many transactions in the test's own schema wait for a lock."""


class Gated:
    """A process's store: it tells when a transaction begins, and holds the next one if asked."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._store: SqlStore = open_store(url, sealer=Sealer([KEY]), clock=clock)
        self.worked, self.go = threading.Event(), threading.Event()
        self.holds = False

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run a work; a held one stays in its transaction when it has done its part."""
        holds, self.holds = self.holds, False

        def told(tx: Tx) -> R:
            made = work(tx)
            self.worked.set()
            if holds:
                assert self.go.wait(WAIT_S)
            return made

        return await self._store.run(told)

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Read."""
        return await self._store.read(work)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a store has
        """Have the rest of a store."""
        return getattr(self._store, name)


class Scene:
    """Two processes on one database: one merges, one sells."""

    def __init__(self, url: str) -> None:
        numbers, clock = count(1), Clock()
        self.url = url
        self.office, self.till = (Gated(url, clock) for _ in range(2))
        stores: list[Any] = [self.office, self.till]
        self.shop: Shop = shop_on(stores[0], rules(), clock)
        self.house = House(stores[1], self.shop.programme, clock)
        self.applier = Applier(
            {}, Ownership(), self.shop.programme.digester, clock,
            lambda kind: f"{kind[0]}-{next(numbers)}", lambda: f"i-{next(numbers)}",
        )  # fmt: skip
        self.merging = Merging(
            stores[0], clock, self.applier, lambda: f"g-{next(numbers)}", (), 60.0,
            lambda _: None, HouseEstate(self.shop.programme),
        )  # fmt: skip
        self.members: list[str] = []
        self.merge_id = ""
        self.waited = False

    async def open(self) -> None:
        """Let two customers have 20 and 7.33 points, and be found to be one."""
        for number, points in ((1, "20"), (2, "7.33")):
            await self.office.run(partial(put_customer, applier=self.applier, number=number))
            self.members.append(await self.shop.member(number, points))
        wish = Wanted("c-1", "c-2", "operator", "olga")
        row = await self.office.run(lambda tx: self.merging.propose_in(tx, wish))
        self.merge_id = row.id

    async def at_once(
        self, first: Gated, work: Awaitable[R], second: Gated, other: Callable[[], Awaitable[Any]]
    ) -> R:
        """Do both: the second comes as far as it can while the first has all but committed."""
        first.worked.clear()
        first.holds = True
        one = asyncio.ensure_future(work)
        assert await asyncio.to_thread(first.worked.wait, WAIT_S)
        second.worked.clear()
        two = asyncio.ensure_future(other())
        async with asyncio.timeout(WAIT_S):
            self.waited = await asyncio.to_thread(self._comes_to_a_stop, second)
        first.go.set()
        made = await asyncio.wait_for(one, WAIT_S)
        await asyncio.wait_for(two, WAIT_S)
        return made

    async def race(self, first: str, made: Sale) -> tuple[Kept, Kept]:
        """Merge, reserve and commit, two of them at once, the named one first of these."""

        async def merge() -> None:
            await self.merging.work_off()

        async def reserve() -> None:
            reserved.append(await self.house.reserve(made, key="r"))

        reserved: list[Kept] = []
        if first == "merge":
            await self.at_once(self.office, merge(), self.till, reserve)
        elif first == "reserve":
            await self.at_once(self.till, reserve(), self.office, merge)
        else:
            await reserve()
        committing = self.house.commit(made, reserved[0], key="c")
        if first != "commit":
            return reserved[0], await committing
        return reserved[0], await self.at_once(self.till, committing, self.office, merge)

    def _comes_to_a_stop(self, process: Gated) -> bool:
        """Ask the database until a process waits for a lock; False when it has done its part."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not process.worked.is_set():
                found = connection.execute(WAITING).fetchone()
                if found is not None and found[0]:
                    return True
        return False

    async def available(self) -> list[Decimal]:
        """Points of both members as the till sees them."""
        accounts = [(await self.house.balance(one))[0] for one in self.members]
        return [one.available.points for one in accounts if one.available is not None]


@pytest.fixture
async def scene(postgres_schema: str) -> AsyncIterator[Scene]:
    """Two processes."""
    upgrade(postgres_schema)
    made = Scene(postgres_schema)
    await made.open()
    yield made
    for process in (made.office, made.till):
        await process.close()


@pytest.mark.parametrize("spender", [0, 1], ids=["the survivor's", "the absorbed one's"])
@pytest.mark.parametrize("first", ["merge", "reserve", "commit"])
async def test_a_merge_and_a_till_neither_make_nor_lose_a_kopeck(
    scene: Scene, first: str, spender: int
) -> None:
    """Points that are being spent would be moved as well, or be moved and not be found."""
    whose = scene.members[spender]
    spends = min(SPENT, [Decimal(20), Decimal("7.33")][spender])
    made: Sale = sale("s", whose, line(price="20"), spends=str(spends))

    kept, done = await scene.race(first, made)
    assert scene.waited
    assert (await scene.merging.get(scene.merge_id)).state is MergeState.DONE
    assert done.points_earned is not None
    left = Decimal("27.33") - spends + done.points_earned.points
    assert await scene.available() == [left, left]
    assert sum((await scene.shop.sums()).values()) == 0
    again = await scene.house.commit(made, kept, key="c")
    assert (again.reference, again.points_earned) == (done.reference, done.points_earned)
    assert await scene.available() == [left, left]
    undone = await scene.merging.undo(scene.merge_id, who="olga")
    assert undone.back is not None
    assert sum(await scene.available()) == left
    assert sum((await scene.shop.sums()).values()) == 0
