"""Pages of the overview: no vendor's markup, labels for phones and readers, refusals in words."""

from __future__ import annotations

import pytest

from gateway.ports import AccountState
from tests.gateway.console.looking import SCRIPT, failing, found, opened
from tests.gateway.ops.backstage import doors, employ
from tests.gateway.ops.house import House

PAGES = ("/", "/accounts", "/accounts/crm", "/due", "/due?account=crm&state=retry")


@pytest.mark.parametrize("path", PAGES)
async def test_what_vendors_say_is_never_markup(house: House, path: str) -> None:
    """A vendor's error text would run in the operator's session."""
    employ(house)
    async with doors(house) as there, there.browser("anna") as browser:
        await failing(there, 3, cause=SCRIPT)
        now = there.backstage.clock.now()
        parked = AccountState("shop", parked=True, reason=SCRIPT, since=now)
        await there.backstage.store.run(lambda tx: tx.put_account_state(parked))
        page = await opened(browser, path)
    assert SCRIPT not in page
    assert not found(page, "//main//script")


@pytest.mark.parametrize("path", PAGES)
async def test_cells_and_forms_are_labelled_for_phones_and_readers(house: House, path: str) -> None:
    """On a phone rows are cards: a cell without its label says nothing."""
    employ(house)
    async with doors(house) as there, there.browser("anna") as browser:
        await failing(there, 3)
        page = await opened(browser, path)
    cells = found(page, "//table[contains(@class, 'stack')]/tbody/tr/td[not(@colspan)]")
    bare = [
        cell for cell in cells
        if cell.get("data-label") is None and not cell.xpath(".//input[@type='checkbox']")
    ]  # fmt: skip
    assert bare == []
    fields = found(page, "//main//input[not(@type='hidden')] | //main//select")
    labelled = set(found(page, "//label/@for"))
    assert [
        one for one in fields
        if one.get("id") not in labelled and one.get("aria-label") is None
    ] == []  # fmt: skip
    for table in found(page, "//table[contains(@class, 'stack')]"):
        assert table.xpath("ancestor::section[@aria-labelledby or @aria-label]")


async def test_pages_that_are_not_there_say_so(house: House) -> None:
    """A mistyped account would be a fault of ours."""
    employ(house)
    async with doors(house) as there, there.browser("vera", language="ru") as browser:
        assert (await browser.get("/accounts/none")).status_code == 404
        assert (await browser.get("/due?account=crm&state=nonsense")).status_code == 409
        answer = await browser.get("/accounts/none")
    assert "нет системы none" in answer.text
