"""Remarks: what a connector saw of its vendor stands in the journal, and never holds anybody up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from gateway.contract import StoreError
from gateway.ports import JournalRow
from gateway.sync.remarks import Remarks
from tests.gateway.sync.stepping import HeldClock, StepStore

R = TypeVar("R")


class Noted:
    """A log that keeps its warnings."""

    def __init__(self) -> None:
        self.warnings: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **values: object) -> None:
        """Drop the event."""

    def warning(self, event: str, **values: object) -> None:
        """Keep the event."""
        self.warnings.append((event, values))


class Away(StepStore):
    """A store that takes nothing."""

    async def run(self, work: Callable[[Any], R]) -> R:
        """Refuse."""
        message = "the disk is full"
        raise StoreError(message)


def _journal(store: StepStore) -> list[JournalRow]:
    return list(store.now(lambda tx: tx.story("", limit=10)))


async def test_remark_is_in_the_journal() -> None:
    """A shadow run finds differences that nobody can look up afterwards."""
    clock = HeldClock()
    store, log = StepStore(clock), Noted()
    remarks = Remarks("loyalty", store, clock, log)
    remarks.note("shadow_differs", {"operation": "users/get", "paths": ["balance"]})
    remarks.note("shadow_failed", {"operation": "users/cards"})
    await remarks.settled()
    rows = _journal(store)
    store.end()

    assert sorted((row.account, row.event, row.outcome) for row in rows) == [
        ("loyalty", "remark", "shadow_differs"),
        ("loyalty", "remark", "shadow_failed"),
    ]
    assert {"operation": "users/get", "paths": ["balance"]} in [dict(row.detail) for row in rows]
    assert log.warnings == []


async def test_remark_that_cannot_be_written_is_dropped_aloud() -> None:
    """A store that is away stops a connector that only wanted to say something."""
    clock = HeldClock()
    store, log = Away(clock), Noted()
    remarks = Remarks("loyalty", store, clock, log)
    remarks.note("shadow_differs", {})
    await asyncio.wait_for(remarks.settled(), 5)
    store.end()

    assert log.warnings == [("remarks.dropped", {"account": "loyalty", "count": 1})]


@pytest.mark.parametrize("extra", [1, 3])
async def test_flood_of_remarks_is_bounded(extra: int) -> None:
    """A vendor that differs in everything fills the memory."""
    clock = HeldClock()
    store, log = StepStore(clock), Noted()
    remarks = Remarks("loyalty", store, clock, log)
    for _ in range(1000 + extra):
        remarks.note("shadow_differs", {})
    await remarks.settled()
    store.end()

    assert len(log.warnings) == extra
