"""Desk: a gateway's console over HTTP, and what an operator does at it with a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.running import Gateway
from gateway.cli.door import CONSOLE, application
from gateway.cli.http import HttpServer, listen
from gateway.cli.processes import door_of
from gateway.config import HttpSection
from gateway.ops.backstage import Backstage
from tests.browser import DESK, Browsing
from tests.gateway.ops.backstage import PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Page, Response

LANGUAGES = {"ru": "ru-RU", "en": "en-GB"}
WITHIN_MS = 15_000.0


@dataclass(slots=True)
class Desk:
    """A served console. ``url`` is its address, without a slash at the end."""

    gateway: Gateway
    browsing: Browsing
    url: str

    @property
    def stage(self) -> Backstage:
        """The operators' services, as another process would have them."""
        return build_backstage(self.gateway.foundation)

    async def page(
        self,
        name: str | None = None,
        *,
        language: str = "ru",
        size: tuple[int, int] = DESK,
        dark: bool = False,
        javascript: bool = True,
        password: str = PASSWORD,
    ) -> Page:
        """Open a browser of its own; with a name, log in."""
        page = await self.browsing.page(
            locale=LANGUAGES[language], size=size, dark=dark, javascript=javascript
        )
        page.set_default_timeout(WITHIN_MS)
        if name is not None:
            await self.open(page, "/login")
            await self.log_in(page, name, password)
        return page

    async def open(self, page: Page, path: str) -> Response:
        """Go to an address of the console."""
        answer = await page.goto(self.url + path)
        assert answer is not None, path
        return answer

    async def log_in(self, page: Page, name: str, password: str = PASSWORD) -> None:
        """Fill in the form of the login page that is open."""
        await page.locator("#name").fill(name)
        await page.locator("#password").fill(password)
        await page.locator("main form button[type=submit]").click()
        await page.wait_for_url(f"{self.url}/")


@asynccontextmanager
async def open_desk(gateway: Gateway, browsing: Browsing) -> AsyncIterator[Desk]:
    """Serve a gateway's doors on a free port. The configuration names operators."""
    socket = listen(HttpSection(port=0))
    port = socket.getsockname()[1]
    server = HttpServer(application(door_of(gateway, works=True), gateway, None), socket)
    try:
        async with server.serving():
            try:
                yield Desk(gateway, browsing, f"http://127.0.0.1:{port}{CONSOLE}")
            finally:
                await browsing.close()  # pages that poll would keep the server waiting
    finally:
        socket.close()
