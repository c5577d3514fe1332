"""The unmodified client against a served double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import retailcrm

from mocks.retailcrm.app import RetailCrmSettings, build_app
from mocks.serving import serve

SETTINGS = RetailCrmSettings(rate_limit_answer="off", strict_history="allow_page_1")
KEYS = {key.name: key.value for key in SETTINGS.keys}


class Client:
    """The vendor's blocking client, called in a thread and asked for its parsed body."""

    def __init__(self, url: str, key: str) -> None:
        """Reach a double under one key."""
        self._api = retailcrm.v5(url, key)
        self.codes: list[int] = []

    async def ask(self, method: str, *args: Any, **options: Any) -> dict[str, Any]:
        """Call one method of the client."""
        answer = await asyncio.to_thread(getattr(self._api, method), *args, **options)
        self.codes.append(answer.get_status_code())
        body: dict[str, Any] = answer.get_response()
        return body


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Serve a fresh double on a loopback port."""
    async with serve(build_app(SETTINGS)) as address:
        yield address


@pytest.fixture
def client(url: str) -> Client:
    """The client under its own key."""
    return Client(url, KEYS["third-party"])


@pytest.fixture
async def door(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The side door of the same double."""
    async with httpx.AsyncClient(base_url=f"{url}/__mock__") as opened:
        yield opened
