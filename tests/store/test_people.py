"""Journal and dead letters: what people look at."""

from __future__ import annotations

from dataclasses import replace

from gateway.store import SqlStore
from tests.store.rows import NOON, HeldClock, later, letter, sentence


async def test_a_story_is_told_in_order(store: SqlStore) -> None:
    """The newest sentences would be missing or stand upside down."""
    rows = [sentence("c1", f"step.{step}", at=later(step)) for step in range(5)]
    await store.run(lambda tx: tx.write_journal([*rows, sentence("c2")]))
    story = await store.read(lambda tx: tx.story("c1", limit=3))
    assert [replace(row, id=0) for row in story] == rows[2:]
    assert [row.id for row in story] == sorted({row.id for row in story})


async def test_happenings_are_counted_by_what_they_were(store: SqlStore) -> None:
    """The metrics would count sentences instead of happenings."""
    rows = [sentence("c1", count=3), sentence("c2"), sentence("", "polled", outcome="empty")]
    await store.run(lambda tx: tx.write_journal(rows))
    assert await store.read(lambda tx: tx.count_journal()) == {
        ("loyalty", "delivered", "done"): 4,
        ("loyalty", "polled", "empty"): 1,
    }


async def test_one_letter_is_open_for_a_subject(store: SqlStore) -> None:
    """Each failure would add a letter, or the first failure's time would be lost."""
    await store.run(lambda tx: tx.put_dead([letter("l1")]))
    newer = letter("l2", first_at=later(9), last_at=later(9), cause="новая причина", attempts=5)
    await store.run(lambda tx: tx.put_dead([newer, letter("l3", account="crm")]))
    found = await store.read(lambda tx: tx.dead_letters(state="open", account=None, limit=9))
    assert list(found) == [
        replace(newer, id="l1", first_at=NOON),
        letter("l3", account="crm"),
    ]
    assert await store.read(lambda tx: tx.dead_letter("l2")) is None


async def test_an_open_letter_is_edited_under_its_id(store: SqlStore) -> None:
    """An operator's correction would be refused because the id exists."""
    await store.run(lambda tx: tx.put_dead([letter("l1")]))
    edited = letter("l1", request={"email": "верно@пример.рф"}, note="исправлено")
    await store.run(lambda tx: tx.put_dead([edited]))
    assert await store.read(lambda tx: tx.dead_letter("l1")) == edited


async def test_a_closed_letter_leaves_room_for_a_new_one(store: SqlStore) -> None:
    """A subject that fails again after a replay would have no letter."""
    await store.run(lambda tx: tx.put_dead([letter("l1")]))
    closed = await store.run(
        lambda tx: tx.close_dead("delivery", "c1", "loyalty", state="replayed", note="ок")
    )
    again = await store.run(lambda tx: tx.close_dead("delivery", "c1", "loyalty", state="dropped"))
    assert (closed, again) == (1, 0)
    await store.run(lambda tx: tx.put_dead([letter("l2")]))
    assert await store.read(lambda tx: tx.dead_letter("l1")) == letter(
        "l1", state="replayed", note="ок"
    )
    assert await store.read(lambda tx: tx.dead_letter("l2")) == letter("l2")
    assert await store.read(lambda tx: tx.count_dead()) == {("loyalty", "rejected"): 1}


async def test_letters_are_listed_newest_first(store: SqlStore) -> None:
    """An operator would look for the last failure at the end."""
    rows = [letter(f"l{n}", subject=f"c{n}", last_at=later(n)) for n in range(3)]
    await store.run(lambda tx: tx.put_dead(rows))
    found = await store.read(lambda tx: tx.dead_letters(state="open", account="loyalty", limit=2))
    assert [row.id for row in found] == ["l2", "l1"]
    assert not await store.read(lambda tx: tx.dead_letters(state="open", account="crm", limit=2))


async def test_purge_forgets_old_sentences_and_closed_letters(
    store: SqlStore, clock: HeldClock
) -> None:
    """Retention would delete open letters or keep personal data for ever."""
    clock.move(5)
    await store.run(lambda tx: tx.write_journal([sentence("c1"), sentence("c1", at=later(9))]))
    await store.run(lambda tx: tx.put_dead([letter("l1"), letter("l2", subject="c2")]))
    await store.run(lambda tx: tx.close_dead("delivery", "c1", "loyalty", state="dropped"))

    async def purge(letters: float) -> object:
        return await store.run(
            lambda tx: tx.purge(
                inbox_before=NOON, journal_before=later(5), letters_before=later(letters), limit=9
            )
        )

    assert await purge(5) == {"inbox": 0, "journal": 1, "dead_letter": 0}
    assert await purge(6) == {"inbox": 0, "journal": 0, "dead_letter": 1}
    assert await store.read(lambda tx: tx.dead_letter("l2")) is not None
