"""Stores that fail when they are told to, and what logs of sales say and tell in tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.canonical import Kind
from gateway.contract import StoreError
from gateway.ports import JournalRow, SaleRow, Store, Tx

R = TypeVar("R")


class Events:
    """A log that keeps the names of its events."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def info(self, event: str, **values: object) -> None:
        """Keep a name."""
        del values
        self.names.append(event)

    def warning(self, event: str, **values: object) -> None:
        """Keep a name."""
        del values
        self.names.append(event)


class MoodyStore:
    """A store in front of a real one: ``away``, or ``forgetful``: it commits and then fails."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.mood = ""

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run, as the mood is."""
        self._refuse()
        result = await self._store.run(work)
        if self.mood == "forgetful":
            self.mood = ""
            msg = "lost after the commit"
            raise StoreError(msg)
        return result

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Read, unless it is away."""
        self._refuse()
        return await self._store.read(work)

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Reserve."""
        return await self._store.reserve(account, calls=calls, interval_s=interval_s)

    async def close(self) -> None:
        """Whoever opened the real one closes it."""

    def _refuse(self) -> None:
        if self.mood == "away":
            msg = "the database does not answer (test)"
            raise StoreError(msg)


def story(_: Tx, rows: Sequence[SaleRow]) -> Sequence[JournalRow]:
    """Make one sentence about each version."""
    return [_sentence(row) for row in rows]


def _sentence(row: SaleRow) -> JournalRow:
    return JournalRow(
        at=row.changed_at,
        entity_id=row.id,
        kind=Kind.ORDER,
        account=row.processor,
        event=f"version {row.version}",
        outcome=row.progress.value,
        correlation_id=row.correlation_id,
    )


async def told(store: Store, sale_id: str) -> Counter[str]:
    """How often each version of a sale was told of."""
    rows = await store.read(lambda tx: tx.story(sale_id, limit=999))
    return Counter(row.event for row in rows)


def once(*versions: int) -> Counter[str]:
    """Each of these versions told of once."""
    return Counter(f"version {version}" for version in versions)
