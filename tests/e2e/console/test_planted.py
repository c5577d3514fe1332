"""Scripts in names, errors and answers are shown as what they are: texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.e2e.console.busy import arrive
from tests.e2e.console.desk import Desk
from tests.gateway.ops.house import House
from tests.store.rows import NOON, letter, sentence

if TYPE_CHECKING:
    from playwright.async_api import Page

EVIL = "<img src=x onerror='planted=true'><script>planted=true;alert('ё')</script>"
_RAN = """() => typeof planted !== "undefined"
  || document.querySelectorAll("img[onerror], script:not([src])").length > 0"""


async def harmless(page: Page, where: str) -> None:
    """Prove that an open page shows the planted text, and has made nothing of it."""
    assert not await page.evaluate(_RAN), where
    typed = await page.locator("main input").evaluate_all("all => all.map(one => one.value).join()")
    assert "onerror='planted=true'" in typed + await page.inner_text("main"), where


async def test_what_vendors_and_people_say_never_becomes_markup(desk: Desk, house: House) -> None:
    """A customer could act in the operator's name by what he calls himself."""
    opened: list[str] = []
    page = await desk.page("olga")
    page.on("dialog", lambda dialog: opened.append(dialog.message))
    customer, _ = await arrive(desk, house, fields={"name/first": EVIL, "source": EVIL})
    row = letter(
        "l-evil", subject=customer, account="crm", cause_code="BAD", cause=EVIL, last_at=NOON,
        request={"name/first": EVIL}, answer={"error": EVIL, "vendor_code": EVIL},
    )  # fmt: skip
    said = sentence("", "remark", account=EVIL, outcome=EVIL, detail={"why": EVIL})
    await desk.gateway.foundation.store.run(lambda tx: tx.put_dead([row]))
    await desk.gateway.foundation.store.run(lambda tx: tx.write_journal([said]))
    await desk.open(page, f"/object/{customer}")
    await page.get_by_text("Показать личные данные").click()
    await page.locator("#reason").fill(EVIL)
    await page.get_by_role("button", name="Показать один раз").click()
    await page.get_by_text("показано без маски").wait_for()
    await harmless(page, "unmasked")
    for path in ("/dead/l-evil", "/dead", "/dead/list", f"/search?q={EVIL}", "/live", "/audit"):
        await desk.open(page, path)
        await harmless(page, path)
    await page.locator("#f-who").fill(EVIL[:60])
    await page.get_by_role("button", name="Отобрать").click()
    await page.wait_for_url(re.compile("who="))
    assert await page.locator("#f-who").input_value() == EVIL[:60]
    assert not await page.evaluate(_RAN)
    assert opened == []
