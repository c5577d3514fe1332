"""Keyed operations: each key once in effect."""

from __future__ import annotations

from dataclasses import replace

from gateway.ports import DeliveryState
from gateway.store import SqlStore
from tests.store.rows import NAME, NOON, later, operation

S = DeliveryState


async def _claim(store: SqlStore, at: float = 0, *, holder: str = "w", limit: int = 9) -> list[str]:
    rows = await store.run(
        lambda tx: tx.claim_operations(
            "loyalty", now=later(at), holder=holder, until=later(at + 30), limit=limit
        )
    )
    return [row.key for row in rows]


async def test_a_key_is_stored_once(store: SqlStore) -> None:
    """A till that retries would accrue twice."""
    rows = [operation("k1"), operation("k1", payload={}), operation("k2")]
    assert list(await store.run(lambda tx: tx.put_operations(rows))) == [True, False, True]
    changed = [operation("k1", payload={"other": 1})]
    assert list(await store.run(lambda tx: tx.put_operations(changed))) == [False]
    found = await store.read(lambda tx: tx.operations(["k1", "k3"]))
    assert found == {"k1": operation("k1")}


async def test_operations_are_claimed_oldest_first(store: SqlStore) -> None:
    """A redemption would overtake the accrual before it."""
    rows = [operation(key, due_at=later(at)) for key, at in (("a", 3), ("b", 1), ("c", 2))]
    foreign = operation("d", account="crm")
    await store.run(lambda tx: tx.put_operations([*rows, foreign]))
    assert await _claim(store, 2, limit=1) == ["b"]
    assert await _claim(store, 2) == ["c"]
    assert await _claim(store, 3) == ["a"]


async def test_an_operation_ends_for_its_holder_only(store: SqlStore) -> None:
    """A process that lost its lease would overwrite what its successor knows."""
    await store.run(lambda tx: tx.put_operations([operation("k1")]))
    await _claim(store)
    end = replace(
        operation("k1"),
        state=S.DONE,
        due_at=later(1),
        attempts=1,
        cause_code="ok",
        result={"id": 7, "name": NAME},
    )
    assert not await store.run(lambda tx: tx.settle_operation(end, holder="v"))
    assert await store.run(lambda tx: tx.settle_operation(end, holder="w"))
    assert not await store.run(lambda tx: tx.settle_operation(end, holder="w"))
    assert await store.read(lambda tx: tx.operations(["k1"])) == {"k1": end}
    assert await _claim(store, 999) == []


async def test_a_lost_operation_comes_back_unknown(store: SqlStore) -> None:
    """An accrual that may have happened would be repeated without a probe."""
    await store.run(lambda tx: tx.put_operations([operation("k1")]))
    await _claim(store)
    assert await _claim(store, 29, holder="v") == []
    rows = await store.run(
        lambda tx: tx.claim_operations(
            "loyalty", now=later(30), holder="v", until=later(60), limit=9
        )
    )
    assert [(row.key, row.unknown) for row in rows] == [("k1", True)]


async def test_a_resting_operation_waits_its_time(store: SqlStore) -> None:
    """A vendor that is down would be asked without pause."""
    await store.run(lambda tx: tx.put_operations([operation("k1")]))
    await _claim(store)
    retry = replace(operation("k1"), state=S.RETRY, due_at=later(60), unknown=True)
    await store.run(lambda tx: tx.settle_operation(retry, holder="w"))
    assert await _claim(store, 59) == []
    assert await _claim(store, 60) == ["k1"]
    held = replace(retry, state=S.HELD, due_at=NOON)
    await store.run(lambda tx: tx.settle_operation(held, holder="w"))
    assert await _claim(store, 999) == []
