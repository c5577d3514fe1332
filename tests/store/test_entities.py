"""Snapshots, links and look-up keys come back as they were put."""

from __future__ import annotations

from functools import partial

from gateway.canonical import Kind
from gateway.ports import Tx
from gateway.store import SqlStore
from tests.store.rows import customer, in_order, later, link


async def test_snapshots_come_back_whole(store: SqlStore) -> None:
    """A value of the snapshot would change on its way through the store."""
    rows = [customer("c1"), customer("c2", fields={}, origins={}, deleted=True, version=9)]
    await store.run(lambda tx: tx.put_entities(rows))
    found = await store.read(lambda tx: tx.entities(["c2", "c1", "none"]))
    assert found == {row.id: row for row in rows}
    locked = await store.run(lambda tx: tx.entities(["c2", "c1"], lock=True))
    assert locked == found


async def test_a_snapshot_is_replaced(store: SqlStore) -> None:
    """An old field would survive in the new version."""
    await store.run(lambda tx: tx.put_entities([customer("c1")]))
    new = customer("c1", version=2, fields={"email": "a@b.ru"}, origins={}, changed_at=later(5))
    await store.run(lambda tx: tx.put_entities([customer("c1"), new]))
    assert await store.read(lambda tx: tx.entities(["c1"])) == {"c1": new}


async def test_links_are_found_from_both_sides(store: SqlStore) -> None:
    """An entity would be created twice at a vendor that has it."""
    rows = [link("c1"), link("c1", "crm", external_id=None, inflight=(), told_at=None), link("c2")]
    await store.run(lambda tx: tx.put_links(rows))
    assert await store.read(lambda tx: tx.links("shop", Kind.CUSTOMER, ["x-c1", "no"])) == {
        "x-c1": link("c1")
    }
    assert not await store.read(lambda tx: tx.links("shop", Kind.ORDER, ["x-c1"]))
    of = await store.read(lambda tx: tx.links_of(["c1", "c3"]))
    assert list(of["c1"]) == [rows[1], rows[0]]
    assert list(of["c3"]) == []


async def test_a_link_moves_between_entities_in_one_put(store: SqlStore) -> None:
    """A merge of two customers would fail on the id that passes from one to the other."""
    await store.run(lambda tx: tx.put_links([link("c2", external_id="77")]))
    moved = [link("c1", external_id="77"), link("c2", external_id=None)]
    await store.run(lambda tx: tx.put_links(moved))
    found = await store.read(lambda tx: tx.links("shop", Kind.CUSTOMER, ["77"]))
    assert found["77"].entity_id == "c1"


async def test_look_up_digests_are_replaced(store: SqlStore) -> None:
    """A customer would be found by a phone that was taken away, or not by the new one."""
    await store.run(lambda tx: tx.put_matches({"c1": ["p1", "p2", "p1"]}))
    await store.run(lambda tx: tx.put_matches({"c2": ["p2"]}))
    await store.run(lambda tx: tx.put_matches({"c1": ["p2", "p3"]}))
    found = await store.read(lambda tx: tx.match(["p1", "p2", "p3"]))
    assert {digest: list(ids) for digest, ids in found.items()} == {
        "p2": ["c1", "c2"],
        "p3": ["c1"],
    }
    await store.run(lambda tx: tx.put_matches({"c1": []}))
    assert list((await store.read(lambda tx: tx.match(["p3"])))["p3"]) == []


async def test_marks_only_grow(store: SqlStore) -> None:
    """An echo could not be told from a change made after the last telling."""
    given = [await store.run(lambda tx: tx.next_mark()) for _ in range(3)]
    assert given == sorted(set(given))


async def test_a_key_may_be_locked_again_by_its_holder(store: SqlStore) -> None:
    """Works of one group that share a key would wait for each other for ever."""
    locks: tuple[list[str], ...] = (["b", "a", "b"], ["a"], [])
    works = [partial(_lock, keys=keys) for keys in locks]
    assert await store.run(in_order(*works)) == [None] * 3


def _lock(tx: Tx, *, keys: list[str]) -> None:
    tx.lock_keys(keys)
