"""The page of merges in a real browser: a phone's screen, in Russian, without scripts."""

from __future__ import annotations

from gateway.cli.http import HttpServer, listen
from gateway.config import HttpSection
from gateway.ports import MergeState
from tests.browser import Browsing
from tests.gateway.identity.merging.asked import EMAIL, PHONE, Asked


async def test_a_person_confirms_on_his_telephone(browsing: Browsing) -> None:
    """He would be stuck between the two messages, or not know what he agrees to."""
    bound = listen(HttpSection(port=0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    asked = Asked(url=url, theme="green")
    row = await asked.ask(asked.twice())
    async with HttpServer(asked.app(), bound).serving():
        page = await browsing.page(javascript=False)
        await page.goto(url + asked.post.path(PHONE))
        assert await page.locator("html").get_attribute("lang") == "ru"
        await page.get_by_role("heading", name="Это ваши записи?").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await browsing.shot(page, "merge-1-question")
        await page.get_by_label("Код").fill("000000")
        await page.get_by_role("button", name="Подтвердить").click()
        await page.get_by_text("Код не подошёл").wait_for()
        await page.get_by_label("Код").fill(asked.post.code(PHONE))
        await page.get_by_role("button", name="Подтвердить").click()
        await page.get_by_role("heading", name="Подтверждено").wait_for()
        await browsing.shot(page, "merge-2-other")
        await page.get_by_label("Код").fill("000000")
        await page.get_by_role("button", name="Подтвердить").click()
        await page.get_by_text("Код не подошёл").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.get_by_label("Код").fill(asked.post.code(EMAIL))
        await page.get_by_role("button", name="Подтвердить").click()
        await page.get_by_role("heading", name="Спасибо!").wait_for()
        await browsing.shot(page, "merge-3-done")
    bound.close()
    assert asked.state(row) is MergeState.DONE
    asked.world.close()
