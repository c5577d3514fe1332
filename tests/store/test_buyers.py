"""Buyers who are awaited: found once they have a record at that account, and not for ever."""

from __future__ import annotations

from gateway.canonical import Kind
from gateway.ports import AwaitedBuyer, LinkRow
from gateway.store import SqlStore
from tests.store.rows import NOON, later


def _awaited(entity_id: str, external_id: str = "17", account: str = "crm") -> AwaitedBuyer:
    return AwaitedBuyer(account, external_id, entity_id, Kind.ORDER, NOON)


async def test_buyers_are_found_by_their_record_at_that_account(store: SqlStore) -> None:
    """An order would be given to another account's customer, or to another vendor's order."""
    rows = [_awaited("o-1"), _awaited("o-2"), _awaited("o-3", "18"), _awaited("o-4", "17", "shop")]
    await store.run(lambda tx: tx.await_buyers([*rows, _awaited("o-1")]))
    links = [
        LinkRow("c-1", Kind.CUSTOMER, "crm", "17", {}), LinkRow("o-9", Kind.ORDER, "crm", "18", {}),
    ]  # fmt: skip
    assert await store.read(lambda tx: tx.seen_buyers(limit=9)) == []
    await store.run(lambda tx: tx.put_links(links))
    found = await store.read(lambda tx: tx.seen_buyers(limit=9))
    assert sorted(found, key=lambda one: one.entity_id) == rows[:2]
    await store.run(lambda tx: tx.end_awaiting(rows[:1]))
    assert await store.read(lambda tx: tx.seen_buyers(limit=9)) == rows[1:2]
    assert await store.run(lambda tx: tx.purge_awaited(before=NOON, limit=9)) == 0
    assert await store.run(lambda tx: tx.purge_awaited(before=later(9), limit=9)) == 3
