"""Operators without a mouse, and browsers without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser import PHONE as PHONE_SIZE
from tests.e2e.console.busy import refuse
from tests.e2e.console.desk import Desk
from tests.gateway.ops.backstage import PASSWORD
from tests.gateway.ops.house import FIRST, House, eventually

if TYPE_CHECKING:
    from playwright.async_api import Page

REFUSED_PHONE = "8 903 555-00-11"
MOST_TABS = 60


async def at(page: Page) -> str:
    """Return what has the focus, as markup."""
    found = await page.evaluate("document.activeElement.outerHTML")
    return str(found)


async def tab_to(page: Page, wanted: str) -> None:
    """Press the key until what is wanted has the focus, and see that it shows it."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if re.search(wanted, await at(page)):
            break
    else:
        raise AssertionError(wanted)
    width = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    shadow = await page.evaluate("getComputedStyle(document.activeElement).boxShadow")
    assert width not in {"", "0px"} or shadow != "none", await at(page)


async def test_an_operator_works_with_the_keyboard_alone(desk: Desk, house: House) -> None:
    """Who cannot use a mouse could not work here."""
    letter = await refuse(desk, house)
    page = await desk.page()
    await desk.open(page, "/login")
    await page.keyboard.type("olga")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk.url}/")
    await page.keyboard.press("Tab")
    assert "К содержанию" in await at(page)
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.reload()
    await tab_to(page, "type=.search.")
    await page.keyboard.type(REFUSED_PHONE)
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/object/"))
    await tab_to(page, f"/dead/{letter}")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk.url}/dead/{letter}")
    await tab_to(page, "<button[^>]*>Отправить снова")


async def test_the_menu_folds_on_a_phone(desk: Desk) -> None:
    """Eleven pages would fill the screen before the first word."""
    page = await desk.page("olga", size=PHONE_SIZE)
    link = page.get_by_role("link", name="Согласования")
    await page.get_by_role("button", name="Меню").click()
    await page.locator("#menu.show").wait_for()
    await link.click()
    await page.get_by_role("heading", name="Ждут второго человека").wait_for()
    assert not await link.is_visible()


async def test_everything_works_without_scripts(desk: Desk, house: House) -> None:
    """A script that a proxy strips would lock operators out in an emergency."""
    letter = await refuse(desk, house)
    page = await desk.page("olga", javascript=False, size=PHONE_SIZE)
    assert await page.get_by_role("link", name="Согласования").is_visible()
    search = page.get_by_role("searchbox", name="Найти заказ или покупателя")
    await search.fill(REFUSED_PHONE)
    await search.press("Enter")
    await page.wait_for_url(re.compile("/object/"))
    await page.locator(f"a[href$='/dead/{letter}']").click()
    house.vendor("crm").change(lenient=True)
    await page.get_by_role("button", name="Отправить снова").click()
    await page.get_by_role("status").filter(has_text="отправляется снова").wait_for()

    async def names() -> list[str]:
        rows = house.vendor("crm").read()["customer"].values()
        return [row["name/first"] for row in rows]

    assert await eventually(names, bool) == [f"{FIRST}7"]
