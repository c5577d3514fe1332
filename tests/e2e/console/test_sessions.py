"""A session that ended, and the live log."""

from __future__ import annotations

import re

from tests.e2e.console.busy import arrive, refuse
from tests.e2e.console.desk import Desk
from tests.gateway.ops.house import House


async def test_a_log_out_in_one_tab_ends_the_others(desk: Desk) -> None:
    """The next at the desk would go on in somebody's name."""
    first = await desk.page("olga")
    second, polling = await first.context.new_page(), await first.context.new_page()
    await desk.open(second, "/dead")
    await desk.open(polling, "/live")
    await first.get_by_role("button", name="Выйти").click()
    await first.wait_for_url(f"{desk.url}/login")
    await second.get_by_role("link", name="Все одним списком").click()
    await second.wait_for_url(f"{desk.url}/login")
    await polling.wait_for_url(f"{desk.url}/login")
    assert await polling.locator("form #password").count() == 1
    await first.go_back()
    await first.wait_for_url(f"{desk.url}/login")


async def test_the_live_log_goes_on_pauses_and_is_linked_to(desk: Desk, house: House) -> None:
    """An operator would reload a page a hundred times to see an order come."""
    page = await desk.page("olga")
    await desk.open(page, "/live")
    await page.get_by_label("Система").fill("shop")
    await page.get_by_role("button", name="Отобрать").click()
    await page.wait_for_url(re.compile("account=shop"))
    await page.get_by_text("вживую").wait_for()
    await page.evaluate("window.isTheSame = true")
    paused = await page.context.new_page()
    await paused.goto(page.url)
    await paused.get_by_role("link", name="Пауза").click()
    await paused.get_by_text("стоит").wait_for()
    before = await paused.locator("#lines").inner_text()
    await arrive(desk, house)
    line = page.locator("#lines li").filter(has_text="Получено от shop: запись новая")
    await line.first.wait_for()
    assert await page.evaluate("window.isTheSame") is True
    assert await paused.locator("#lines").inner_text() == before
    assert await paused.locator("[hx-trigger]").count() == 0
    linked = await page.context.new_page()
    await linked.goto(page.url)
    assert await linked.get_by_label("Система").input_value() == "shop"
    await refuse(desk, house)
    await linked.locator("#lines li").filter(has_text="запись 8 изменилась").first.wait_for()
    systems = await linked.locator("#lines .step-head > span.text-secondary").all_inner_texts()
    assert {one for one in systems if not one.startswith("×")} == {"shop"}
