"""Many letters at once: as they were when the operator looked, each decided once, none forgotten.

Each test named after a complaint stands for what operators of other systems reported.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from gateway.ops.batches import STEP, Choice
from gateway.ops.faults import NotFound, Refused
from gateway.ops.letters_upkeep import LettersUpkeep
from gateway.ops.replay import Decision, Deed
from gateway.ops.sayings import Saying
from gateway.ports import DeliveryState
from gateway.store.schema import made_engine, parsed
from tests.gateway.ops.house import House, eventually
from tests.gateway.ops.letter_shelf import (
    decisions_about,
    fail_again,
    looked_at,
    open_ids,
    shelve,
    stage_of,
    state_of,
)

REPLAY = Decision(Deed.REPLAY, "olga")
DROP = Decision(Deed.DROP, "olga", "согласовано")


async def test_a_group_replay_takes_no_others(house: House) -> None:
    """ServiceControl: retrying a group took other messages with it."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        rows = await shelve(foundation, range(5))
        await shelve(foundation, [20], code="OTHER")
        await shelve(foundation, [21], account="shop")
        choice = await looked_at(stage)
        await shelve(foundation, [10, 11])  # they came after the look
        await fail_again(foundation, rows[2], later_s=60)  # and this one failed again
        batch = await stage.batches.begin(choice, REPLAY)
        done = await stage.batches.work_off(batch.id)
        assert (done.chosen, done.done, done.left, done.waiting) == (4, 4, 0, 0)
        assert done.ended_at is not None
        left = await open_ids(stage.letters)
        assert left == {"l0002", "l0010", "l0011", "l0020", "l0021"}


async def test_what_failed_again_while_a_batch_waited_is_left(house: House) -> None:
    """Nobody has looked at the new failure; replaying it would be a guess."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        rows = await shelve(foundation, range(3))
        batch = await stage.batches.begin(await looked_at(stage), REPLAY)
        await fail_again(foundation, rows[1], later_s=60)
        await foundation.store.run(
            lambda tx: tx.close_dead("delivery", rows[2].subject, "crm", state="dropped")
        )
        await stage.batches.work_off(batch.id)
        page = await stage.batches.letters(batch.id)
        assert [(one.id, one.done, one.saying) for one in page.letters] == [
            ("l0000", True, Saying.SENT),
            ("l0001", False, Saying.FAILED_AGAIN),
            ("l0002", False, Saying.WAS_DROPPED),
        ]
        assert await open_ids(stage.letters) == {"l0001"}


async def test_dropped_ones_do_not_come_back(house: House) -> None:
    """ServiceControl: archived messages came back with a group that was retried later."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        await shelve(foundation, range(4))
        choice = await looked_at(stage)
        await stage.replayer.drop(["l0000", "l0003"], reason="нет покупателя", who="olga")
        batch = await stage.batches.begin(choice, REPLAY)
        done = await stage.batches.work_off(batch.id)
        assert (done.chosen, done.done) == (2, 2)
        for entity_id, state in (("c-0000", DeliveryState.DEAD), ("c-0001", DeliveryState.DUE)):
            assert await state_of(foundation, entity_id) is state
        assert (await stage.letters.show("l0000")).state == "dropped"


async def test_what_is_said_to_be_replayed_is_due(house: House) -> None:
    """Wolverine: marked as replayable, and never replayed."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        rows = await shelve(foundation, range(3))
        batch = await stage.batches.begin(await looked_at(stage), REPLAY)
        await stage.batches.work_off(batch.id)
        ids = [row.subject for row in rows]
        found = await foundation.store.read(lambda tx: tx.deliveries_of(ids))
        states = {one.state for entity_id in ids for one in found[entity_id]}
        assert states == {DeliveryState.DUE}


async def test_a_restart_leaves_none_behind_and_decides_none_twice(house: House) -> None:
    """ServiceControl: after a restart some messages of a retried group stayed where they were."""
    count = 3 * STEP + 5
    async with house.foundation() as foundation:
        await shelve(foundation, range(count))
        stage = stage_of(foundation)
        batch = await stage.batches.begin(await looked_at(stage), REPLAY)
        halfway = await stage.batches.work_off(batch.id, most=STEP + 7)
        assert (halfway.done, halfway.ended_at) == (STEP + 7, None)
    async with house.gateway() as gateway:  # another process, later
        later = stage_of(gateway.foundation)

        async def ended() -> object:
            return (await later.batches.show(batch.id)).ended_at

        await eventually(ended, bool)
        done = await later.batches.show(batch.id)
        assert (done.chosen, done.done, done.left) == (count, count, 0)
        counts = [
            await decisions_about(gateway.foundation, f"c-{number:04}") for number in range(count)
        ]
        assert counts == [1] * count


async def test_the_same_choice_again_has_no_second_effect(house: House) -> None:
    """Who is not sure whether the button took would press it again."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        await shelve(foundation, range(3))
        choice = await looked_at(stage)
        for expected in (3, 0):
            batch = await stage.batches.begin(choice, DROP)
            done = await stage.batches.work_off(batch.id)
            assert (done.chosen, done.done, bool(done.ended_at)) == (expected, expected, True)
        view = await stage.letters.show("l0001")
        assert (view.state, view.note) == ("dropped", "olga: согласовано")


async def test_two_processes_share_a_batch(house: House) -> None:
    """Two gateways and a command line would each replay the whole group."""
    async with house.foundation() as first, house.foundation() as second:
        await shelve(first, range(2 * STEP))
        one, two = stage_of(first), stage_of(second)
        batch = await one.batches.begin(await looked_at(one), REPLAY)
        await one.batches.work_off(batch.id, most=STEP)
        done = await two.batches.work_off(batch.id)
        assert (done.done, done.left, bool(done.ended_at)) == (2 * STEP, 0, True)


async def test_one_broken_letter_does_not_hold_up_the_others(house: House) -> None:
    """A batch would stand still for ever at a row that cannot be read."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        await shelve(foundation, range(5))
        with made_engine(parsed(house.url)).begin() as connection:
            connection.execute(sa.text("UPDATE dead_letter SET request = x'00' WHERE id = 'l0002'"))
        batch = await stage.batches.begin(await looked_at(stage), REPLAY)
        done = await stage.batches.work_off(batch.id)
        assert (done.done, done.left, bool(done.ended_at)) == (4, 1, True)
        page = await stage.batches.letters(batch.id)
        assert [one.saying for one in page.letters if not one.done] == [Saying.FAULT]
        assert await open_ids(stage.letters) == {"l0002"}


async def test_more_than_was_seen_is_refused(house: House) -> None:
    """A letter with an early clock could slip into the choice."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        await shelve(foundation, range(3))
        choice = await looked_at(stage)
        await shelve(foundation, [10, 11, 12], account="shop")
        wider = Choice(cause_code=choice.cause_code, seen=choice.seen)
        with pytest.raises(Refused, match="6 letters now, you saw 3"):
            await stage.batches.begin(wider, DROP)
        with pytest.raises(Refused, match="not everything at once"):
            await stage.batches.begin(Choice(), DROP)
        batches, following = await stage.batches.list()
        assert (batches, following) == ((), None)
        with pytest.raises(NotFound):
            await stage.batches.show("none")


async def test_batches_and_their_letters_come_in_pages(house: House) -> None:
    """Fifty thousand lines in one page would be none."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        await shelve(foundation, range(5))
        choice = await looked_at(stage)
        made = [(await stage.batches.begin(choice, DROP)).id for _ in range(3)]
        first, following = await stage.batches.list(limit=2)
        rest, end = await stage.batches.list(limit=2, after=following or "")
        assert [one.id for one in (*first, *rest)] == made[::-1]
        assert end is None
        page = await stage.batches.letters(made[0], limit=3)
        assert [one.text for one in page.letters] == ["it waits for its turn"] * 3
        more = await stage.batches.letters(made[0], limit=3, after=page.following or "")
        assert [one.id for one in more.letters] == ["l0003", "l0004"]
        assert more.following is None


async def test_the_upkeep_goes_on_after_a_fault(house: House) -> None:
    """One bad moment of the store would end the work for good."""
    async with house.gateway() as gateway:
        stage = stage_of(gateway.foundation)
        assert isinstance(gateway.letters, LettersUpkeep)
        await shelve(gateway.foundation, range(3))
        batch = await stage.batches.begin(await looked_at(stage), DROP)

        async def ended() -> object:
            return (await stage.batches.show(batch.id)).ended_at

        assert await eventually(ended, bool)
