"""Asking about merges in the store: everybody is written to once, links end with the asking."""

from __future__ import annotations

from dataclasses import replace

from gateway.ports import MergePoint, MergeState, PairRow, PairState
from gateway.store import SqlStore
from tests.store.test_merges import ASKED, HOUR, NOW

POINTS = [MergePoint("m1", 0, "digest-0"), MergePoint("m1", 1, "digest-1")]
FINDINGS: dict[str, list[list[object]]] = {"supports": [], "against": []}


async def begun(store: SqlStore) -> None:
    """Ask for a merge, and begin to write to its person."""
    await store.run(lambda tx: tx.put_merge(ASKED))
    assert await store.run(lambda tx: tx.begin_merge("m1", at=NOW, until=NOW + 2 * HOUR))
    await store.run(lambda tx: tx.put_merge_points(POINTS))


async def test_a_merge_is_begun_once_and_counted(store: SqlStore) -> None:
    """Two processes would both write to him, or more people a day than are allowed."""
    await store.run(lambda tx: tx.put_merge(ASKED))
    later = NOW + HOUR
    assert await store.read(lambda tx: tx.merges_untold(before=later, limit=5)) == ["m1"]
    assert await store.read(lambda tx: tx.merges_untold(before=NOW, limit=5)) == []
    assert await store.run(lambda tx: tx.begin_merge("m1", at=NOW, until=later))
    assert not await store.run(lambda tx: tx.begin_merge("m1", at=NOW, until=later))
    assert await store.read(lambda tx: tx.merges_untold(before=later, limit=5)) == []
    assert await store.read(lambda tx: tx.merges_begun(since=NOW)) == 1
    assert await store.read(lambda tx: tx.merges_begun(since=later)) == 0
    assert await store.read(lambda tx: tx.merges_lapsed(now=NOW, limit=5)) == []
    assert await store.read(lambda tx: tx.merges_lapsed(now=later, limit=5)) == ["m1"]


async def test_a_place_is_claimed_once_until_it_is_released(store: SqlStore) -> None:
    """One message would go twice, or never after a failure."""
    await begun(store)
    assert await store.run(lambda tx: tx.claim_merge_point("m1", 0, at=NOW))
    assert not await store.run(lambda tx: tx.claim_merge_point("m1", 0, at=NOW))
    left = await store.read(lambda tx: tx.untold_merge_points(now=NOW, limit=5))
    assert left == [POINTS[1]]
    await store.run(lambda tx: tx.release_merge_point("m1", 0))
    left = await store.read(lambda tx: tx.untold_merge_points(now=NOW, limit=5))
    assert left == POINTS


async def test_a_link_ends_with_its_asking(store: SqlStore) -> None:
    """An old message would open what was decided long ago."""
    await begun(store)

    async def found(token: str, *, hours: int = 0) -> MergePoint | None:
        now = NOW + hours * HOUR
        return await store.read(lambda tx: tx.merge_by_token(token, now=now))

    assert await found("digest-1") == POINTS[1]
    assert await found("digest-2") is None
    assert await found("digest-1", hours=2) is None
    done = replace(ASKED, state=MergeState.DONE)
    await store.run(lambda tx: tx.swap_merge(done, was=MergeState.ASKED))
    assert await found("digest-1") is None
    assert not await store.read(lambda tx: tx.untold_merge_points(now=NOW, limit=5))


async def test_a_pair_that_was_asked_stays_so_when_it_is_decided_anew(store: SqlStore) -> None:
    """Each scan would ask the person once more."""
    pairs = [
        PairRow((f"c-{one}", "c-9"), PairState.PROPOSED, "score", one, FINDINGS, NOW, NOW)
        for one in (1, 2, 3)
    ]
    await store.run(lambda tx: tx.put_pairs(pairs))

    async def left() -> list[str]:
        rows = await store.read(lambda tx: tx.pairs_to_ask(PairState.PROPOSED, limit=2))
        return [row.id for row in rows]

    assert await left() == ["c-3.c-9", "c-2.c-9"]
    await store.run(lambda tx: tx.note_pairs_asked([pairs[2].pair], at=NOW))
    await store.run(lambda tx: tx.put_pairs([replace(pairs[2], points=50)]))
    assert await left() == ["c-2.c-9", "c-1.c-9"]
