"""One-time codes: what the store keeps of them, on each engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.ports import CodeRow, CodeState, Tx
from gateway.store import SqlStore
from tests.store.rows import NOON


def row(number: int, recipient: str = "phone:aa", *, minutes: float = 0) -> CodeRow:
    """Return a code that was made so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return CodeRow(
        f"c{number}", recipient, "till-1", "spending", f"d{number}", at, at + timedelta(minutes=5)
    )


async def test_codes_come_back_whole_and_newest_first(store: SqlStore) -> None:
    """An older code would be confirmed instead of the one that was sent last."""
    rows = [row(1), row(2, minutes=1), row(3, "phone:bb", minutes=2), row(4, minutes=-60)]
    await store.run(lambda tx: tx.put_codes(rows))
    found = await store.read(lambda tx: tx.codes_of("phone:aa", since=NOON))
    assert list(found) == [rows[1], rows[0]]


async def test_state_and_tries_are_replaced_and_nothing_else(store: SqlStore) -> None:
    """A try would prolong the code, or give it to somebody else."""
    await store.run(lambda tx: tx.put_codes([row(1)]))
    changed = replace(
        row(1), state=CodeState.USED, tries=2, expires_at=NOON + timedelta(days=9), digest="x"
    )
    await store.run(lambda tx: tx.put_codes([changed]))
    (found,) = await store.read(lambda tx: tx.codes_of("phone:aa", since=NOON))
    assert found == replace(row(1), state=CodeState.USED, tries=2)


async def test_old_codes_are_deleted_in_batches(store: SqlStore) -> None:
    """The table would grow for ever, or lose the tries of today."""
    await store.run(lambda tx: tx.put_codes([row(number, minutes=number) for number in range(5)]))
    before = NOON + timedelta(minutes=8)

    def purge(tx: Tx) -> int:
        return tx.purge_codes(before=before, limit=2)

    assert [await store.run(purge) for _ in range(3)] == [2, 1, 0]
    found = await store.read(lambda tx: tx.codes_of("phone:aa", since=NOON))
    assert [one.id for one in found] == ["c4", "c3"]
