"""Pages: the overview, accounts and what is due, as browsers without scripts get them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from gateway.canonical import Kind
from gateway.ops.tally import Tally, minute_of
from gateway.ports import (
    AccountState,
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    JournalRow,
    OperationRow,
)
from tests.gateway.console.looking import SCRIPT, failing, found, links_of, opened, text_of
from tests.gateway.contract.fakes import FakeLog
from tests.gateway.ops.backstage import doors, employ
from tests.gateway.ops.house import House


@pytest.mark.parametrize(
    ("language", "order", "crm"),
    [("en", "All is in order", "works"), ("ru", "Всё в порядке", "работает")],
)
async def test_an_operator_sees_at_once_that_all_is_in_order(
    house: House, language: str, order: str, crm: str
) -> None:
    """Nobody would know whether to go home."""
    employ(house)
    async with doors(house) as there, there.browser("vera", language=language) as browser:
        page = await opened(browser, "/")
    text = text_of(page)
    assert order in text
    assert crm in text
    assert "/console/accounts/crm" in links_of(page)


async def test_every_red_thing_is_one_link_from_its_cause(house: House) -> None:
    """An operator would see that something is wrong, and not where."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        backstage = there.backstage
        now = backstage.clock.now()
        letter = DeadLetter(
            "l-1", "delivery", "c-1", Kind.CUSTOMER, "shop", "open", "BAD_NAME", "цифры", "fix",
            1, 1, now, now, "",
        )  # fmt: skip
        parked = AccountState("shop", parked=True, reason="the vendor refuses the token", since=now)
        stray = DeliveryRow("c-1", Kind.CUSTOMER, "gone", DeliveryState.DUE, now)
        await backstage.store.run(lambda tx: tx.put_dead([letter]))
        await backstage.store.run(lambda tx: tx.put_account_state(parked))
        await backstage.store.run(lambda tx: tx.mark_due([stray]))
        page = await opened(browser, "/")
    items = found(page, "//ul[contains(@class, 'list-group')]/li")
    lines = [" ".join(str(one.text_content()).split()) for one in items]
    links = [str(one.xpath("./a/@href")[0]) for one in items]
    assert "Something needs you" in text_of(page)
    assert [line.startswith("Wrong:") for line in lines] == [True] * 3
    assert "shop refuses our credentials" in lines[0]
    assert "the vendor refuses the token" in lines[0]
    assert "gone is not configured any more" in lines[1]
    assert "shop: 1 letter waits for a decision · BAD_NAME" in lines[2]
    assert links[:2] == ["/console/accounts/shop", "/console/due?account=gone"]
    assert "shop" in links[2]


async def test_the_overview_refreshes_itself_with_a_part(house: House) -> None:
    """A screen on the wall would show the state of this morning."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        [box] = found(await opened(browser, "/?span=24h"), "//*[@id='overview']")
        assert box.get("hx-get") == "/console/?span=24h"
        assert box.get("hx-trigger") == "every 5s"
        part = await browser.get("/?span=24h", **{"HX-Request": "true"})
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<div id="overview"')
    assert "<html" not in part.text


async def test_charts_show_what_was_counted(house: House) -> None:
    """An empty chart beside a busy shop would be believed."""
    employ(house)
    async with doors(house) as there, there.browser("vera", language="ru") as browser:
        foundation = there.gateway.foundation
        now = foundation.clock.now()
        at = minute_of(now) - timedelta(minutes=20)
        rows = [JournalRow(at, "c-1", Kind.CUSTOMER, "crm", "delivered", "sent", "")] * 1234
        await foundation.store.run(lambda tx: tx.write_journal(rows))
        page = await opened(browser, "/?span=1h")
        assert "За это время данных ещё нет" in page
        await Tally(
            foundation.store, foundation.config.retention, foundation.clock, FakeLog(), "me"
        ).count()
    async with doors(house) as there, there.browser("vera", language="ru") as browser:
        page = await opened(browser, "/?span=1h")
        account = await opened(browser, "/accounts/crm?span=1h")
        other = await opened(browser, "/accounts/shop?span=1h")
    for shown in (page, account):
        assert re.search(r"передано: 1\s234 в минуту", shown)
    assert not re.search(r"передано: 1\s234", other)


async def test_an_admin_pauses_slows_probes_and_resumes_by_forms(house: House) -> None:
    """The page would show buttons that do nothing."""
    employ(house)
    async with doors(house) as there, there.browser("anna") as browser:
        await opened(browser, "/accounts/crm")
        answer = await browser.post("/accounts/crm/pause", reason=f"переезд {SCRIPT}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/accounts/crm")
        page = await opened(browser, "/accounts/crm")
        assert f"переезд {SCRIPT}" in text_of(page)
        assert SCRIPT not in page
        assert "anna" in text_of(page)
        await browser.post("/accounts/crm/probe")
        page = text_of(await opened(browser, "/accounts/crm"))
        assert "0 customers" in page
        assert "Resume" in page
        await browser.post("/accounts/crm/budget", calls="3", per_s="2,5")
        page = text_of(await opened(browser, "/accounts/crm"))
        assert "Slowed down to3 calls in 2.5 s · anna" in page
        answer = await browser.post("/accounts/crm/budget", calls="много")
        assert answer.status_code == 409
        await browser.post("/accounts/crm/budget")
        await browser.post("/accounts/crm/resume")
        page = text_of(await opened(browser, "/accounts/crm"))
    assert "Slowed down to" not in page
    assert "Pause: why" in page


@pytest.mark.parametrize(
    ("who", "path", "allowed"),
    [
        ("vera", "/accounts/crm/probe", False), ("vera", "/due/hurry", False),
        ("olga", "/accounts/crm/probe", True), ("olga", "/accounts/crm/pause", False),
        ("olga", "/accounts/crm/resume", False), ("olga", "/accounts/crm/budget", False),
        ("anna", "/accounts/crm/pause", True),
    ],
)  # fmt: skip
async def test_pages_do_only_what_the_role_allows(
    house: House, who: str, path: str, *, allowed: bool
) -> None:
    """A hidden button is no lock."""
    employ(house)
    async with doors(house) as there, there.browser(who) as browser:
        page = await opened(browser, "/accounts/crm")
        answer = await browser.post(path, account="crm", which="all")
        states = await there.backstage.store.read(lambda tx: tx.account_states())
    assert (answer.status_code == 303) is allowed
    assert allowed or answer.status_code == 403
    assert ("/accounts/crm/pause" in page) is (who == "anna")
    assert ("/accounts/crm/probe" in page) is (who != "vera")
    is_paused = "crm" in states and states["crm"].paused is not None
    assert is_paused is (allowed and path.endswith("pause"))


async def test_what_is_due_is_walked_page_by_page(house: House) -> None:
    """The second page would show the first again, or leave one out."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        await failing(there, 120)
        ids: list[str] = []
        path = "/due?account=crm&state=retry"
        while path:
            page = await opened(browser, path)
            ids += found(page, "//a[contains(@href, '/object/')]/text()")
            following = found(page, "//a[@rel='next']/@href")
            path = str(following[0]).removeprefix("/console") if following else ""
    assert ids == [f"c-{number:03}" for number in range(120)]


async def test_retries_are_hurried_from_the_page(house: House) -> None:
    """An operator would have to wait for an hour, though the vendor is back."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        await failing(there, 6)

        async def hurried() -> int:
            now = there.backstage.clock.now()
            page = await there.backstage.due_pages.page("crm", "retry")
            return sum(one.next_at is not None and one.next_at <= now for one in page.items)

        await opened(browser, "/due?account=crm&state=retry")
        answer = await browser.post("/due/hurry", account="crm", state="retry", which="chosen")
        assert answer.status_code == 409, "nothing was ticked, and all of it was hurried"
        assert await hurried() == 0
        answer = await browser.post(
            "/due/hurry", account="crm", state="retry", which="chosen", id=["c-000", "c-003"]
        )
        assert answer.headers["location"] == "/console/due?account=crm&state=retry"
        assert await hurried() == 2
        await browser.post(
            "/due/hurry", account="crm", state="retry", which="all", cause_code="BUSY"
        )
        assert await hurried() == 4


async def test_schedules_and_operations_are_shown(house: House) -> None:
    """Nobody could tell when a feed is read next, or which bonus waits."""
    employ(house)
    async with doors(house) as there, there.browser("vera", language="ru") as browser:
        now = there.backstage.clock.now()
        row = OperationRow("o-1", "bonus.accrue", "crm", DeliveryState.DUE, now, {})
        await there.backstage.store.run(lambda tx: tx.put_operations([row]))
        page = text_of(await opened(browser, "/due?account=crm&state=operation"))
    assert "подсчёт для графиков" in page
    assert "удаление старого" in page
    assert "bonus.accrue o-1" in page
