"""Batches: what a person chose is frozen as it was, and worked off row by row."""

from __future__ import annotations

from dataclasses import replace

from gateway.ports import ChoiceState, LetterBatch, LetterChoice, LetterFilter
from gateway.store import SqlStore
from tests.store.rows import NOON, HeldClock, later, letter

BATCH = LetterBatch(
    "b1", "drop", "olga", LetterFilter(account="loyalty", cause_code="rejected", until=later(5)),
    begun_at=later(6), reason="согласовано с Алёной",
)  # fmt: skip


async def _chosen(store: SqlStore) -> None:
    rows = [letter(f"l{n}", subject=f"c{n}", last_at=later(n)) for n in range(9)]
    rows += [
        letter("other", subject="c20", cause_code="other"),
        letter("crm", subject="c21", account="crm"),
        letter("closed", subject="c22"),
    ]
    await store.run(lambda tx: tx.put_dead(rows))
    await store.run(lambda tx: tx.close_dead("delivery", "c22", "loyalty", state="replayed"))
    assert await store.run(lambda tx: tx.put_batch(BATCH)) == 6


async def test_a_choice_is_what_was_there(store: SqlStore) -> None:
    """A decision would sweep other letters along, or such as came after the look."""
    await _chosen(store)
    await store.run(lambda tx: tx.put_dead([letter("new", subject="c30", last_at=later(1))]))
    choices = await store.read(lambda tx: tx.batch_choices("b1", limit=99))
    assert choices == [LetterChoice(f"l{n}", later(n)) for n in range(6)]
    assert await store.read(lambda tx: tx.letter_batch("b1")) == replace(BATCH, chosen=6)
    assert await store.read(lambda tx: tx.letter_batch("b2")) is None
    after = await store.read(lambda tx: tx.batch_choices("b1", limit=2, after="l3"))
    assert [one.letter_id for one in after] == ["l4", "l5"]


async def test_what_was_decided_is_not_decided_again(store: SqlStore) -> None:
    """After a restart letters would be replayed twice, or counted twice."""
    await _chosen(store)
    done = LetterChoice("l0", NOON, ChoiceState.DONE, "it is sent again", 7)
    left = LetterChoice("l1", NOON, ChoiceState.LEFT, "it was dropped already")
    await store.run(lambda tx: tx.note_choices("b1", [done, left]))
    await store.run(lambda tx: tx.note_choices("b1", [replace(left, state=ChoiceState.DONE)]))
    waiting = await store.read(lambda tx: tx.batch_waiting("b1", limit=2))
    assert [one.letter_id for one in waiting] == ["l2", "l3"]
    first, second, *_ = await store.read(lambda tx: tx.batch_choices("b1", limit=9))
    assert (first, second) == (done, replace(left, last_at=later(1)))
    batch = await store.read(lambda tx: tx.letter_batch("b1"))
    assert batch == replace(BATCH, chosen=6, done=1, left=1)


async def test_batches_are_open_until_they_end(store: SqlStore, clock: HeldClock) -> None:
    """Nobody would go on with what a dead process left."""
    await _chosen(store)
    second = replace(BATCH, id="b2", begun_at=later(7), reason="")
    assert await store.run(lambda tx: tx.put_batch(second)) == 6
    found = await store.read(lambda tx: tx.open_batches(limit=9))
    assert [one.id for one in found] == ["b1", "b2"]
    listed = await store.read(lambda tx: tx.letter_batches(limit=1))
    assert [one.id for one in listed] == ["b2"]
    place = (listed[0].begun_at, listed[0].id)
    listed = await store.read(lambda tx: tx.letter_batches(limit=9, before=place))
    assert [one.id for one in listed] == ["b1"]
    clock.move(9)
    await store.run(lambda tx: tx.end_batch("b1", now=clock.now()))
    await store.run(lambda tx: tx.end_batch("b1", now=later(99)))
    (left,) = await store.read(lambda tx: tx.open_batches(limit=9))
    assert left.id == "b2"
    ended = await store.read(lambda tx: tx.letter_batch("b1"))
    assert ended is not None
    assert ended.ended_at == later(9)


async def test_old_batches_are_forgotten_with_their_letters(store: SqlStore) -> None:
    """What is never deleted fills the disk; what is open must stay."""
    await _chosen(store)
    await store.run(lambda tx: tx.put_batch(replace(BATCH, id="b2")))
    await store.run(lambda tx: tx.end_batch("b1", now=later(9)))
    assert await store.run(lambda tx: tx.purge_batches(before=later(9), limit=9)) == 0
    assert await store.run(lambda tx: tx.purge_batches(before=later(10), limit=9)) == 1
    assert not await store.read(lambda tx: tx.batch_choices("b1", limit=9))
    assert len(await store.read(lambda tx: tx.batch_choices("b2", limit=9))) == 6
