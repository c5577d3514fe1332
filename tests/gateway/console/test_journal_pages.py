"""Search, an entity's page, the live log and the audit log, in a browser without scripts."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from markupsafe import escape

from gateway.canonical import Kind
from gateway.ports import JournalFilter, JournalRow
from tests.gateway.ingress.test_ops_journal import arrived
from tests.gateway.ops.backstage import Browser, Doors, doors, employ
from tests.gateway.ops.house import CUSTOMER, EMAIL, FIRST, ORDER, PHONE, PLANTED, House, hint
from tests.store.rows import NOON, customer, sentence

EVIL = "<script>alert('x')</script>"
EVIL_SHOWN = str(escape(EVIL))


def _safe(text: str) -> str:
    """Prove that planted markup is no markup, and that nothing personal is shown."""
    assert "<script>" not in text
    assert not [secret for secret in PLANTED if secret in text]
    return text


async def _found(browser: Browser, query: str) -> str:
    """Search, and return the path of the one page that it leads to."""
    answer = await browser.get(f"/search?q={query.replace('+', '%2B')}")
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.headers["location"]).path.removeprefix("/console")


async def _write(there: Doors, *rows: JournalRow) -> None:
    store = there.gateway.foundation.store
    await store.run(lambda tx: tx.write_journal(rows))


async def test_one_find_leads_to_its_page_and_its_story(house: House) -> None:
    """Somebody on the telephone waits for each click."""
    employ(house)
    async with doors(house) as there, there.browser("vera", language="ru") as browser:
        await arrived(house, there)
        path = await _found(browser, PHONE)
        page = _safe((await browser.get(path)).text)
        assert "Получено от shop: запись новая, принята." in page
        assert "Отправлено в crm: создано там под номером" in page
        assert "+7916***4567" in page
        assert "Показать личные данные" not in page
        order = _safe((await browser.get(await _found(browser, "А-1025"))).text)
        assert "Сравнение систем" in order
        assert re.search(r"<h1[^>]*>\s*Заказ\s+А-1025", order)


async def test_a_mistyped_phone_shows_who_is_near(house: House) -> None:
    """A slip of the finger would send a customer away."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        await arrived(house, there)
        page = await browser.get("/search?q=8 916 123-45-66")
        assert page.status_code == 200
        assert "near to it are" in page.text
        assert "+7916***4567" in page.text
        nothing = await browser.get(f"/search?q={EVIL}")
        assert "Nothing is known under this" in _safe(nothing.text)
        assert EVIL_SHOWN in nothing.text
        empty = await browser.get("/search")
        assert (empty.status_code, "found" in empty.text) == (200, False)


async def test_vendors_texts_are_shown_as_texts(house: House) -> None:
    """A vendor could act in the operator's name."""
    employ(house)
    bad = {**CUSTOMER, "name/first": EVIL, "source": EVIL}
    house.vendor("shop").change(customer={"7": bad}, order={"12": {**ORDER, "number": EVIL}})
    async with doors(house) as there, there.browser("vera") as browser:
        await hint(there.gateway, "customer", "7")
        await hint(there.gateway, "order", "12")
        found = there.backstage.search
        for query in (PHONE, EVIL):
            while not (await found.look(query)).lines:
                await there.gateway.foundation.store.read(lambda tx: tx.journal_head())
            page = await browser.get(await _found(browser, query))
            assert EVIL_SHOWN in _safe(page.text)
        await _write(
            there,
            sentence("", "remark", account=EVIL, outcome=EVIL, detail={"why": EVIL}),
            sentence("", "action", account="operator", outcome="failed",
                     detail={"who": EVIL, "action": "unmask", "cause": EVIL}),
        )  # fmt: skip
        for address in ("/live", "/audit", f"/live?text={EVIL}", f"/audit?who={EVIL}"):
            answer = await browser.get(address)
            assert answer.status_code == 200
            assert EVIL_SHOWN in _safe(answer.text), address


async def test_personal_data_are_shown_once_to_who_may_and_says_why(house: House) -> None:
    """A page in the browser's cache would show a customer to the next at the desk."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        await arrived(house, there)
        path = await _found(browser, EMAIL)
        assert "Show once" in (await browser.get(path)).text
        without = await browser.post(f"{path}/unmask", reason="")
        assert (without.status_code, FIRST in without.text) == (409, False)
        shown = await browser.post(f"{path}/unmask", reason="звонок клиента")
        assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
        assert FIRST in shown.text
        assert "olga looked behind the mask." in shown.text
        assert FIRST not in (await browser.get(path)).text
        audit = (await browser.get("/audit?who=olga&event=unmasked")).text
        assert "Reason: звонок клиента." in audit
        assert "Reason" not in (await browser.get("/audit?who=boris")).text
        async with there.browser("vera") as viewer:
            assert (await viewer.post(f"{path}/unmask", reason="так")).status_code == 403
        assert "vera may not do looking behind the mask" in (await browser.get("/audit")).text
        stolen = await browser.client.post(f"/console{path}/unmask", data={"reason": "так"})
        assert stolen.status_code == 403


async def test_with_a_second_person_the_page_waits(house: House) -> None:
    """The rule of four eyes would hold at the API only."""
    employ(house, console='approve = ["unmask"]')
    async with doors(house) as there, there.browser("olga") as browser:
        await arrived(house, there)
        path = await _found(browser, EMAIL)
        await browser.get(path)
        asked = await browser.post(f"{path}/unmask", reason="звонок клиента")
        assert (asked.status_code, asked.headers["location"]) == (303, "/console/approvals")


async def test_a_long_story_is_turned_over_and_linked_into(house: House) -> None:
    """The beginning of an order with a thousand sentences could not be reached."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        rows = [sentence("c-1", "hint", account="shop", outcome="new", at=NOON,
                         detail={"external_id": f"n-{n}"}) for n in range(150)]  # fmt: skip
        await there.gateway.foundation.store.run(lambda tx: tx.put_entities([customer("c-1")]))
        await _write(there, *rows)
        page = (await browser.get("/object/c-1")).text
        assert "record n-149 changed" in page
        assert "record n-49 changed" not in page
        earlier = re.search(r'href="/console(/object/c-1\?before=\d+)', page)
        assert earlier is not None
        first = (await browser.get(earlier[1])).text
        assert "record n-0 changed" in first
        assert "Later" in first
        link = re.search(r'href="/console(/object/c-1\?at=(\d+))#s(\d+)"', first)
        assert link is not None
        assert link[2] == link[3]
        there_again = (await browser.get(link[1])).text
        assert re.search(rf'<li class="step step-here" id="s{link[2]}"', there_again)
        assert (await browser.get("/object/c-none")).status_code == 404


async def test_orders_of_a_customer_are_turned_over(house: House) -> None:
    """Of a good customer only the last orders could be seen."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        orders = [customer(f"o-{n:03}", kind=Kind.ORDER,
                           fields={"number": f"N{n:03}", "customer_id": "c-1"})
                  for n in range(30)]  # fmt: skip
        store = there.gateway.foundation.store
        await store.run(lambda tx: tx.put_entities([customer("c-1", fields={}), *orders]))
        page = (await browser.get("/object/c-1")).text
        assert "N029" in page
        assert "N005" not in page
        older = re.search(r'href="/console(/object/c-1/order\?before=[^"]+)"', page)
        assert older is not None
        assert "N005" in (await browser.get(older[1])).text
        assert (await browser.get("/object/c-1/nonsense")).status_code == 404
        assert "/object/c-1" in (await browser.get("/object/o-007")).text


async def test_the_live_log_goes_on_pauses_and_is_filtered(house: House) -> None:
    """Whoever looks for a fault would reload a page all day."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        rows = [sentence("c-1", "hint", account="shop", outcome="new", at=NOON,
                         detail={"external_id": f"n-{n}"}) for n in range(3)]  # fmt: skip
        await _write(there, *rows)
        page = (await browser.get("/live?account=shop")).text
        assert page.index("record n-2") < page.index("record n-1")
        poll = re.search(r'hx-get="/console(/live/poll\?[^"]+)"', page)
        assert poll is not None
        address = html.unescape(poll[1])
        quiet = await browser.get(address, **{"HX-Request": "true"})
        assert (quiet.status_code, quiet.text) == (204, "")
        await _write(
            there,
            sentence("c-1", "hint", account="crm", outcome="new", detail={"external_id": "other"}),
            sentence("c-1", "hint", account="shop", outcome="new", detail={"external_id": "n-3"}),
        )
        more = await browser.get(address, **{"HX-Request": "true"})
        assert "record n-3" in more.text
        assert "other" not in more.text
        assert "<html" not in more.text
        assert 'hx-swap-oob="true"' in more.text
        following = re.search(r'hx-get="/console(/live/poll\?[^"]+)"', more.text)
        assert following is not None
        again = await browser.get(html.unescape(following[1]), **{"HX-Request": "true"})
        assert again.status_code == 204
        paused = (await browser.get("/live?account=shop&pause=1")).text
        assert "hx-get" not in paused
        assert 'value="shop"' in paused
        zoned = (await browser.get("/live?since=2026-03-02T09:00%2B00:00")).text
        assert 'value="2026-03-02T12:00"' in zoned  # the shop's zone is Moscow
        wrong = await browser.get("/live?since=yesterday")
        assert (wrong.status_code, "2026-11-30T12:00" in wrong.text) == (409, True)


async def test_an_older_page_of_the_log_stands_still(house: House) -> None:
    """Lines would run away under the reader's eyes."""
    employ(house)
    async with doors(house) as there, there.browser("vera") as browser:
        await _write(there, *(sentence("", f"event.{n}", at=NOON) for n in range(250)))
        page = (await browser.get("/live")).text
        older = re.search(r'href="/console(/live\?before=\d+)"', page)
        assert older is not None
        second = (await browser.get(older[1])).text
        assert "hx-get" not in second
        assert re.search(r'rel="prev" href="/console/live\?after=\d+"', second)


async def test_the_log_is_taken_away_as_a_file(house: House) -> None:
    """What an auditor asks for would be copied from the screen."""
    employ(house)
    async with doors(house) as there, there.browser("vera", language="ru") as browser:
        await arrived(house, there)
        offer = (await browser.get("/live/export?account=shop")).text
        link = re.search(r'href="/console(/live/file\?[^"]*form=csv[^"]*)"', offer)
        assert link is not None
        file = await browser.get(html.unescape(link[1]))
        assert file.headers["content-disposition"] == 'attachment; filename="journal.csv"'
        assert "Получено от shop" in _safe(file.text)
        assert "crm" not in {line.split(",")[2] for line in file.text.splitlines()[1:]}
        assert (await browser.get("/live/file?form=exe")).status_code == 409
        nothing = await browser.get("/live/export?account=nobody")
        assert "Ничего не подходит" in nothing.text
        log = there.backstage.livelog
        assert (await log.page(JournalFilter(account="nobody"))).steps == ()
