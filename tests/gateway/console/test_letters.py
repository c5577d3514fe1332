"""Pages of letters, through the whole application, without JavaScript."""

from __future__ import annotations

import re

import pytest

from gateway.ports import SaleProgress, Tx
from tests.gateway.console.letter_pages import SCRIPT, hidden, link, masked, refused, seen
from tests.gateway.ops.backstage import doors, employ
from tests.gateway.ops.house import FIRST, House, letters
from tests.gateway.ops.letter_shelf import shelve
from tests.store.rows import letter, sale


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("Dead and held letters", "1 letter", "Correct what the vendor names by an edit")),
        (
            "ru",
            ("Письма: отказы и неясные исходы", "1 письмо", "Исправьте правкой то, что названо"),
        ),
    ],
)
async def test_groups_say_what_happened_in_the_viewers_language(
    house: House, language: str, texts: tuple[str, ...]
) -> None:
    """An operator who cannot read the cause can only press the button."""
    employ(house)
    async with doors(house) as there:
        letter_id = await refused(there.gateway, house)
        async with there.browser("olga", language=language) as browser:
            answer = masked(await browser.get("/dead"))
            seen(answer, *texts, "BAD_NAME", "name: digits are not allowed")
            assert 'class="spark"' in answer.text
            seen(await browser.get("/dead?trend=hours"), *texts[:1])
            listed = masked(await browser.get(link(answer, "BAD_NAME")))
            assert f"/console/dead/{letter_id}" in listed.text
            seen(masked(await browser.get(f"/dead/{letter_id}")), "А***", texts[2])
            nothing = await browser.get("/dead?state=dropped")
            seen(nothing, "Писем нет" if language == "ru" else "No letters")


async def test_the_list_goes_on_page_by_page(house: House) -> None:
    """A letter between two pages would never be decided."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        await shelve(there.gateway.foundation, range(120), account="gone")
        path, found = "/dead/list?account=gone", []
        for _ in range(3):
            page = await browser.get(path)
            found += re.findall(r"/console/dead/(l\d+)", page.text)
            if 'rel="next"' not in page.text:
                break
            path = link(page, "Next page")
        assert found == [f"l{number:04}" for number in reversed(range(120))]


async def test_vendors_texts_are_text(house: House) -> None:
    """A name with a script in it would act in the operator's session."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        evil = letter(
            "e1", cause_code=SCRIPT, cause=SCRIPT, remedy=SCRIPT, account=SCRIPT, subject=SCRIPT,
            request={"name/first": SCRIPT, "source": SCRIPT}, answer={"text": SCRIPT},
            correlation_id=SCRIPT,
        )  # fmt: skip
        await there.gateway.foundation.store.run(lambda tx: tx.put_dead([evil]))
        for path in ("/dead", "/dead/list", "/dead/e1"):
            seen(await browser.get(path), SCRIPT)
        page = await browser.get("/dead")
        group = await browser.get(link(page, "Decide about all"))
        seen(group, SCRIPT)
        done = await browser.post("/dead/group", deed="drop", reason=SCRIPT, **hidden(group))
        seen(await browser.get(done.headers["location"].removeprefix("/console")), SCRIPT)
        seen(await browser.get("/dead/batches"), SCRIPT)
        seen(await browser.get("/dead/e1"), SCRIPT)


async def test_a_refused_sale_is_decided_here_too(house: House) -> None:
    """What tills wait for would stand in another list, which nobody opens."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        row = sale("s1", progress=SaleProgress.DEAD, cause_code="points-gone", due_at=None)
        one = letter("s1", source="sale", subject="till-1:s1", cause_code="points-gone")

        def work(tx: Tx) -> None:
            tx.put_sales([row])
            tx.put_dead([one])

        await there.gateway.foundation.store.run(work)
        page = await browser.get("/dead/s1")
        seen(page, "the buyer's points are not there any more", "Sale till-1:s1")
        assert "/dead/s1/drop" not in page.text
        done = await browser.post("/dead/s1/sale/drop", reason="договорились")
        assert done.headers["location"] == "/console/dead/s1"
        seen(await browser.get("/dead/s1"), "dropped")
        rows = await there.gateway.foundation.store.read(lambda tx: tx.sales(["till-1:s1"]))
        assert rows["till-1:s1"].progress is SaleProgress.CANCELLING


async def test_a_viewer_is_offered_nothing_and_may_do_nothing(house: House) -> None:
    """Hiding a button is no right."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        await shelve(there.gateway.foundation, [0], account="gone")
        texts = [(await browser.get(path)).text for path in ("/dead", "/dead/list", "/dead/l0000")]
        for word in ("/replay", "Drop the letter", "/unmask", "/edit", "/dead/group"):
            assert not [text for text in texts if word in text], word
        for path, fields in (
            ("/dead/l0000/replay", {}),
            ("/dead/l0000/drop", {"reason": "так"}),
            ("/dead/l0000/edit", {"field": "name/first", "value": "А"}),
            ("/dead/l0000/unmask", {"reason": "так"}),
            ("/dead/selection", {"deed": "drop", "id": "l0000", "reason": "так"}),
            ("/dead/group", {"deed": "replay", "account": "gone"}),
        ):
            answer = await browser.post(path, **fields)
            assert answer.status_code == 403, path
        assert len(await letters(there.gateway.foundation)) == 1


async def test_a_form_without_the_sessions_token_does_nothing(house: House) -> None:
    """Another site could replay in the operator's name."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        await shelve(there.gateway.foundation, [0], account="gone")
        answer = await browser.post("/dead/l0000/replay", csrf="stolen")
        assert answer.status_code == 403
        assert len(await letters(there.gateway.foundation)) == 1


async def test_looking_behind_the_mask_is_written_down(house: House) -> None:
    """Somebody could read customers one by one, and nobody would know."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        letter_id = await refused(there.gateway, house)
        (row,) = await letters(there.gateway.foundation)
        await browser.get(f"/dead/{letter_id}")
        open_page = await browser.post(f"/dead/{letter_id}/unmask", reason="звонок покупателя")
        seen(open_page, f"{FIRST}7")
        story = await there.gateway.foundation.store.read(lambda tx: tx.story(row.subject, limit=9))
        assert ("unmasked", "olga") in {(one.event, one.detail.get("who")) for one in story}
        masked(await browser.get(f"/dead/{letter_id}"))
