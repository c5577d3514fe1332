"""A feed pulled as a worker does, and customers of an hour ago."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.mindbox.exports import Place
from gateway.canonical import Kind
from gateway.contract import Observed, Page
from tests.connectors.bench import Bench


def ago(**span: float) -> datetime:
    """Return a moment before now."""
    return datetime.now(UTC) - timedelta(**span)


def since(moment: datetime) -> str:
    """Return a cursor whose next window begins at a moment."""
    return Place(since=moment.isoformat()).text()


async def in_the_past(project: Bench, *names: str, minutes: float = 60) -> None:
    """Let customers register some time ago, so that no lag hides them, and the clock run again."""
    await project.act("clock.freeze", at=ago(minutes=minutes).strftime("%Y-%m-%d %H:%M:%S.%f"))
    rows = [
        {"firstName": name, "mobilePhone": f"7916{zlib.crc32(name.encode()) % 10**7:07d}"}
        for name in names
    ]
    await project.seed(customers=rows)
    await project.act("clock.freeze", at=None)


async def pulled(
    project: Bench, cursor: str, *, limit: int = 100, idle: int = 3
) -> tuple[list[Observed[Any]], str]:
    """Pull until the feed has been idle for a while, as a worker does at its intervals."""
    items: list[Observed[Any]] = []
    quiet = 0
    for _ in range(60):
        reader = project.connector.readers[Kind.CUSTOMER]
        page: Page[Any] = await reader.pull(cursor, limit=limit)
        assert len(page.items) <= limit
        items += page.items
        quiet = quiet + 1 if not page.has_more else 0
        cursor = page.cursor
        if quiet >= idle:
            return items, cursor
    pytest.fail("the feed does not rest")


def names_of(items: Sequence[Observed[Any]]) -> list[str]:
    """Return first names in the order of arrival."""
    return [one.entity.name.first for one in items if not one.deleted]
