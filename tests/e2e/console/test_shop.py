"""The demo's shop between doubles of its site and its CRM: find an order, mend what was refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.canonical import Kind
from gateway.demo.staff import PASSWORD
from tests.browser import Browsing
from tests.e2e.console.desk import Desk, open_desk
from tests.e2e.selling import CRM_FORM, EMAIL, sold
from tests.e2e.world import CRM, SHOP, Row, World, open_world, until

if TYPE_CHECKING:
    from playwright.async_api import Page

PYOTR = "pyotr@example.ru"
FAMILY = (("Семёнова", "Алёна", EMAIL), ("Семёнов", "Пётр", PYOTR))


@pytest.fixture
async def shop(tmp_path: Path, browsing: Browsing) -> AsyncIterator[tuple[World, Desk]]:
    """The shop, and its console."""
    async with open_world(tmp_path) as world, open_desk(world.gateway, browsing) as desk:
        yield world, desk


async def test_an_order_is_found_by_a_mistyped_phone_and_tells_its_story(
    shop: tuple[World, Desk],
) -> None:
    """Who mistypes one digit of eleven would send the customer away."""
    world, desk = shop
    sale = await sold(world)
    page = await desk.page("operator", password=PASSWORD)
    search = page.get_by_role("searchbox", name="Найти заказ или покупателя")
    await search.fill("8 (916) 123-45-76")
    await search.press("Enter")
    near = page.get_by_role("region", name="Под этим ничего не известно")
    await near.get_by_role("link").first.click()
    await page.get_by_role("heading", name="Покупатель").wait_for()
    await page.get_by_role("link", name=sale.number).click()
    await page.get_by_role("heading", name=f"Заказ {sale.number}").wait_for()
    told = await page.locator("#story li.step").all_inner_texts()
    assert "Получено от shop: запись новая, принята." in told[0]
    assert any("Отправлено в crm: создано там под номером" in one for one in told)
    text = await page.inner_text("main")
    assert not re.search(r"\d{4}-\d\d-\d\dT", text), "a time that only machines read"
    await desk.browsing.shot(page, "order-story-ru")


async def refused(world: World) -> str:
    """Let the site refuse the second of two customers with one phone; return the letter's id."""
    for last, first, email in FAMILY:
        form = {**CRM_FORM, "lastName": last, "firstName": first, "email": email}
        made = (await world.crm.act("customer.create", customer=form))["id"]
        await until(lambda made=made: world.link(CRM, Kind.CUSTOMER, made), what="it is read")  # type: ignore[misc]
        await world.quiet(for_s=0.7)
    [letter] = await world.gateway.foundation.store.read(
        lambda tx: tx.dead_letters(state="open", account=SHOP, limit=10)
    )
    return letter.id


async def mend(page: Page, path: str, text: str) -> None:
    """Type a field's new value and look at the difference."""
    await page.get_by_label("Поле 1").fill(path)
    await page.get_by_label("Новое значение 1").fill(text)
    await page.get_by_role("button", name="Показать, что изменится").click()
    await page.get_by_role("heading", name="Что изменится в записи").wait_for()


async def test_a_refused_customer_is_mended_and_arrives_at_the_site(
    shop: tuple[World, Desk],
) -> None:
    """From the red line to the record at the vendor, without a word to a programmer."""
    world, desk = shop
    letter = await refused(world)
    page = await desk.page("operator", password=PASSWORD)
    await page.get_by_role("link", name="shop: 1 письмо ждёт решения").click()
    await page.get_by_role("link", name="GW_DUPLICATE").wait_for()
    assert await page.locator("main tbody tr").count() == 1
    await desk.browsing.shot(page, "letters-of-a-cause-ru")
    await page.get_by_role("link", name="GW_DUPLICATE").click()
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Что будет отправлено?").click()
    await page.get_by_text("Саму систему не спрашивали").wait_for()
    assert await world.site_user(PYOTR) is None
    await page.get_by_role("link", name=re.compile("^shop ")).click()
    await page.wait_for_url(f"{desk.url}/dead/{letter}")
    for told in ("Что случилось", "Что это значит", "Что делать", "Что отправлялось"):
        await page.get_by_text(told, exact=True).wait_for()
    await desk.browsing.shot(page, "letter-of-the-shop-ru")
    await mend(page, "phones/+79161234567", "")
    await desk.browsing.shot(page, "difference-ru")
    await page.get_by_role("button", name="Отправить").click()
    await page.wait_for_url(f"{desk.url}/dead/{letter}")

    async def arrived() -> Row | None:
        return await world.site_user(PYOTR)

    user = await until(arrived, what="the site has the customer")
    assert user["name"] in {first for _, first, _ in FAMILY}
    await page.reload()
    await page.get_by_text("отправлено снова").first.wait_for()
