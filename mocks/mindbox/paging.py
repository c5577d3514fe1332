"""The ``page`` node of lists (11.2, 16, 17.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from mocks.mindbox.call import Call
from mocks.mindbox.clock import read
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.reading import Json, node, number, text

Row = TypeVar("Row")
PAGE_NUMBER_LIMIT = 21_474_831


def window(page: Json, where: str) -> tuple[datetime | None, datetime | None]:
    """Return the bounds of a page's time window; the later one is exclusive."""
    since, till = page.get("sinceDateTimeUtc"), page.get("tillDateTimeUtc")
    return (
        read(since, f"{where}/sinceDateTimeUtc") if text(since) else None,
        read(till, f"{where}/tillDateTimeUtc") if text(till) else None,
    )


def page_of(
    call: Call,
    rows: Sequence[Row],
    *,
    moment: Callable[[Row], datetime],
    limit: int,
    name: str = "page",
) -> list[Row]:
    """Return the wanted page, numbered from 1, of the rows inside the window.

    Raises:
        ProtocolRefused: a page number or size out of range.
    """
    page = node(call.body, name)
    at = number(page.get("pageNumber"), f"/{name}/pageNumber", 1)
    size = number(page.get("itemsPerPage"), f"/{name}/itemsPerPage", limit)
    if not 1 <= at <= PAGE_NUMBER_LIMIT:
        msg = f"/{name}/pageNumber: ожидалось число от 1 до {PAGE_NUMBER_LIMIT}"
        raise ProtocolRefused(msg)
    if not 1 <= size <= limit:
        msg = f"/{name}/itemsPerPage: ожидалось число от 1 до {limit}"
        raise ProtocolRefused(msg)
    since, till = window(page, f"/{name}")
    inside = [
        row
        for row in rows
        if (since is None or moment(row) >= since) and (till is None or moment(row) < till)
    ]
    inside.sort(key=moment)
    return inside[(at - 1) * size : at * size]
