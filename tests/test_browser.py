"""The browser of the tests sees what a page does wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from mocks.serving import serve
from tests.browser import Browsing

_PAGE = (
    "<!doctype html><title>t</title><link rel=icon href='data:,'><h1>Привет</h1><script>{}</script>"
)
_SCRIPTS = {
    "fine": "document.title = 'готово'",
    "thrown": "throw new Error('boom')",
    "console": "console.error('said')",
    "foreign": "fetch('http://elsewhere.example/').catch(() => 0)",
}


async def _page(request: Request) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(_SCRIPTS[request.path_params["name"]]))


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A site with one page that works and others that do not."""
    async with serve(Starlette(routes=[Route("/{name}", _page)])) as url:
        yield url


async def test_a_page_that_works_is_not_complained_of(browsing: Browsing, site: str) -> None:
    """With and without scripts, in contexts of their own."""
    page = await browsing.page()
    await page.goto(f"{site}/fine")
    assert await page.title() == "готово"
    plain = await browsing.page(javascript=False, locale="en-GB")
    await plain.goto(f"{site}/fine")
    assert await plain.title() == "t"
    assert (await browsing.shot(page, "fine")).stat().st_size > 0


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("thrown", "boom"), ("console", "said"), ("foreign", "another host: elsewhere")],
)
async def test_what_a_page_does_wrong_is_noticed(
    browsing: Browsing, site: str, name: str, complaint: str
) -> None:
    """An error that nobody sees is an error that every visitor sees."""
    browsing.expected.append("ERR_NAME_NOT_RESOLVED")
    page = await browsing.page()
    await page.goto(f"{site}/{name}")
    async with asyncio.timeout(20):
        while not any(re.search(complaint, one) for one in browsing.wrong):
            await page.wait_for_timeout(50)
    browsing.wrong.clear()
