"""Idempotent receiver: nothing twice, and no change hidden by a duplicate."""

from __future__ import annotations

from gateway.ports import InboxState
from gateway.store import SqlStore
from tests.store.rows import NOON, HeldClock, hint, later


async def test_a_token_is_worked_on_once(store: SqlStore) -> None:
    """A repeated webhook would be worked on twice."""
    first = await store.run(lambda tx: tx.receive([hint("a"), hint("a2", token="t-a"), hint("b")]))
    again = await store.run(lambda tx: tx.receive([hint("a3", token="t-a")]))
    assert (list(first), list(again)) == ([True, False, True], [False])
    assert [row.id for row in await store.read(lambda tx: tx.due_inbox(now=NOON, limit=9))] == [
        "a",
        "b",
    ]


async def test_the_same_token_of_another_account_is_another_hint(store: SqlStore) -> None:
    """Two vendors that number their events alike would hide each other's changes."""
    rows = [hint("a", token="1"), hint("b", token="1", account="crm")]
    assert list(await store.run(lambda tx: tx.receive(rows))) == [True, True]


async def test_a_hint_that_comes_while_its_twin_is_in_work_is_looked_at_again(
    store: SqlStore,
) -> None:
    """A change made after the record was read would be lost."""
    await store.run(lambda tx: tx.receive([hint("a")]))
    taken = await store.run(lambda tx: tx.take_inbox(["a", "z"], holder="w", until=later(9)))
    assert list(taken) == [hint("a")]
    assert list(await store.run(lambda tx: tx.receive([hint("a")]))) == [False]
    await store.run(lambda tx: tx.finish_inbox(["a"], state=InboxState.DONE, now=later(5)))
    assert [row.id for row in await store.read(lambda tx: tx.due_inbox(now=later(5), limit=9))] == [
        "a"
    ]


async def test_a_finished_hint_that_comes_again_is_new_under_its_new_id(store: SqlStore) -> None:
    """The wake-up of the repeated hint would name a row that is not there."""
    await store.run(lambda tx: tx.receive([hint("a")]))
    await store.run(lambda tx: tx.take_inbox(["a"], holder="w", until=later(9)))
    await store.run(lambda tx: tx.finish_inbox(["a"], state=InboxState.DONE, now=later(1)))
    repeated = hint("b", token="t-a", received_at=later(60), event="order.paid")
    assert list(await store.run(lambda tx: tx.receive([repeated]))) == [True]
    (row,) = await store.run(lambda tx: tx.take_inbox(["b"], holder="w", until=later(99)))
    assert (row.event, row.repeats, row.received_at) == ("order.paid", 1, later(60))


async def test_a_finished_hint_that_comes_again_under_the_same_id_is_new(store: SqlStore) -> None:
    """Ids derived from the token would make every repetition look like a duplicate."""
    await store.run(lambda tx: tx.receive([hint("a")]))
    await store.run(lambda tx: tx.take_inbox(["a"], holder="w", until=later(9)))
    await store.run(lambda tx: tx.finish_inbox(["a"], state=InboxState.INVALID, now=NOON))
    assert list(await store.run(lambda tx: tx.receive([hint("a")]))) == [True]


async def test_a_row_in_work_is_taken_only_after_its_lease(
    store: SqlStore, clock: HeldClock
) -> None:
    """Two workers would process one hint, or nobody would after a crash."""
    await store.run(lambda tx: tx.receive([hint("a")]))
    await store.run(lambda tx: tx.take_inbox(["a"], holder="dead", until=later(30)))
    assert not await store.run(lambda tx: tx.take_inbox(["a"], holder="w", until=later(60)))
    assert not await store.read(lambda tx: tx.due_inbox(now=later(29), limit=9))
    assert len(await store.read(lambda tx: tx.due_inbox(now=later(31), limit=9))) == 1
    clock.move(31)
    assert len(await store.run(lambda tx: tx.take_inbox(["a"], holder="w", until=later(60)))) == 1


async def test_a_released_row_waits_and_counts_its_attempts(store: SqlStore) -> None:
    """A failing source would be asked without pause or for ever."""
    await store.run(lambda tx: tx.receive([hint("a")]))
    await store.run(lambda tx: tx.take_inbox(["a"], holder="w", until=later(9)))
    await store.run(lambda tx: tx.release_inbox(["a"], due_at=later(60)))
    assert not await store.read(lambda tx: tx.due_inbox(now=later(59), limit=9))
    (row,) = await store.read(lambda tx: tx.due_inbox(now=later(60), limit=9))
    assert row.attempts == 1


async def test_due_rows_come_oldest_first_and_limited(store: SqlStore) -> None:
    """The relay would starve old hints while new ones keep coming."""
    rows = [hint(key, received_at=later(at)) for key, at in (("c", 3), ("a", 1), ("b", 2))]
    await store.run(lambda tx: tx.receive(rows))
    found = await store.read(lambda tx: tx.due_inbox(now=later(9), limit=2))
    assert [row.id for row in found] == ["a", "b"]


async def test_purge_keeps_what_is_open(store: SqlStore) -> None:
    """Retention would delete hints that are not worked on yet."""
    await store.run(lambda tx: tx.receive([hint("old"), hint("new"), hint("busy")]))
    await store.run(lambda tx: tx.take_inbox(["old", "busy"], holder="w", until=later(9)))
    await store.run(lambda tx: tx.finish_inbox(["old"], state=InboxState.DONE, now=NOON))
    counts = await store.run(
        lambda tx: tx.purge(
            inbox_before=later(1), journal_before=NOON, letters_before=NOON, limit=9
        )
    )
    assert counts == {"inbox": 1, "journal": 0, "dead_letter": 0}
    left = await store.read(lambda tx: tx.due_inbox(now=later(99), limit=9))
    assert sorted(row.id for row in left) == ["busy", "new"]


async def test_a_message_is_noted_as_finished_and_told_from_its_repetition(store: SqlStore) -> None:
    """A message that was merged with its receipt would be looked up at its source once more."""
    first = await store.run(
        lambda tx: tx.note_messages([hint("a"), hint("b"), hint("a2", token="t-a")])
    )
    again = await store.run(lambda tx: tx.note_messages([hint("c", token="t-b")]))
    assert (list(first), list(again)) == ([True, True, False], [False])
    assert list(await store.read(lambda tx: tx.due_inbox(now=later(99), limit=9))) == []
    assert list(await store.run(lambda tx: tx.receive([hint("d", token="t-b")]))) == [True]
    (row,) = await store.run(lambda tx: tx.take_inbox(["d"], holder="w", until=later(9)))
    assert row.repeats == 2
