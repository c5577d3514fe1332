"""Deciding about letters on pages: edit, replay and drop, without JavaScript."""

from __future__ import annotations

from gateway.ops.letters_actions import AT_ONCE
from tests.gateway.console.letter_pages import hidden, link, refused, seen
from tests.gateway.ops.backstage import doors, employ
from tests.gateway.ops.house import FIRST, House, eventually, letters
from tests.gateway.ops.letter_shelf import shelve


async def test_a_letter_is_mended_and_arrives(house: House) -> None:
    """Read the cause, see the difference, send it, and see it arrive."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        letter_id = await refused(there.gateway, house)
        page = await browser.get(f"/dead/{letter_id}")
        seen(page, "What a replay would do", "crm would get a new record, version 1")
        wrong = await browser.post(
            f"/dead/{letter_id}/edit", field=["birth_date", ""], value=["вчера", ""]
        )
        seen(wrong, "birth_date: the value does not fit this field")
        assert 'value="вчера"' in wrong.text  # what was typed is not lost
        shown = await browser.post(
            f"/dead/{letter_id}/edit", field=["name/first", ""], value=[FIRST, ""]
        )
        seen(shown, "What changes in the record", "name/first", "shop would be changed, version 2")
        assert (await letters(there.gateway.foundation))[0].id == letter_id
        fields = hidden(shown)
        assert fields["version"] == ["1"]
        done = await browser.post(f"/dead/{letter_id}/edit", step="send", **fields)
        assert (done.status_code, done.headers["location"]) == (303, f"/console/dead/{letter_id}")

        async def names() -> list[str]:
            return [row["name/first"] for row in house.vendor("crm").read()["customer"].values()]

        assert await eventually(names, bool) == [FIRST]
        seen(await browser.get(f"/dead/{letter_id}"), "replayed", "edited by olga")


async def test_an_edit_over_a_newer_version_is_shown_again(house: House) -> None:
    """Between the look and the click somebody else changed the same record."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        letter_id = await refused(there.gateway, house)
        answer = await browser.post(
            f"/dead/{letter_id}/edit", field="name/first", value=FIRST, version="9", step="send"
        )
        seen(answer, "look at the difference again")
        assert (await letters(there.gateway.foundation))[0].id == letter_id


async def test_one_letter_is_replayed_or_dropped(house: House) -> None:
    """A decision without an answer would be made twice."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        await shelve(there.gateway.foundation, range(2), account="gone")
        page = await browser.get("/dead/l0000")
        fields = hidden(page)
        done = await browser.post("/dead/l0000/replay", as_of=fields["as_of"][0])
        seen(
            await browser.get(done.headers["location"].removeprefix("/console")), "it is sent again"
        )
        again = await browser.post("/dead/l0000/replay")
        where = again.headers["location"].removeprefix("/console")
        seen(await browser.get(where), "it was replayed already")
        bare = await browser.post("/dead/l0001/drop", reason=" ")
        seen(bare, "say why", status=409)
        await browser.post("/dead/l0001/drop", reason="закрыли магазин")
        seen(await browser.get("/dead/l0001"), "dropped", "olga: закрыли магазин")


async def test_a_selection_is_rehearsed_and_decided(house: House) -> None:
    """Ten letters of a hundred would be ten pages."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        await shelve(there.gateway.foundation, range(4), account="gone")
        page = await browser.get("/dead/list?account=gone")
        assert page.text.count('type="checkbox"') == 4
        (as_of,) = hidden(page)["as_of"]
        nothing = await browser.post("/dead/selection", deed="replay", as_of=as_of)
        seen(nothing, "tick at least one letter", status=409)
        dry = await browser.post(
            "/dead/selection", deed="dry-run", id=["l0001", "l0002"], as_of=as_of
        )
        seen(dry, "this account is not in the configuration", "No vendor was asked")
        fields = hidden(dry)
        assert fields["id"] == ["l0001", "l0002"]
        done = await browser.post("/dead/selection", deed="replay", **fields)
        seen(done, "l0001", "carried out", "it is sent again")
        left = await letters(there.gateway.foundation)
        assert sorted(one.id for one in left) == ["l0000", "l0003"]


async def test_a_group_is_decided_as_it_was_when_it_was_looked_at(house: House) -> None:
    """What came while the operator read would be swept along."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        count = AT_ONCE + 30
        await shelve(there.gateway.foundation, range(count), account="gone")
        page = await browser.get("/dead")
        group = await browser.get(link(page, "Decide about all"))
        seen(group, f"{count} letters as you saw them", "What a replay would do with the first")
        await shelve(there.gateway.foundation, [900], account="gone")
        done = await browser.post("/dead/group", deed="drop", reason="тест", **hidden(group))
        where = done.headers["location"].removeprefix("/console")
        first = await browser.get(where)
        assert 'hx-trigger="every 2s"' in first.text
        assert f"{AT_ONCE} of {count} done" in seen(first)

        async def ended() -> str:
            return (await browser.get(where)).text

        text = await eventually(ended, lambda text: "hx-trigger" not in text)
        assert f"{count} of {count} done" in text
        (left,) = await letters(there.gateway.foundation)
        assert left.id == "l0900"
        seen(await browser.get("/dead/batches"), f"{count} of {count} done, 0 left", "olga")
        part = await browser.get(where, **{"HX-Request": "true"})
        assert "<html" not in part.text
        more = await browser.get(link(first, "Next page"))
        seen(more, "l0050")


async def test_a_second_person_can_be_required(house: House) -> None:
    """One hand could give up what customers are owed."""
    employ(house, console='approve = ["letter.drop"]')
    async with doors(house) as there:
        await shelve(there.gateway.foundation, range(2), account="gone")
        async with there.browser("olga") as browser:
            done = await browser.post("/dead/l0000/drop", reason="нет покупателя")
            assert done.headers["location"] == "/console/approvals"
            group = await browser.get("/dead/group?account=gone&cause_code=BAD_NAME")
            await browser.post("/dead/group", deed="drop", reason="закрыто", **hidden(group))
            seen(await browser.get("/approvals"), "group:gone/BAD_NAME/*/*", "закрыто")
        (_, waiting) = await there.backstage.approvals.list()
        assert len(await letters(there.gateway.foundation)) == 2
        async with there.browser("boris") as browser:
            await browser.get("/approvals")
            await browser.post(f"/approvals/{waiting.id}/approve")
            seen(await browser.get("/dead/l0000"), "olga, approved by boris: нет покупателя")
