"""Pages: what is visited in a store, and how long each visit takes in a real browser.

A page's time is its First Contentful Paint, from the start of the navigation, redirects included.
The server's own time is that of the same address, asked for without a browser.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode, urlsplit

import httpx
import orjson

from benchmarks.console.place import OPERATOR, Place, console

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WARM = 1
"""Visits of each page that are not counted."""
_MS = 1000
_PATIENCE_MS = 60_000
_PAINTED = """
() => new Promise((resolve) => {
  new PerformanceObserver((list, self) => {
    const found = list.getEntriesByName("first-contentful-paint");
    if (found.length) { self.disconnect(); resolve(found[0].startTime); }
  }).observe({type: "paint", buffered: true});
})
"""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What there is to look at in a filled store; ``slip`` is the phone with one wrong digit."""

    object: str
    letter: str
    phone: str
    slip: str
    account: str
    cause_code: str

    @classmethod
    def of(cls, place: Place) -> Self:
        """Read what ``write`` left. Raises ``OSError`` for a place that was not filled."""
        return cls(**orjson.loads(place.landmarks.read_bytes()))

    def write(self, place: Place) -> None:
        """Leave it beside the configuration."""
        place.landmarks.write_bytes(orjson.dumps(self))


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its name in the table and its address below the console's."""

    name: str
    path: str


@dataclass(slots=True)
class Times:
    """What the visits of a page took. Units: milliseconds."""

    paints: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)

    @property
    def paint_ms(self) -> float:
        """The median First Contentful Paint."""
        return median(self.paints)

    @property
    def answer_ms(self) -> float:
        """The median answer of the server."""
        return median(self.answers)


def pages_of(menu: Sequence[str], marks: Landmarks) -> list[Page]:
    """Name the pages of a menu, and those that stand behind them."""
    group = {"account": marks.account, "cause_code": marks.cause_code}
    further = {
        "overview of a week": "/?span=7d",
        "search by phone": f"/search?{urlencode({'q': marks.phone})}",
        "search, one slip": f"/search?{urlencode({'q': marks.slip})}",
        "object, longest story": f"/object/{marks.object}",
        "live log, filtered": f"/live?{urlencode({'account': marks.account, 'outcome': 'dead'})}",
        "live log, no such text": f"/live?{urlencode({'text': 'нет такого'})}",
        "letters in a list": "/dead/list",
        "letters of a group": f"/dead/list?{urlencode(group)}",
        "deciding on a group": f"/dead/group?{urlencode(group)}",
        "letter": f"/dead/{marks.letter}",
        "due, one account": f"/due?{urlencode({'account': marks.account, 'state': 'retry'})}",
        "account": f"/accounts/{marks.account}",
        "report by month": "/reports/turnover",
    }
    return [*(Page(path.strip("/") or "overview", path) for path in menu)] + [
        Page(name, path) for name, path in further.items()
    ]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in at one console, with a browser and without."""

    address: str
    tab: Tab
    http: httpx.Client

    def menu(self) -> list[str]:
        """Return the addresses of the menu, below the console's."""
        links = self.tab.locator("nav#menu a").evaluate_all("all => all.map(one => one.href)")
        root = urlsplit(self.address).path
        return [urlsplit(str(one)).path.removeprefix(root) or "/" for one in links]

    def paint(self, path: str) -> float:
        """Open a page; return its First Contentful Paint in milliseconds.

        Raises ``RuntimeError`` for one that is not there.
        """
        answer = self.tab.goto(self.address + path, wait_until="load")
        if answer is None or not answer.ok:
            msg = f"{path} answers {answer.status if answer else 'nothing'}"
            raise RuntimeError(msg)
        return float(self.tab.evaluate(_PAINTED))

    def answer(self, path: str) -> float:
        """Ask for a page; return how long the whole answer took, in milliseconds."""
        began = time.perf_counter()
        self.http.get(self.address + path).raise_for_status()
        return (time.perf_counter() - began) * _MS


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - filling does without

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS), timeout=_PATIENCE_MS
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(browser: Browser, address: str, password: str) -> Iterator[Visitor]:
    """Log in at a console."""
    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    try:
        tab = context.new_page()
        tab.goto(f"{address}/login")
        tab.locator("#name").fill(OPERATOR)
        tab.locator("#password").fill(password)
        tab.locator("form.card-body button[type=submit]").click()
        tab.wait_for_selector("#menu", state="attached")
        cookies = {
            str(one.get("name")): str(one.get("value")) for one in context.cookies([address])
        }
        with httpx.Client(
            cookies=cookies, follow_redirects=True, trust_env=False, timeout=_PATIENCE_MS / _MS
        ) as http:
            yield Visitor(address, tab, http)
    finally:
        context.close()


def measure(
    places: Sequence[Place], rounds: int, *, only: Sequence[str] = ()
) -> dict[str, tuple[Times, ...]]:
    """Visit every page of every place in turn. Shape: page → its times in each place.

    ``only`` names pages, none of them all. Raises ``RuntimeError`` when a page is not there.
    """
    with ExitStack() as stack:
        browser = stack.enter_context(chromium())
        visitors = [
            stack.enter_context(
                visitor(browser, stack.enter_context(console(place)), place.password)
            )
            for place in places
        ]
        pages = [
            _chosen(pages_of(one.menu(), Landmarks.of(place)), only)
            for one, place in zip(visitors, places, strict=True)
        ]
        found = {page.name: tuple(Times() for _ in places) for page in pages[0]}
        for number in range(WARM + rounds):
            # All places at a page before the next one: a drifting machine hits all alike.
            for beside in zip(*pages, strict=True):
                for one, page, times in zip(visitors, beside, found[beside[0].name], strict=True):
                    paint, answer = one.paint(page.path), one.answer(page.path)
                    if number >= WARM:
                        times.paints.append(paint)
                        times.answers.append(answer)
    return found


def _chosen(pages: Sequence[Page], only: Sequence[str]) -> list[Page]:
    """Return the pages that are named. Raises ``RuntimeError`` for a name of none."""
    unknown = set(only).difference(page.name for page in pages)
    if unknown:
        msg = f"there is no page {', '.join(sorted(unknown))}"
        raise RuntimeError(msg)
    return [page for page in pages if not only or page.name in only]
