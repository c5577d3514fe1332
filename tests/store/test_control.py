"""What processes agree on: cursors, leases, states of accounts, shared budgets."""

from __future__ import annotations

import pytest

from gateway.ports import AccountState, Checkpoint, DeliveryState, Tx
from gateway.store import SqlStore
from tests.store.rows import NOON, HeldClock, due, hint, in_order, later, operation


async def test_a_cursor_moves_only_from_where_it_was(store: SqlStore) -> None:
    """Two pollers would move a feed back and forth, and skip pages."""

    async def move(old: str | None, new: str, at: float) -> bool:
        return await store.run(
            lambda tx: tx.move_checkpoint("shop", "orders", old=old, new=new, now=later(at))
        )

    assert await store.read(lambda tx: tx.checkpoint("shop", "orders")) is None
    assert [await move("p0", "p1", 1), await move(None, "p1", 2), await move(None, "p9", 3)] == [
        False,
        True,
        False,
    ]
    assert [await move("p0", "p9", 4), await move("p1", "p2", 5)] == [False, True]
    expected = Checkpoint("shop", "orders", "p2", later(5))
    assert await store.read(lambda tx: tx.checkpoint("shop", "orders")) == expected


async def test_a_lease_has_one_holder(store: SqlStore) -> None:
    """Two processes would do a duty that only one may do, or none after a crash."""

    async def take(holder: str, at: float) -> bool:
        return await store.run(
            lambda tx: tx.lease("poll", holder=holder, now=later(at), until=later(at + 30))
        )

    assert [await take("a", 0), await take("b", 29), await take("a", 20)] == [True, False, True]
    assert [await take("b", 49), await take("b", 50), await take("a", 51)] == [False, True, False]


async def test_leases_of_rows_are_renewed_for_their_holder(
    store: SqlStore, clock: HeldClock
) -> None:
    """A slow delivery would be taken over while it runs."""
    await _work_on_all(store, "a")
    await store.run(lambda tx: tx.renew_leases(holders=["b"], until=later(500)))
    await store.run(lambda tx: tx.renew_leases(holders=["a"], until=later(100)))
    clock.move(99)
    assert await _take_over(store, 99) == (0, 0, 0)
    clock.move(1)
    assert await _take_over(store, 100) == (1, 1, 1)


async def test_all_leases_end_at_the_start_of_a_lone_process(
    store: SqlStore, clock: HeldClock
) -> None:
    """After a kill the embedded gateway would wait for its own dead leases."""
    await _work_on_all(store, "dead")
    await store.run(lambda tx: tx.lease("poll", holder="dead", now=NOON, until=later(30)))
    clock.move(1)
    await store.run(lambda tx: tx.end_leases(now=later(1)))
    assert await _take_over(store, 1) == (1, 1, 1)
    assert await store.run(lambda tx: tx.lease("poll", holder="b", now=later(1), until=later(9)))


async def _work_on_all(store: SqlStore, holder: str) -> None:
    until = later(30)
    await store.run(
        in_order(
            lambda tx: tx.receive([hint("a")]),
            lambda tx: tx.mark_due([due("c1")]),
            lambda tx: tx.put_operations([operation("k1")]),
            lambda tx: tx.take_inbox(["a"], holder=holder, until=until),
            lambda tx: tx.claim("loyalty", ["c1"], now=NOON, holder=holder, until=until),
            lambda tx: tx.claim_operations(
                "loyalty", now=NOON, holder=holder, until=until, limit=1
            ),
        )
    )


async def _take_over(store: SqlStore, at: float) -> tuple[int, int, int]:
    now, until = later(at), later(at + 30)
    return await store.run(
        lambda tx: (
            len(tx.take_inbox(["a"], holder="b", until=until)),
            len(tx.claim("loyalty", ["c1"], now=now, holder="b", until=until)),
            len(tx.claim_operations("loyalty", now=now, holder="b", until=until, limit=1)),
        )
    )


async def test_account_states_are_shared(store: SqlStore) -> None:
    """An account that one process parked would be called by another."""
    parked = AccountState("crm", parked=True, reason="ключ отклонён", since=NOON, failures=3)
    await store.run(lambda tx: tx.put_account_state(AccountState("crm")))
    await store.run(lambda tx: tx.put_account_state(parked))
    await store.run(lambda tx: tx.put_account_state(AccountState("shop", open_until=later(5))))
    assert await store.read(lambda tx: tx.account_states()) == {
        "crm": parked,
        "shop": AccountState("shop", open_until=later(5)),
    }


async def test_slots_of_a_budget_are_an_interval_apart(store: SqlStore) -> None:
    """The vendor's limit would be broken, or one account would wait for another."""
    waits = [await store.reserve("shop", calls=2, interval_s=30) for _ in range(3)]
    assert waits == pytest.approx([0, 60, 120], abs=15)
    assert await store.reserve("crm", calls=1, interval_s=30) == pytest.approx(0, abs=0.01)


async def test_a_failed_work_leaves_nothing(store: SqlStore) -> None:
    """A failed work would leave its first half in the store."""

    def fail(_: Tx) -> None:
        msg = "stop"
        raise LookupError(msg)

    with pytest.raises(LookupError, match="stop"):
        await store.run(in_order(lambda tx: tx.mark_due([due("c1")]), fail))
    assert not await store.read(
        lambda tx: tx.list_deliveries(states=list(DeliveryState), account=None, limit=1)
    )
