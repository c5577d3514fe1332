"""Rehearsals: what would be told to whom is said before it is told, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.ops.faults import Refused
from gateway.ops.rehearse import REMARKS, Remark, Telling
from gateway.ops.sayings import SAYINGS, Saying
from gateway.ports import AccountState, DeliveryState, Tx
from tests.gateway.ops import fake_vendor
from tests.gateway.ops.house import CUSTOMER, FIRST, PLANTED, House, eventually, hint, letters
from tests.gateway.ops.letter_shelf import looked_at, shelve, stage_of, state_of
from tests.store.rows import letter, operation


def codes(telling: Telling) -> set[Remark]:
    """Return what is remarked."""
    return {one.remark for one in telling.remarks}


async def test_a_rehearsed_edit_says_what_each_account_would_be_told(house: House) -> None:
    """An operator would find out in the shop what he has changed there."""
    async with house.after_refusal() as gateway:
        stage = stage_of(gateway.foundation)
        (one,) = await letters(gateway.foundation)
        edited = await stage.editor.edit(one.id, [f"name/first={FIRST}"], who="olga", rehearse=True)
        crm, shop = edited.tellings
        assert (crm.account, crm.creates, crm.version) == ("crm", True, 2)
        assert ("name/first", None, "А***") in {(f.path, f.before, f.after) for f in crm.fields}
        assert (shop.account, shop.creates) == ("shop", False)
        assert [(f.path, f.before, f.after) for f in shop.fields] == [
            ("name/first", "А***", "А***")
        ]
        assert not [secret for secret in PLANTED if secret in repr(edited)]
        assert (await letters(gateway.foundation))[0].id == one.id


async def test_an_edit_without_effect_where_it_was_refused_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator would correct a field that this system cannot hold, and wonder."""

    def held(_: object, entity: Any, known: Any) -> Any:  # noqa: ANN401 - any kind
        del known
        return entity.model_copy(update={"birth_date": None})

    async with house.after_refusal() as gateway:
        monkeypatch.setattr(fake_vendor.Room, "held", held)
        stage = stage_of(gateway.foundation)
        (one,) = await letters(gateway.foundation)
        edited = await stage.editor.edit(
            one.id, ["birth_date=1990-05-01"], who="olga", rehearse=True
        )
        assert codes(edited.tellings[0]) >= {Remark.CANNOT_HOLD, Remark.NO_EFFECT}
        (cannot,) = [r for r in edited.tellings[0].remarks if r.remark is Remark.CANNOT_HOLD]
        assert cannot.paths == ("birth_date",)
        useful = await stage.editor.edit(one.id, [f"name/first={FIRST}"], who="olga", rehearse=True)
        assert not codes(useful.tellings[0]) & {Remark.CANNOT_HOLD, Remark.NO_EFFECT}


async def test_an_edit_of_a_version_that_was_not_seen_is_refused(house: House) -> None:
    """A correction that was shown against one version would be made over another."""
    async with house.after_refusal() as gateway:
        stage = stage_of(gateway.foundation)
        (one,) = await letters(gateway.foundation)
        with pytest.raises(Refused, match="version 1 now, you looked at 7"):
            await stage.editor.edit(one.id, [f"name/first={FIRST}"], who="olga", version=7)
        done = await stage.editor.edit(one.id, [f"name/first={FIRST}"], who="olga", version=1)
        assert done.told == ("crm", "shop")


async def test_a_second_edit_is_not_ignored(house: House) -> None:
    """ServiceControl: of two edits of one message the second was lost."""
    async with house.after_refusal() as gateway:
        stage = stage_of(gateway.foundation)
        (first,) = await letters(gateway.foundation)
        await stage.editor.edit(first.id, ["name/first=Алёна8"], who="olga")
        again = await eventually(
            lambda: letters(gateway.foundation), lambda rows: rows and rows[0].id != first.id
        )
        await stage.editor.edit(again[0].id, [f"name/first={FIRST}"], who="olga")

        async def names() -> list[str]:
            return [row["name/first"] for row in house.vendor("crm").read()["customer"].values()]

        assert await eventually(names, bool) == [FIRST]
        assert await eventually(lambda: letters(gateway.foundation), lambda rows: not rows) == []


async def test_what_arrives_by_a_later_change_is_resolved(house: House) -> None:
    """ServiceControl: nothing said that a failed message was resolved; it stayed in the list."""
    async with house.after_refusal() as gateway:
        (one,) = await letters(gateway.foundation)
        house.vendor("shop").change(customer={"7": CUSTOMER})
        await hint(gateway, "customer", "7")
        assert await eventually(lambda: letters(gateway.foundation), lambda rows: not rows) == []
        store = gateway.foundation.store
        closed = await store.read(lambda tx: tx.dead_letter(one.id))
        assert closed is not None
        assert (closed.state, closed.note) == (
            "replayed", "a later delivery of the same told what was missing",
        )  # fmt: skip
        story = await store.read(lambda tx: tx.story(one.subject, limit=50))
        assert ("letter", "resolved") in {(row.event, row.outcome) for row in story}


async def test_a_dry_run_says_what_is_sent_to_whom(house: House) -> None:
    """Pressing the button would be the only way to find out."""
    async with house.after_refusal() as gateway:
        stage = stage_of(gateway.foundation)
        (one,) = await letters(gateway.foundation)
        (run, nothing) = await stage.dry_runs.of_letters([one.id, "none"])
        assert (run.done, run.saying, run.newer, run.account) == (True, Saying.SENT, 0, "crm")
        assert run.telling is not None
        assert (run.telling.creates, run.telling.version) == (True, 1)
        assert (nothing.done, nothing.saying) == (False, Saying.UNKNOWN)
        assert not [secret for secret in PLANTED if secret in repr(run)]
        group = await stage.dry_runs.of_choice(await looked_at(stage))
        assert (group.letters, group.sample) == (1, (run,))
        assert (await letters(gateway.foundation))[0].id == one.id


async def test_a_dry_run_tells_what_stands_in_the_way(house: House) -> None:
    """A replay into a parked account looks like one that did nothing."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        rows = await shelve(foundation, [1], held=True)
        parked = AccountState("crm", parked=True, reason="the key is wrong")
        await foundation.store.run(lambda tx: tx.put_account_state(parked))
        (run,) = await stage.dry_runs.of_letters([rows[0].id])
        assert run.telling is not None
        assert codes(run.telling) >= {Remark.RESTS, Remark.FIRST_READING}
        assert [one.remark for one in run.remarks] == [Remark.IN_DOUBT]
        await shelve(foundation, [2], account="gone")
        (other,) = await stage.dry_runs.of_letters(["l0002"])
        assert other.telling is not None
        assert codes(other.telling) == {Remark.NOT_CONFIGURED}


async def test_an_operation_shows_what_is_performed_again(house: House) -> None:
    """Points could be sent twice by somebody who did not see what the letter is about."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        row = letter("op", source="operation", subject="k1", account="crm", held=True)
        sale = letter("s1", source="sale", subject="till-1:s1", kind=Kind.ORDER, account="crm")

        def work(tx: Tx) -> None:
            tx.put_operations([operation("k1", account="crm", state=DeliveryState.HELD)])
            tx.put_dead([row, sale])

        await foundation.store.run(work)
        run, refused = await stage.dry_runs.of_letters(["op", "s1"])
        assert (run.done, run.saying) == (True, Saying.PERFORMED)
        assert run.request
        assert (refused.done, refused.saying) == (False, Saying.SALE)
        (decided,) = await stage.replayer.replay(["op"], who="olga")
        assert decided.done
        with pytest.raises(Refused, match="gateway sale retry"):
            await stage.editor.edit("s1", ["status=new"], who="olga")


async def test_a_held_delivery_stays_a_persons_matter(house: House) -> None:
    """After a drop or an edit it would be held for ever, in no list, and never told again."""
    async with house.foundation() as foundation:
        stage = stage_of(foundation)
        rows = await shelve(foundation, [1, 2], held=True)
        page = await stage.letters.page()
        assert [one.held for one in page.letters] == [True, True]
        (group,) = (await stage.letters.groups()).groups
        assert group.held == 2
        with pytest.raises(Refused, match="in doubt"):
            await stage.editor.edit(rows[0].id, ["name/first=Алёна"], who="olga")
        await stage.replayer.drop([rows[0].id], reason="она там есть", who="olga")
        await stage.replayer.replay([rows[1].id], who="olga")
        for row, state in zip(rows, (DeliveryState.DEAD, DeliveryState.DUE), strict=True):
            assert await state_of(foundation, row.subject) is state


@pytest.mark.parametrize("language", ["en", "ru"])
def test_everything_is_said_in_both_languages(language: str) -> None:
    """A remark in the wrong language is a remark that is not read."""
    texts = [*(REMARKS[one] for one in Remark), *(SAYINGS[one] for one in Saying)]
    for text in texts:
        made = text.of(language, id="l1", subject="s1", newer=7)
        assert made.strip()
        assert any("а" <= char <= "я" for char in made) == (language == "ru")
