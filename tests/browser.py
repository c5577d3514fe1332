"""Browser: a real Chromium for tests of pages, one process per worker.

The browser is a process of its own, so that every test talks to it on its own event loop. A test
fails when a page writes an error into its console, throws, or asks for anything of another host.
``GATEWAY_ARTEFACTS`` names a folder for screenshots; without it they go to the test's own.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Page, Request

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-default-browser-check", "--disable-default-apps", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--hide-scrollbars", "--remote-debugging-port=0",
)  # fmt: skip
PHONE = (390, 844)
DESK = (1280, 900)
START_S = 60.0
_LOOK_S = 0.05
_OWN = frozenset({"127.0.0.1", "localhost", "", None})


@dataclass(frozen=True, slots=True)
class Chromium:
    """A running browser. Shape: ``url`` is where its developer tools listen, on loopback."""

    url: str


@dataclass
class Browsing:
    """Opens pages of one test, and keeps what went wrong on them.

    ``expected``: texts of console errors that the test means, as regular expressions; the browser
    writes one for every answer that is no success.
    """

    browser: Browser
    folder: Path
    expected: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def page(
        self,
        *,
        javascript: bool = True,
        locale: str = "ru-RU",
        size: tuple[int, int] = PHONE,
        dark: bool = False,
    ) -> Page:
        """Open an empty page in a context of its own: no cookie is shared with another page."""
        context = await self.browser.new_context(
            java_script_enabled=javascript,
            locale=locale,
            viewport={"width": size[0], "height": size[1]},
            is_mobile=size == PHONE,
            has_touch=size == PHONE,
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Moscow",
        )
        self._stack.push_async_callback(context.close)
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"thrown: {error.error}"))
        return await context.new_page()

    async def shot(self, page: Page, name: str) -> Path:
        """Keep a picture of the whole page; return where."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.png"
        await page.screenshot(path=path, full_page=True)
        return path

    async def close(self) -> None:
        """Close what was opened."""
        await self._stack.aclose()

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname not in _OWN:
            self.wrong.append(f"asked another host: {parts.hostname}")

    def _said(self, message: ConsoleMessage) -> None:
        is_meant = any(re.search(one, message.text) for one in self.expected)
        if message.type == "error" and not is_meant:
            self.wrong.append(f"console: {message.text}")


def need_chromium() -> None:
    """Skip without the browser, or fail where the environment promises that it is there."""
    if Path(CHROMIUM).exists():
        return
    reason = f"no browser at {CHROMIUM}: make services installs Debian's chromium"
    if os.environ.get("GATEWAY_REQUIRE_SERVICES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The browser of this test process."""
    need_chromium()
    profile = tmp_path_factory.mktemp("chromium")
    with subprocess.Popen(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield Chromium(_address(process, profile / "DevToolsActivePort"))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            shutil.rmtree(profile, ignore_errors=True)


def _address(process: subprocess.Popen[bytes], told: Path) -> str:
    """Wait until the browser has written where it listens."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        lines = told.read_text("utf-8").splitlines() if told.exists() else []
        if len(lines) > 1:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        try:
            process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        break
    msg = f"the browser did not come up within {START_S} s (it ended with {process.poll()})"
    raise AssertionError(msg)


@pytest.fixture
async def browsing(chromium: Chromium, tmp_path: Path) -> AsyncIterator[Browsing]:
    """The browser as this test uses it; what went wrong on its pages fails it at the end."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - most tests do without

    kept = os.environ.get("GATEWAY_ARTEFACTS")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium.url)
        opened = Browsing(browser, Path(kept) if kept else tmp_path / "artefacts")
        try:
            yield opened
        finally:
            await opened.close()
            await browser.close()
    if opened.wrong:
        pytest.fail("; ".join(opened.wrong), pytrace=False)
