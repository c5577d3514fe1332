"""Somebody on the telephone: find the order, read its story, see what systems hold."""

from __future__ import annotations

from tests.e2e.console.busy import arrive
from tests.e2e.console.desk import Desk
from tests.gateway.ops.house import CUSTOMER, ORDER, PHONE, House, eventually, hint

NEW_NAME = "Маргарита"


async def test_an_order_is_found_by_a_mistyped_phone_and_tells_its_story(
    desk: Desk, house: House
) -> None:
    """Who mistypes one digit of eleven would send the customer away."""
    await arrive(desk, house)
    page = await desk.page("vera")
    search = page.get_by_role("searchbox", name="Найти заказ или покупателя")
    await search.fill("8 (916) 123-45-66")
    await search.press("Enter")
    await page.get_by_text("Под этим ничего не известно").wait_for()
    await page.get_by_role("link", name="А-1025").click()
    await page.get_by_role("heading", name="Заказ А-1025").wait_for()
    story = page.get_by_role("region", name="История по порядку")
    steps = await story.get_by_role("listitem").all_inner_texts()
    assert "Получено от shop: запись новая, принята." in steps[0]
    assert any("Отправлено в crm: создано там под номером" in one for one in steps)
    await desk.browsing.shot(page, "order-story-ru")


async def test_what_differs_between_systems_stands_side_by_side(desk: Desk, house: House) -> None:
    """An operator would compare three browser tabs by eye."""
    customer, _ = await arrive(desk, house)
    await desk.stage.account_desk.pause("crm", who="anna", reason="переезд")
    state = house.vendor("shop").read()
    changed = {**state["customer"]["7"], "name/first": NEW_NAME}
    house.vendor("shop").change(customer={"7": changed})
    await hint(desk.gateway, "customer", "7")

    async def version() -> int:
        return (await desk.stage.journal.entity(customer, steps=1)).version

    await eventually(version, lambda found: found > 1)
    page = await desk.page("vera")
    await desk.open(page, f"/object/{customer}")
    row = page.locator("#across").locator("xpath=../..").get_by_role("row")
    differing = row.filter(has_text="name/first").first
    await differing.wait_for()
    cells = await differing.get_by_role("cell").all_inner_texts()
    assert cells[0] == "name/first"
    crm = await differing.locator("td[data-label=crm]").inner_text()
    shop = await differing.locator("td[data-label=shop]").inner_text()
    assert ("должно быть" in crm, "должно быть" in shop) == (True, False)
    await page.get_by_text("отличается 1 поле").wait_for()
    await desk.browsing.shot(page, "differences-ru")
    assert PHONE not in await page.content()
    assert CUSTOMER["name/last"] not in await page.content()
    assert ORDER["number"] == "А-1025"
