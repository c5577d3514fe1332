"""Dead letters: seen, corrected, replayed and dropped, and never against a newer version."""

from __future__ import annotations

import pytest

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.running import Gateway
from gateway.ids import sortable_id
from gateway.ops.edit import Editor
from gateway.ops.faults import NotFound, Refused
from gateway.ops.letters import Letters
from gateway.ops.replay import Replayer
from gateway.ops.trend import Trend
from gateway.ports import DeliveryRow
from gateway.sync.correct import CorrectionRefused
from tests.gateway.ops.house import (
    CUSTOMER,
    FIRST,
    ORDER,
    PLANTED,
    House,
    eventually,
    hint,
    letters,
)


def replayer_of(gateway: Gateway) -> Replayer:
    """Return the service of a running gateway."""
    foundation = gateway.foundation
    return Replayer(foundation.store, foundation.clock, sortable_id, gateway.outbound.wake)


def editor_of(gateway: Gateway) -> Editor:
    """Return the service of a running gateway."""
    return Editor(gateway.foundation.store, gateway.foundation.corrector, replayer_of(gateway))


def letters_of(gateway: Gateway) -> Letters:
    """Return the service of a running gateway."""
    return Letters(gateway.foundation.store, gateway.foundation.clock)


async def one_letter(foundation: Foundation) -> str:
    """Return the id of the one open letter."""
    (letter,) = await letters(foundation)
    return str(letter.id)


async def crm_delivery(foundation: Foundation, entity_id: str) -> DeliveryRow:
    """Return the CRM's delivery."""
    rows = await foundation.store.read(lambda tx: tx.deliveries_of([entity_id])[entity_id])
    return next(row for row in rows if row.account == "crm")


async def test_letters_are_grouped_by_cause_with_the_remedy(house: House) -> None:
    """A hundred letters of one cause are one decision, not a hundred."""
    async with house.after_refusal() as gateway:
        found = await letters_of(gateway).groups(trend=Trend.days(gateway.foundation.clock.now()))
        (group,) = found.groups
        assert (group.account, group.cause_code, group.cause, group.letters, group.held) == (
            "crm", "BAD_NAME", "name: digits are not allowed", 1, 0,
        )  # fmt: skip
        assert group.remedy == "Correct what the vendor names, then replay."
        assert group.why.of == "Rejected"
        assert group.opened == (0,) * 13 + (1,)
        assert not found.more


async def test_a_letter_shows_what_was_sent_without_personal_data(house: House) -> None:
    """To understand a refusal one must see the request; to see the person one must ask."""
    async with house.after_refusal() as gateway:
        service = letters_of(gateway)
        letter_id = await one_letter(gateway.foundation)
        view = await service.show(letter_id)
        assert view.request["name/first"] == f"{FIRST[0]}***"
        assert not [secret for secret in PLANTED if secret in repr(view)]
        assert view.answer["vendor_code"] == "BAD_NAME"
        assert (await service.show(letter_id, unmask=True)).request["name/first"] == f"{FIRST}7"
        with pytest.raises(NotFound, match="gateway dead list"):
            await service.show("nothing")


async def test_a_corrected_letter_reaches_every_account_that_held_the_fault(house: House) -> None:
    """A correction that only the refusing vendor gets would leave the others wrong."""
    async with house.after_refusal() as gateway:
        letter_id = await one_letter(gateway.foundation)
        edited = await editor_of(gateway).edit(letter_id, [f"name/first={FIRST}"], who="olga")
        assert edited.told == ("crm", "shop")
        assert [one.path for one in edited.differences] == ["name/first"]
        assert FIRST not in repr(edited)

        async def names() -> list[str]:
            return [
                row.get("name/first", "")
                for name in ("shop", "crm")
                for row in house.vendor(name).read()["customer"].values()
            ]

        await eventually(names, lambda found: found == [FIRST, FIRST])
        assert await letters(gateway.foundation) == []
        (closed,) = await letters(gateway.foundation, state="replayed")
        assert closed.note == "edited by olga"


async def test_a_rehearsed_correction_changes_nothing(house: House) -> None:
    """A dry run that writes is a trap."""
    async with house.after_refusal() as gateway:
        foundation = gateway.foundation
        letter_id = await one_letter(foundation)
        edited = await editor_of(gateway).edit(
            letter_id, [f"name/first={FIRST}"], who="olga", rehearse=True
        )
        assert edited.rehearsed
        assert edited.told == ("crm", "shop")
        assert await one_letter(foundation) == letter_id
        entity = await foundation.store.read(lambda tx: tx.entities([edited.subject]))
        assert entity[edited.subject].fields["name/first"] == f"{FIRST}7"


async def test_values_are_taken_in_canonical_form(house: House) -> None:
    """A quantity stored as a number, or a phone as typed, would differ from itself for ever."""
    house.vendor("shop").change(order={"12": ORDER}, customer={"7": CUSTOMER})
    async with house.after_refusal() as gateway:
        letter_id = await one_letter(gateway.foundation)
        edited = await editor_of(gateway).edit(
            letter_id,
            ["phones/8 903 765-43-21=true", "birth_date=1990-05-01", "emails/A@B.RU=true",
             f"name/first={FIRST}", "address/text="],
            who="olga",
        )  # fmt: skip
        rows = await gateway.foundation.store.read(lambda tx: tx.entities([edited.subject]))
        fields = rows[edited.subject].fields
    assert fields["phones/+79037654321"] is True
    assert fields["emails/a@b.ru"] is True
    assert fields["birth_date"] == "1990-05-01"
    assert "address/text" not in fields


async def test_removing_an_item_takes_all_of_it_along(house: House) -> None:
    """A phone whose rank stays behind would still be there."""
    async with house.after_refusal() as gateway:
        letter_id = await one_letter(gateway.foundation)
        edited = await editor_of(gateway).edit(
            letter_id, ["phones/8 (916) 123-45-67=", f"name/first={FIRST}"], who="olga"
        )
        rows = await gateway.foundation.store.read(lambda tx: tx.entities([edited.subject]))
        assert not [path for path in rows[edited.subject].fields if path.startswith("phones/")]


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        pytest.param("birth_date=вчера", CorrectionRefused, id="no date"),
        pytest.param("colour=red", CorrectionRefused, id="no such field"),
        pytest.param("phones/12=true", Refused, id="no phone"),
        pytest.param("name/first", Refused, id="no value"),
    ],
)
async def test_a_correction_that_does_not_fit_is_refused_whole(
    house: House, setting: str, error: type[Exception]
) -> None:
    """Half a correction, or one that breaks the snapshot, is worse than none."""
    async with house.after_refusal() as gateway:
        letter_id = await one_letter(gateway.foundation)
        with pytest.raises(error) as refusal:
            await editor_of(gateway).edit(letter_id, [f"name/last={FIRST}", setting], who="olga")
        assert "вчера" not in str(refusal.value)
        assert await one_letter(gateway.foundation) == letter_id


async def test_a_replay_sends_the_newest_version_and_says_so(house: House) -> None:
    """Sending the frozen request again would overwrite what was corrected since."""
    async with house.after_refusal() as gateway:
        foundation = gateway.foundation
        (letter,) = await letters(foundation)
        house.vendor("crm").change(mood="away")
        house.vendor("shop").change(customer={"7": CUSTOMER})
        await hint(gateway, "customer", "7")

        async def version() -> int:
            rows = await foundation.store.read(lambda tx: tx.entities([letter.subject]))
            return rows[letter.subject].version

        newest = await eventually(version, lambda found: found > letter.version)
        page = await letters_of(gateway).page()
        assert page.letters[0].newer == newest
        (decided,) = await replayer_of(gateway).replay([letter.id], who="olga")
        assert (decided.done, decided.newer) == (True, newest)
        house.vendor("crm").change(mood="ok")

        async def names() -> list[str]:
            rows = house.vendor("crm").read()["customer"].values()
            return [row["name/first"] for row in rows]

        assert await eventually(names, bool) == [FIRST]


async def test_a_replay_of_what_is_still_wrong_opens_the_letter_again(house: House) -> None:
    """A replayed letter that failed again must not vanish from the list."""
    async with house.after_refusal() as gateway:
        first = await one_letter(gateway.foundation)
        decided = await replayer_of(gateway).replay([first, "nothing"], who="olga")
        assert [one.done for one in decided] == [True, False]
        await eventually(lambda: letters(gateway.foundation), lambda found: len(found) == 1)
        assert await one_letter(gateway.foundation) != first
        (again,) = await replayer_of(gateway).replay([first], who="olga")
        assert (again.done, again.text) == (False, "it was replayed already")


async def test_a_dropped_letter_is_closed_with_reason_and_author(house: House) -> None:
    """Who decided that a vendor is never told must be answerable later."""
    async with house.after_refusal() as gateway:
        foundation = gateway.foundation
        (letter,) = await letters(foundation)
        (decided,) = await replayer_of(gateway).drop([letter.id], reason="тест", who="olga")
        assert decided.done
        (closed,) = await letters(foundation, state="dropped")
        assert closed.note == "olga: тест"
        story = await foundation.store.read(lambda tx: tx.story(letter.subject, limit=1))
        assert (story[0].event, story[0].outcome, story[0].detail["who"]) == (
            "letter", "dropped", "olga",
        )  # fmt: skip
        assert (await crm_delivery(foundation, letter.subject)).state == "dead"


async def test_an_unreadable_record_is_read_again_and_not_edited(house: House) -> None:
    """There is no snapshot to edit; the fault is at the source and so is the remedy."""
    house.vendor("shop").change(order={"12": {**ORDER, "broken": True}})
    async with house.gateway() as gateway:
        foundation = gateway.foundation
        await hint(gateway, "order", "12")
        (letter,) = await eventually(lambda: letters(foundation), bool)
        assert letter.source == "inbox"
        with pytest.raises(Refused, match="gateway dead replay"):
            await editor_of(gateway).edit(letter.id, ["status=new"], who="olga")
        house.vendor("shop").change(order={"12": ORDER})
        (decided,) = await replayer_of(gateway).replay([letter.id], who="olga")
        assert decided.done

        async def orders() -> list[str]:
            return [row["number"] for row in house.vendor("crm").read()["order"].values()]

        assert await eventually(orders, bool) == ["А-1025"]
        assert await letters(foundation) == []
