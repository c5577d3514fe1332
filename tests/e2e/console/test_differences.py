"""What systems hold, side by side."""

from __future__ import annotations

from tests.e2e.console.busy import arrive
from tests.e2e.console.desk import Desk
from tests.gateway.ops.house import PLANTED, House, eventually, hint

NEW_NAME = "Маргарита"


async def test_what_differs_between_systems_stands_side_by_side(desk: Desk, house: House) -> None:
    """An operator would compare three browser tabs by eye."""
    page = await desk.page("vera")
    customer, _ = await arrive(desk, house)
    await desk.stage.account_desk.pause("crm", who="anna", reason="переезд")

    async def rests() -> bool:
        return desk.gateway.foundation.accounts["crm"].paused

    await eventually(rests, bool)
    state = house.vendor("shop").read()
    changed = {**state["customer"]["7"], "name/first": NEW_NAME}
    house.vendor("shop").change(customer={"7": changed})
    await hint(desk.gateway, "customer", "7")

    async def version() -> int:
        return (await desk.stage.journal.entity(customer, steps=1)).version

    await eventually(version, lambda found: found > 1)
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
    text = await page.content()
    assert not [secret for secret in PLANTED if secret in text]
