"""The page at which a person answers whether two records are his."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest

from gateway.identity.merging.join import MergeRefused
from gateway.ops.reviews import Reviews
from gateway.ports import MergeState, PairState
from tests.gateway.identity.merging.asked import EMAIL, PHONE, Asked, Tab
from tests.gateway.identity.merging.people import OTHER_PHONE, person

QUESTION, WAITS, DONE = "Это ваши записи?", "Подтверждено", "Спасибо!"
DENIED, OVER, OFTEN = "Понятно, это не вы", "Ссылка не действует", "Слишком много обращений"
# What is drawn at random may look like anything: the link's secret, and the form's hidden fields.
_SECRETS = re.compile(r'https://club\.example\.ru|/forms/merge/[^"]+|type="hidden"[^>]*>')


@pytest.fixture
def asked() -> Iterator[Asked]:
    """A shop that asks."""
    made = Asked()
    yield made
    made.world.close()


async def test_both_links_and_both_codes_make_one_record(asked: Asked) -> None:
    """A person could not say by himself that both records are his."""
    pair = asked.twice()
    row = await asked.ask(pair)
    async with asked.browser() as http:
        first = await Tab(http, asked.post.path(PHONE)).open()
        assert (first.title, first.status) == (QUESTION, 200)
        await first.send("code", code=asked.post.code(PHONE))
        assert first.title == WAITS
        assert asked.state(row) is MergeState.ASKED
        http.headers["Accept-Language"] = "en"
        second = await Tab(http, asked.post.path(EMAIL)).open()
        assert second.title == "Are these your records?"
        await second.send("code", code=asked.post.code(EMAIL))
        assert second.title == "Thank you!"
    assert asked.state(row) is MergeState.DONE
    assert asked.outcomes(pair[0]) == ["asked", "told", "told", "confirmed", "confirmed"]


async def test_two_people_who_each_answer_for_himself_stay_two(asked: Asked) -> None:
    """Two strangers who press what they are shown would have one account, and one balance."""
    pair = asked.twice()
    row = await asked.ask(pair)
    async with asked.browser() as his, asked.browser() as hers:
        for http, to in ((his, PHONE), (hers, EMAIL)):
            tab = await Tab(http, asked.post.path(to)).open()
            assert (await tab.send("code", code=asked.post.code(to))).title == WAITS
    assert asked.state(row) is MergeState.ASKED
    assert asked.outcomes(pair[0])[-2:] == ["confirmed", "apart"]
    reviews = Reviews(asked.world.store, asked.clock, asked.merging("sms", "email"))
    (line,) = (await reviews.list(state=PairState.OPEN, language="en")).lines
    assert line.rule == "the question was answered apart"
    asked.clock.move(4000)
    await asked.asking().merging.lapse()
    assert asked.state(row) is MergeState.REFUSED
    assert not asked.world.entity(pair[1]).deleted
    assert asked.pair(*pair).state is PairState.OPEN


async def test_one_person_with_two_devices_types_both_codes_on_one(asked: Asked) -> None:
    """Whoever reads letters at a desk and messages on a telephone could never confirm."""
    pair = asked.twice()
    row = await asked.ask(pair)
    async with asked.browser() as desk, asked.browser() as phone:
        letter = await Tab(desk, asked.post.path(EMAIL)).open()
        await letter.send("code", code=asked.post.code(EMAIL))
        message = await Tab(phone, asked.post.path(PHONE)).open()
        assert "не подошёл" not in (await message.send("other", code="000000")).said
        await message.send("code", code=asked.post.code(PHONE))
        assert "не подошёл" in (await letter.send("other", code=asked.post.code(PHONE))).said
        asked.clock.move(61)
        assert "отправлен" in (await letter.send("resend_other")).said
        assert len(asked.post.texts(EMAIL)) == 1
        assert (await letter.send("other", code=asked.post.code(PHONE))).title == DONE
    assert asked.state(row) is MergeState.DONE
    assert asked.pair(*pair).state is PairState.MERGED


async def test_a_page_tells_nothing_that_its_visitor_has_not_proved(asked: Asked) -> None:
    """Whoever finds a telephone would learn a name and an address."""
    await asked.ask(asked.twice())
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        pages = [tab.page, (await tab.send("code", code=asked.post.code(PHONE))).page]
    for page in pages:
        for value in ("Ёжикова", "Алёна", "Алена", PHONE[-4:], EMAIL, "example.ru", "c-"):
            assert value not in _SECRETS.sub("", page)
        for inline in ("<style", " style=", " onclick", "<script>"):
            assert inline not in page


async def test_not_me_merges_nothing_and_is_put_before_an_operator(asked: Asked) -> None:
    """A stranger's number would be asked again and again, or nobody would look at it."""
    pair = asked.twice()
    row = await asked.ask(pair)
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(EMAIL)).open()
        await tab.send("code", code=asked.post.code(EMAIL))
        other = await Tab(http, asked.post.path(PHONE)).open()
        assert (await other.send("deny")).title == DENIED
        assert (await tab.open()).title == OVER
    assert asked.state(row) is MergeState.REFUSED
    assert (asked.pair(*pair).state, asked.pair(*pair).decided_by) == (PairState.DENIED, "person")
    assert asked.outcomes(pair[0])[-1] == "denied"
    with pytest.raises(MergeRefused, match="two persons"):
        await asked.ask(pair)
    reviews = Reviews(asked.world.store, asked.clock, asked.merging("sms", "email"))
    (line,) = (await reviews.list(state=PairState.DENIED, language="ru")).lines
    assert (line.rule, line.decided_by) == ("оператор", "person")
    await reviews.decide(line.id, same=True, reason="паспорт", who="olga")
    (again,) = asked.world.store.now(lambda tx: tx.merges(state=MergeState.ASKED, limit=5))
    assert again.asked_by == "olga"


async def test_wrong_late_used_and_foreign_codes_confirm_nothing(asked: Asked) -> None:
    """Six digits would be the key to somebody's orders."""
    row = await asked.ask(asked.twice())
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        assert "не подошёл" in (await tab.send("code", code="000000")).said
        assert "не подошёл" in (await tab.send("code", code=asked.post.code(EMAIL))).said
        late = asked.post.code(PHONE)
        asked.clock.move(301)
        assert "не подошёл" in (await tab.send("code", code=late)).said
        assert "отправлен" in (await tab.send("resend")).said
        assert "не подошёл" in (await tab.send("code", code=late)).said
        assert asked.post.path(PHONE) == tab.path
        asked.clock.move(60)
        assert (await tab.send("code", code=asked.post.code(PHONE))).title == WAITS
    assert asked.state(row) is MergeState.ASKED


async def test_guessing_a_code_is_stopped(asked: Asked) -> None:
    """A program would try a million codes."""
    row = await asked.ask(asked.twice())
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        said = [(await tab.send("code", code=f"{one:06}")).said for one in range(5)]
        assert "не подошёл" in said[0]
        assert "Слишком много попыток" in said[-1]
        await tab.send("code", code=asked.post.code(PHONE))
        assert tab.title == QUESTION
    assert asked.state(row) is MergeState.ASKED


async def test_unknown_used_and_old_links_look_alike(asked: Asked) -> None:
    """Whoever tries links would learn that somebody was asked, or that he answered."""
    pair = asked.twice()
    row = await asked.ask(pair)
    used = asked.post.path(PHONE)
    await asked.asking().merging.refuse(row.id, who="olga", reason="ошибка")
    asked.clock.move(100)
    await asked.ask(pair)
    old = asked.post.path(PHONE)
    assert old != used
    asked.clock.move(3600)
    seen = set()
    for path in (used, old, "/forms/merge/" + "A" * 22, "/forms/merge/short", "/forms/merge/%3B"):
        async with asked.browser() as http:
            answer = await http.get(path)
        shown = re.sub(r"/forms/merge/[^?\"]+", "LINK", answer.text)
        assert OVER in shown
        seen.add((answer.status_code, shown, tuple(sorted(answer.headers))))
        assert "path=/forms/merge;" in answer.headers["set-cookie"].lower()
    assert len(seen) == 1
    assert seen.pop()[0] == 404


async def test_tokens_stand_nowhere_in_the_store(asked: Asked) -> None:
    """Whoever reads a backup could answer for everybody."""
    row = await asked.ask(asked.twice())
    tokens = {asked.post.path(to).rpartition("/")[2] for to in (PHONE, EMAIL)}
    assert len(tokens) == 2
    points = asked.world.store.now(lambda tx: tx.merge_by_token(tokens.pop(), now=row.asked_at))
    assert points is None


async def test_opening_a_link_changes_nothing(asked: Asked) -> None:
    """A messenger that opens links by itself would answer for the person."""
    row = await asked.ask(asked.twice())
    async with asked.browser() as http:
        for _ in range(3):
            await http.get(asked.post.path(PHONE), params={"step": "deny"})
    assert asked.state(row) is MergeState.ASKED


async def test_another_sites_form_is_not_taken(asked: Asked) -> None:
    """A page of somebody else's could answer in the person's browser."""
    row = await asked.ask(asked.twice())
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        tab.csrf = "0" * 64
        assert (await tab.send("deny")).status == 403
        stranger = Tab(http, asked.post.path(EMAIL))
        assert (await stranger.send("deny")).status == 403
    assert asked.state(row) is MergeState.ASKED


async def test_a_double_submit_is_right_both_times(asked: Asked) -> None:
    """A nervous thumb would be told that the right code is wrong."""
    row = await asked.ask(asked.twice())
    async with asked.browser() as http:
        for to, title in ((PHONE, WAITS), (EMAIL, DONE)):
            tab = await Tab(http, asked.post.path(to)).open()
            body = {"csrf": tab.csrf, "step": "code", "code": asked.post.code(to)}
            sent = (http.post(tab.path, data=body) for _ in range(2))
            answers = await asyncio.gather(*sent)
            told = [one.headers.get("set-cookie", "") for one in answers]
            assert not any("wrong" in one for one in told)
            assert (await tab.open()).title == title
    assert asked.state(row) is MergeState.DONE


async def test_two_tabs_are_one_answer(asked: Asked) -> None:
    """The second tab would send a code that was used, or undo what the first one said."""
    row = await asked.ask(asked.twice())
    async with asked.browser() as http:
        tabs = [await Tab(http, asked.post.path(PHONE)).open() for _ in range(2)]
        code = asked.post.code(PHONE)
        assert [(await one.send("code", code=code)).title for one in tabs] == [WAITS, WAITS]
        assert (await tabs[1].send("resend")).title == WAITS
        assert "не подошёл" in (await tabs[1].send("other", code=code)).said
        assert len(asked.post.texts(PHONE)) == 1
        assert (await tabs[0].send("deny")).title == DENIED
        assert (await tabs[1].send("deny")).title == OVER
    assert asked.state(row) is MergeState.REFUSED


async def test_one_place_may_be_all_that_is_asked(asked: Asked) -> None:
    """Two records of one phone and no e-mail would wait for a letter for ever."""
    for _ in range(2):
        asked.shop.create(person("Алёна", phone=OTHER_PHONE))
    asked.world.settle_down()
    links = asked.world.links("shop")
    pair = tuple(sorted({one.entity_id for one in links.values()}))
    assert len(pair) == 2
    row = await asked.ask((pair[0], pair[1]))
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(OTHER_PHONE)).open()
        assert (await tab.send("code", code=asked.post.code(OTHER_PHONE))).title == DONE
    assert asked.state(row) is MergeState.DONE
