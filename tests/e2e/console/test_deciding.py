"""Second persons, and looks behind the mask."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from tests.e2e.console.busy import REASON, arrive
from tests.e2e.console.desk import Desk
from tests.gateway.ops.house import FIRST, House, letters
from tests.gateway.ops.letter_shelf import shelve

if TYPE_CHECKING:
    from playwright.async_api import Page


async def sent(desk: Desk, page: Page, path: str, **fields: str) -> int:
    """Send a form that the page does not offer, with its session and token; return the status."""
    token = await page.locator("input[name=csrf]").first.input_value()
    answer = await page.context.request.post(
        desk.url + path, form={"csrf": token, **fields}, max_redirects=0
    )
    return answer.status


async def test_one_asks_another_approves_and_it_happens(desk: Desk) -> None:
    """One hand could give up what a customer is owed."""
    foundation = desk.gateway.foundation
    await shelve(foundation, range(2), account="gone")
    olga = await desk.page("olga")
    await desk.open(olga, "/dead/l0000")
    await olga.get_by_label("Почему закрывается").fill(REASON)
    await olga.get_by_role("button", name="Закрыть письмо").click()
    await olga.get_by_role("heading", name="Ждут второго человека").wait_for()
    await olga.get_by_text(REASON).wait_for()
    assert await olga.get_by_role("button", name="Согласовать").count() == 0
    assert await olga.get_by_role("button", name="Отозвать").count() == 1
    (waiting,) = await desk.stage.approvals.list()
    own = await sent(desk, olga, f"/approvals/{waiting.id}/approve")
    assert own in {HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT}
    assert len(await letters(foundation)) == 2
    boris = await desk.page("boris")
    await boris.get_by_role("link", name="Согласования").click()
    await boris.get_by_text(REASON).wait_for()
    await desk.browsing.shot(boris, "approval-ru")
    await boris.get_by_role("button", name="Согласовать").click()
    await boris.get_by_text("Решений пока не было").wait_for(state="detached")
    assert [one.id for one in await letters(foundation)] == ["l0001"]
    await desk.open(boris, "/dead/l0000")
    await boris.get_by_text(REASON).wait_for()
    await desk.open(boris, "/audit?who=boris")
    texts = " ".join(await boris.get_by_role("listitem").all_inner_texts())
    assert "boris" in texts
    assert "l0000" in await boris.content()


async def test_a_look_behind_the_mask_has_a_reason_and_is_written_down(
    desk: Desk, house: House
) -> None:
    """Whoever may look at customers could do so unseen."""
    page = await desk.page("olga")
    customer, _ = await arrive(desk, house)
    await desk.open(page, f"/object/{customer}")
    assert FIRST not in await page.content()
    await page.get_by_text("Показать личные данные").click()
    await page.get_by_role("textbox", name=re.compile("^Зачем")).fill("звонок клиента")
    await page.get_by_role("button", name="Показать один раз").click()
    await page.get_by_role("cell", name=FIRST, exact=True).wait_for()
    await desk.open(page, f"/object/{customer}")
    assert FIRST not in await page.content()
    await page.get_by_role("link", name="Действия").click()
    await page.get_by_text("Причина: звонок клиента.").wait_for()
    await desk.browsing.shot(page, "unmasked-audit-ru")


async def test_a_viewer_is_not_offered_to_look_and_is_refused_by_address(
    desk: Desk, house: House
) -> None:
    """What a page does not show can still be typed."""
    page = await desk.page("vera")
    customer, _ = await arrive(desk, house)
    await desk.open(page, f"/object/{customer}")
    await page.get_by_role("heading", name="Покупатель").wait_for()
    assert await page.get_by_text("Показать личные данные").count() == 0
    status = await sent(desk, page, f"/object/{customer}/unmask", reason="так")
    assert status == HTTPStatus.FORBIDDEN
    await desk.open(page, "/audit?who=vera")
    said = " ".join(await page.get_by_role("listitem").all_inner_texts())
    assert "vera: нет права на просмотр скрытых данных; ничего не сделано." in said
