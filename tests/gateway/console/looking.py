"""Looking at pages as a browser without scripts gets them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from lxml import html

from gateway.canonical import Kind
from gateway.ports import DeliveryRow, DeliveryState, Settlement
from tests.gateway.ops.backstage import Browser, Doors

SCRIPT = '<script>alert("ё")</script>'


def found(page: str, path: str) -> list[Any]:
    """Return what an XPath finds in a page."""
    result = html.fromstring(page).xpath(path)
    assert isinstance(result, list)
    return result


def text_of(page: str) -> str:
    """Return what a reader sees, with single spaces."""
    return " ".join("".join(map(str, found(page, "//body//text()"))).split())


def links_of(page: str) -> Sequence[str]:
    """Return where a page leads to."""
    return [str(one) for one in found(page, "//main//a/@href")]


async def failing(there: Doors, count: int, *, cause: str = "занято") -> None:
    """Let deliveries to the CRM wait for their next try, while it rests."""
    backstage = there.backstage
    now = backstage.clock.now()
    await backstage.account_desk.pause("crm", who="anna", reason="переезд")
    ids = [f"c-{number:03}" for number in range(count)]
    rows = [DeliveryRow(one, Kind.CUSTOMER, "crm", DeliveryState.DUE, now) for one in ids]
    ends = [
        Settlement(
            one, "crm", DeliveryState.RETRY, now + timedelta(hours=1), 3,
            cause_code="LOCKED" if number % 2 else "BUSY", cause=cause, first_failed_at=now,
        )
        for number, one in enumerate(ids)
    ]  # fmt: skip
    until = now + timedelta(hours=1)
    await backstage.store.run(lambda tx: tx.start(rows, holder="me", until=until))
    await backstage.store.run(lambda tx: tx.settle(ends, holder="me"))


async def opened(browser: Browser, path: str) -> str:
    """Open a page that must be there."""
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text
