"""Every page of the menu, in both languages, on a wide screen and on a phone in the dark."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from gateway.console.nav import NAV
from gateway.console.pages import PAGES
from gateway.ops.report_texts import ReportName
from tests.browser import DESK, PHONE, Browsing
from tests.e2e.console.busy import Busy, busy_day
from tests.e2e.console.desk import Desk
from tests.gateway.ops.house import House

if TYPE_CHECKING:
    from playwright.async_api import Page

_LOOK = """() => {
  const shown = one => one.checkVisibility({checkOpacity: false, checkVisibilityCSS: true});
  const named = one => (one.labels && one.labels.length) || one.getAttribute("aria-label")
    || one.getAttribute("aria-labelledby") || one.textContent.trim();
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    wrong.push(`wider than the screen: ${root.scrollWidth} > ${root.clientWidth}`);
  if (!/^\\S.* · \\S/.test(document.title)) wrong.push(`title: ${document.title}`);
  const heads = [...document.querySelectorAll("h1")].filter(one => one.textContent.trim());
  if (heads.length !== 1) wrong.push(`${heads.length} first headings`);
  for (const one of document.querySelectorAll("input, select, textarea, button, a[href]"))
    if (one.type !== "hidden" && !named(one)) wrong.push(`no name: ${one.outerHTML.slice(0, 90)}`);
  for (const one of document.querySelectorAll("img, svg"))
    if (!one.getAttribute("alt") && !one.getAttribute("aria-label"))
      wrong.push(`no text for a picture: ${one.outerHTML.slice(0, 90)}`);
  for (const one of document.querySelectorAll("figure.chart"))
    if (!one.querySelector("polyline, rect, circle") && !one.textContent.trim())
      wrong.push("an empty chart without words");
  const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at)))
    wrong.push(`id stands twice: ${id}`);
  for (const one of document.querySelectorAll("td, th, dd, dt, label, .badge, .btn, .nav-link"))
    if (shown(one) && !one.classList.contains("visually-hidden")
        && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
      wrong.push(`cut off: ${one.outerHTML.slice(0, 120)}`);
  const foreign = /^(CSV|NDJSON|English|crm|shop|[A-Z_]{4,}|l0.*|c-.*|crm · .*|crm c-.*)$/;
  if (root.lang === "ru")
    for (const one of document.querySelectorAll(
        "h1, h2, h3, th, dt, label, button, summary, legend, caption, option, .btn, .badge, a")) {
      const text = one.textContent.trim();
      if (/[a-z]{3}/i.test(text) && !/[а-яё]/i.test(text) && !foreign.test(text))
        wrong.push(`no Russian: ${one.outerHTML.slice(0, 90)}`);
    }
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const mixed = colours => {
    canvas.clearRect(0, 0, 1, 1);
    for (const one of colours) { canvas.fillStyle = one; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = colour => {
    const [r, g, b] = colour.map(one => one / 255)
      .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pale = new Set();
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const hidden = one.closest(".visually-hidden, .visually-hidden-focusable");
    if (!own || !shown(one) || hidden) continue;
    const grounds = [];
    for (let at = one; at; at = at.parentElement)
      grounds.unshift(getComputedStyle(at).backgroundColor);
    const style = getComputedStyle(one);
    const ink = one.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(mixed(grounds)), light(mixed([...grounds, ink]))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) pale.add(`pale ${ratio.toFixed(1)}: ${one.outerHTML.slice(0, 70)}`);
  }
  return [...wrong, ...pale];
}"""


async def looked_at(page: Page) -> list[str]:
    """Return what is wrong with an open page."""
    found = await page.evaluate(_LOOK)
    assert isinstance(found, list)
    return found


def addresses(busy: Busy) -> dict[str, str]:
    """Return what is looked at: the whole menu, and the pages behind it."""
    paths = {page.path for page in PAGES}
    menu = {entry.path.strip("/") or "overview": entry.path for entry in NAV if entry.path in paths}
    assert len(menu) > 10, menu
    return {
        **menu,
        "search-near": "/search?q=8 (916) 123-45-66",
        "customer": f"/object/{busy.customer}",
        "order": f"/object/{busy.order}",
        "letter": f"/dead/{busy.letter}",
        "letters-list": "/dead/list",
        "letters-group": "/dead/group?account=crm&cause_code=PHONE_TAKEN",
        "letters-batches": "/dead/batches",
        "account": "/accounts/crm",
        "due-held": "/due?account=crm&state=held",
        "export": "/live/export",
        **{f"report-{name.value}": f"/reports/{name.value}" for name in ReportName},
    }


@pytest.mark.parametrize(
    ("language", "size", "look"), [("ru", DESK, "desk"), ("en", PHONE, "phone-dark")]
)
async def test_every_page_is_whole(
    desk: Desk, house: House, language: str, size: tuple[int, int], look: str
) -> None:
    """A page that is cut off, empty or half translated is none."""
    there = addresses(await busy_day(desk, house))

    async def walked() -> list[str]:
        page = await desk.page(None, language=language, size=size, dark="dark" in look)
        await desk.open(page, "/login")
        wrong = dict.fromkeys(await looked_at(page), "/login")
        await desk.browsing.shot(page, f"login-{language}-{look}")
        await desk.log_in(page, "anna")
        for name, path in there.items():
            answer = await desk.open(page, path)
            assert answer.status == HTTPStatus.OK, f"{path}: {answer.status}"
            assert await page.locator("html").get_attribute("lang") == language
            await desk.browsing.shot(page, f"{name}-{language}-{look}")
            wrong |= dict.fromkeys(await looked_at(page), path)
        return [f"{look} {path}: {found}" for found, path in wrong.items()]

    wrong = await walked()
    assert not wrong, "\n".join(wrong)


_BAD = """<html lang="ru"><head><title>Обзор</title></head><body>
<div id="a" style="width: 3000px">Широко</div><p id="a" style="color: #bbb">Бледно</p>
<input name="bare"><svg></svg><figure class="chart"></figure><button>Send this</button>
<h1>Раз</h1><h1>Два</h1>
<table><tr><td style="display: block; width: 9px; overflow: hidden">Неразрывно</td></tr></table>
</body></html>"""


async def test_the_look_at_a_page_sees_what_is_wrong(browsing: Browsing) -> None:
    """A look that finds nothing would prove nothing."""
    page = await browsing.page(size=DESK)
    await page.set_content(_BAD)
    found = " ".join(await looked_at(page))
    for wrong in (
        "wider than the screen", "title: Обзор", "2 first headings", "no name: <input",
        "no text for a picture", "an empty chart", "id stands twice: a", "cut off: <td",
        "no Russian: <button", "pale",
    ):  # fmt: skip
        assert wrong in found, found
