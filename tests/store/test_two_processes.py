"""Two stores on one PostgreSQL, as two processes are: nothing is shared twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from gateway.canonical import Kind
from gateway.ports import Tx
from gateway.store import SqlStore, upgrade
from tests.store.conftest import OpenStore
from tests.store.rows import NOON, customer, due, hint, in_order, later, link, operation

pytestmark = pytest.mark.services
WAIT_S = 10


@pytest.fixture
def pair(postgres_schema: str, open_it: OpenStore) -> tuple[SqlStore, SqlStore]:
    """Two stores on one database."""
    upgrade(postgres_schema)
    return open_it(postgres_schema), open_it(postgres_schema)


class Held:
    """A work that stays inside its transaction until it is let go."""

    def __init__(self, store: SqlStore, before: Callable[[Tx], object]) -> None:
        self.inside = threading.Event()
        self._go = threading.Event()

        def work(tx: Tx) -> object:
            made = before(tx)
            self.inside.set()
            assert self._go.wait(WAIT_S)
            return made

        self._task = asyncio.create_task(store.run(work))

    async def begun(self) -> None:
        """Wait until it has done its part and holds its locks."""
        assert await asyncio.to_thread(self.inside.wait, WAIT_S)

    async def end(self) -> object:
        """Let it commit."""
        self._go.set()
        return await self._task


async def test_two_claimers_never_share_a_row(pair: tuple[SqlStore, SqlStore]) -> None:
    """A customer would be told twice."""
    ids = [f"c{n:03}" for n in range(120)]
    await pair[0].run(lambda tx: tx.mark_due([due(key) for key in ids]))
    await pair[0].run(lambda tx: tx.put_operations([operation(key) for key in ids]))
    await pair[0].run(lambda tx: tx.receive([hint(key) for key in ids]))

    def claim(tx: Tx) -> list[list[str]]:
        until = later(30)
        return [
            [r.entity_id for r in tx.claim("loyalty", ids, now=NOON, holder="w", until=until)],
            [
                r.key
                for r in tx.claim_operations("loyalty", now=NOON, holder="w", until=until, limit=50)
            ],
            [r.id for r in tx.take_inbox(ids[::-1], holder="w", until=until)],
        ]

    got = await asyncio.gather(*(store.run(claim) for _ in range(4) for store in pair))
    for kind in range(3):
        taken = [key for claimed in got for key in claimed[kind]]
        assert len(taken) == len(set(taken))
        assert set(taken) == set(ids)


async def test_a_claimer_skips_what_another_holds(pair: tuple[SqlStore, SqlStore]) -> None:
    """One slow transaction would hold up all deliveries of the account."""
    await pair[0].run(lambda tx: tx.mark_due([due("c1"), due("c2")]))

    def claim(*ids: str) -> Callable[[Tx], list[str]]:
        return lambda tx: [
            row.entity_id for row in tx.claim("loyalty", ids, now=NOON, holder="w", until=later(9))
        ]

    held = Held(pair[0], claim("c1"))
    await held.begun()
    assert await asyncio.wait_for(pair[1].run(claim("c1", "c2")), WAIT_S) == ["c2"]
    assert await held.end() == ["c1"]


@pytest.mark.parametrize("how", ["keys", "rows"])
async def test_locks_serialise(pair: tuple[SqlStore, SqlStore], how: str) -> None:
    """Two processes would merge into one customer at once, and one change would be lost."""
    await pair[0].run(lambda tx: tx.put_entities([customer("c1")]))

    def lock(tx: Tx) -> int:
        if how == "keys":
            tx.lock_keys(["phone:1", "c1"])
        return tx.entities(["c1"], lock=how == "rows")["c1"].version

    held = Held(pair[0], in_order(lock, lambda tx: tx.put_entities([customer("c1", version=2)])))
    await held.begun()
    other = asyncio.create_task(pair[1].run(lock))
    free = await pair[1].read(lambda tx: tx.entities(["c1"])["c1"].version)
    assert not other.done()
    await held.end()
    assert (free, await other) == (1, 2)


async def test_opposite_lock_orders_end_in_both_works_done(
    pair: tuple[SqlStore, SqlStore],
) -> None:
    """A deadlock between two processes would fail a caller.

    Which of them is undone, and how often they meet again, is the database's affair.
    """
    await pair[0].run(lambda tx: tx.put_entities([customer("a"), customer("b")]))
    met = threading.Barrier(2)

    def cross(first: str, second: str) -> Callable[[Tx], int]:
        runs: list[int] = []

        def work(tx: Tx) -> int:
            runs.append(1)
            tx.entities([first], lock=True)
            if len(runs) == 1:
                met.wait(WAIT_S)
            tx.entities([second], lock=True)
            return len(runs)

        return work

    runs = await asyncio.gather(pair[0].run(cross("a", "b")), pair[1].run(cross("b", "a")))
    assert sum(runs) > len(runs), "they never met"


async def test_a_cursor_is_moved_by_one_process_only(pair: tuple[SqlStore, SqlStore]) -> None:
    """Both pollers would believe that they own the page."""

    def move(old: str | None, new: str) -> Callable[[Tx], bool]:
        return lambda tx: tx.move_checkpoint("shop", "orders", old=old, new=new, now=NOON)

    for old, new in ((None, "p1"), ("p1", "p2")):
        moved = await asyncio.gather(*(store.run(move(old, new)) for store in pair))
        assert sorted(moved) == [False, True]


async def test_a_link_made_by_both_is_made_once(pair: tuple[SqlStore, SqlStore]) -> None:
    """The loser of a race would fail instead of finding the winner's link."""
    looked = threading.Event()

    def adopt(entity_id: str) -> Callable[[Tx], str]:
        def work(tx: Tx) -> str:
            known = tx.links("shop", Kind.CUSTOMER, ["77"])
            if entity_id == "c2":
                looked.set()
            if not known:
                tx.put_links([link(entity_id, external_id="77")])
            return known["77"].entity_id if known else entity_id

        return work

    held = Held(pair[0], adopt("c1"))
    await held.begun()
    loser = asyncio.create_task(pair[1].run(adopt("c2")))
    assert await asyncio.to_thread(looked.wait, WAIT_S)
    await held.end()
    assert await loser == "c1"


async def test_marks_and_budgets_are_common(pair: tuple[SqlStore, SqlStore]) -> None:
    """Two processes would give the same mark, or each use the vendor's whole limit."""
    marks = [await store.run(lambda tx: tx.next_mark()) for _ in range(3) for store in pair]
    assert marks == sorted(set(marks))
    waits = [await store.reserve("shop", calls=1, interval_s=60) for store in pair]
    assert waits == pytest.approx([0, 60], abs=15)
