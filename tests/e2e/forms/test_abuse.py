"""Whoever guesses, repeats, or sends what is not his: limits hold, and nobody learns anything."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from gateway.ports import FormStep
from tests.e2e.forms.stage import Stage, open_stage
from tests.e2e.forms.visitor import ANNA, EMAIL, PHONE, Visitor, walk

Visitors = Callable[[Stage], Visitor]
OTHER = {**ANNA, "phone": "+7 916 555-00-00", "email": "other@example.com"}
OTHER_PHONE = "+79165550000"


def another(code: str) -> str:
    """Return a code that is surely wrong."""
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage whose codes and forms have narrow limits."""
    codes = "[codes.tries]\nfree = 100\nrecipient_day = 5\n[codes.sends]\nrecipient_hour = 3"
    form = "[forms.club.limits]\naddress_hour = 4\ncheck_minute = 3"
    async with open_stage(tmp_path, codes=codes, form=form) as made:
        yield made


async def test_a_guessed_code_is_refused_and_its_tries_are_bounded(
    strict: Stage, visitors: Visitors
) -> None:
    """Six digits could be tried until one fits."""
    await strict.start(works=False)
    visitor = visitors(strict)
    await visitor.open()
    await visitor.answer()
    right = await strict.code("email", EMAIL)
    for _ in range(3):
        assert await visitor.send(code=another(right)) == "email"
        assert "не подошёл" in visitor.said
    assert await visitor.send(code=right) == "email"  # its three tries are used up
    await visitor.resend()
    fresh = await strict.code("email", EMAIL)
    for _ in range(2):
        await visitor.send(code=another(fresh))
    assert await visitor.send(code=fresh) == "email"
    assert "Слишком много попыток" in visitor.said
    (row,) = await strict.forms()
    assert row.step is FormStep.EMAIL


async def test_codes_are_sent_to_one_person_so_often_and_no_more(
    strict: Stage, visitors: Visitors
) -> None:
    """Somebody's phone could be flooded with letters and SMS."""
    await strict.start(works=False)
    visitor = visitors(strict)
    await visitor.open()
    await visitor.answer()
    for _ in range(4):
        await visitor.resend()
    assert "Слишком много попыток" in visitor.said
    assert await strict.sent("email") == 3


async def test_one_address_sends_so_many_forms(strict: Stage, visitors: Visitors) -> None:
    """A script would have codes sent to a whole town."""
    await strict.start(works=False)
    for number in range(6):
        visitor = visitors(strict)
        await visitor.open()
        await visitor.answer({**ANNA, "email": f"anna{number}@example.com"})
    assert visitor.status == httpx.codes.UNPROCESSABLE_ENTITY
    assert await strict.sent("email") == 4
    answers = [
        await visitor.http.post(
            f"{strict.url}/forms/club/check",
            data={"csrf": visitor.csrf, "field": "phone", "value": "8 495 1234567"},
        )
        for _ in range(5)
    ]
    messages = [one.json()["message"] for one in answers]
    assert [one is None for one in messages] == [False, False, False, True, True]


async def test_a_code_is_good_for_its_own_questionnaire(stage: Stage, visitors: Visitors) -> None:
    """A code that was talked out of somebody would confirm another's form."""
    await stage.start(works=False)
    mine, his = visitors(stage), visitors(stage)
    for visitor in (mine, his):
        await visitor.open()
    await mine.answer()
    code = await stage.code("email", EMAIL)
    await his.answer({**OTHER, "email": ANNA["email"]})
    later = await stage.code("email", EMAIL)
    assert await his.send(code=code) == "email"
    assert await mine.send(code=later) == "email"
    assert await his.send(code=later) == "phone"


async def test_a_code_works_once_and_not_too_late(stage: Stage, visitors: Visitors) -> None:
    """A letter that somebody finds later would still open the door."""
    await stage.start(works=False)
    visitor = visitors(stage)
    await visitor.open()
    await visitor.answer()
    code = await stage.code("email", EMAIL)
    assert await visitor.send(code=code) == "phone"
    assert await visitor.send(code=code) == "phone"
    assert await visitor.send(step="email", code=code) == "phone"
    await stage.stop()
    running = await stage.start(works=False)
    late = running.gateway.foundation.clock
    visitor.base = stage.url
    sms = await stage.code("phone", PHONE)
    now = late.now() + timedelta(seconds=301)
    running.forms.codes.clock = _Late(now)
    assert await visitor.send(code=sms) == "phone"
    assert "не подошёл" in visitor.said


class _Late:
    """A clock that stands still, later."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment."""
        return self._moment

    def monotonic(self) -> float:
        """Return any moment."""
        return 0.0


async def test_a_form_of_another_site_does_nothing(stage: Stage, visitors: Visitors) -> None:
    """A page elsewhere could send forms in a visitor's name (CSRF)."""
    await stage.start(works=False)
    visitor = visitors(stage)
    await visitor.open()
    body = {**ANNA, "step": "answers"}
    for csrf in ("", "0" * 64, "ё"):
        answer = await visitor.http.post(visitor.url, data={**body, "csrf": csrf})
        assert answer.status_code == httpx.codes.FORBIDDEN
    crossed = {"Sec-Fetch-Site": "cross-site"}
    answer = await visitor.http.post(
        visitor.url, data={**body, "csrf": visitor.csrf}, headers=crossed
    )
    assert answer.status_code == httpx.codes.FORBIDDEN
    stranger = visitors(stage)
    await stranger.open()
    answer = await stranger.http.post(stranger.url, data={**body, "csrf": visitor.csrf})
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert await stage.forms() == []
    assert await stage.sent("email") == 0


async def test_sent_twice_and_answered_again_is_one_questionnaire(
    stage: Stage, visitors: Visitors
) -> None:
    """A changed e-mail would count as confirmed, or a repeat as a second form."""
    await stage.start(works=False)
    visitor = visitors(stage)
    await visitor.open()
    await visitor.answer()
    await visitor.send(step="answers", **ANNA)
    assert await stage.sent("email") == 1
    await visitor.send(code=await stage.code("email", EMAIL))
    assert await visitor.send(step="answers", **{**ANNA, "first": "Анна"}) == "phone"
    assert await stage.sent("phone") == 1
    changed = {**ANNA, "email": "new@example.com"}
    assert await visitor.send(step="answers", **changed) == "email"
    (row,) = await stage.forms()
    assert row.step is FormStep.EMAIL
    assert "email_confirmed_at" not in row.answers
    assert await visitor.send(code=await stage.code("email", "new@example.com")) == "phone"


async def test_what_was_confirmed_is_not_changed_any_more(stage: Stage, visitors: Visitors) -> None:
    """Another tab could put a foreign phone under two right codes."""
    await stage.start(works=False)
    visitor = visitors(stage)
    await walk(visitor, stage.code)
    await visitor.send(step="answers", **OTHER)
    (row,) = await stage.forms()
    assert (row.step, row.answers["phone"]) == (FormStep.CONFIRMED, PHONE)


async def test_nothing_personal_is_where_it_does_not_belong(
    stage: Stage, visitors: Visitors
) -> None:
    """Log files, addresses and the journal would hold what only the sealed rows may."""
    await stage.start()
    visitor = visitors(stage)
    await visitor.open()
    await visitor.answer({**ANNA, "last": "Ёлкина 2"})
    assert visitor.errors
    assert await visitor.answer() == "email"
    await visitor.send(code="000000")
    await visitor.send(code=await stage.code("email", EMAIL))
    await visitor.send(code=await stage.code("phone", PHONE))
    row = await stage.done()
    assert row.answers == {}
    planted = ("Ёлкина", "Анна", "1234567", "123-45-67", "elkina", "1990-05-17")
    stories = [*await stage.story(row.id), *await stage.story(row.entity_id)]
    told = json.dumps([dict(one.detail) for one in stories], ensure_ascii=False, default=str)
    for where in (told, stage.log.getvalue()):
        assert [one for one in planted if one in where] == []
    file = (stage.folder / "data" / "gateway.db").read_bytes()
    wal = (stage.folder / "data" / "gateway.db-wal").read_bytes()
    assert [one for one in planted if one.encode() in file + wal] == []


async def test_pages_carry_what_protects_them(stage: Stage, visitors: Visitors) -> None:
    """A page could be framed, cached, or be made to run somebody else's script."""
    await stage.start(works=False)
    visitor = visitors(stage)
    answer = await visitor.http.get(visitor.url)
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    for inline in ("<style", " style=", " onclick", "<script>"):
        assert inline not in answer.text
    for name in ("forms.css", "forms.js", "icon.svg"):
        assert (await visitor.http.get(f"{stage.url}/forms/-/{name}")).is_success
    for path in ("/forms/-/../pages.py", "/forms/-/ru.json", "/forms/nobody", "/forms/club/logo"):
        assert (await visitor.http.get(f"{stage.url}{path}")).status_code == 404


async def test_answers_are_escaped(stage: Stage, visitors: Visitors) -> None:
    """What one types would run as a script in the page that shows it again."""
    await stage.start(works=False)
    visitor = visitors(stage)
    await visitor.open()
    await visitor.answer({**ANNA, "last": '"><script>alert(1)</script>', "email": "<b>@x"})
    assert "<script>alert" not in visitor.page
    assert "<b>@x" not in visitor.page
    assert "&lt;script&gt;alert(1)" in visitor.page


async def test_a_body_that_is_no_form_is_refused(stage: Stage, visitors: Visitors) -> None:
    """Junk would be a fault of ours, or fill the memory."""
    await stage.start(works=False)
    visitor = visitors(stage)
    await visitor.open()
    form = "application/x-www-form-urlencoded"
    junk = [(b"{}", "application/json"), (b"\xff\xfe", form), (b"a=1&" * 500, form)]
    for body, kind in junk:
        answer = await visitor.http.post(visitor.url, content=body, headers={"content-type": kind})
        assert answer.status_code == httpx.codes.BAD_REQUEST
    huge = await visitor.http.post(visitor.url, content=b"a=" + b"b" * 70_000)
    assert huge.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
