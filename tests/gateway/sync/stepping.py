"""Stepping: run the core's coroutines by hand, so that a test decides what happens in between.

Nothing here waits in earnest: the store is SQLite in memory, the vendors are dictionaries, and a
coroutine stops only where a vendor ``pauses``.
"""

from __future__ import annotations

import sqlite3
import types
from collections.abc import Callable, Coroutine, Generator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from gateway.ports import Tx
from gateway.store import Sealer
from gateway.store.sqlite import SqliteConnection
from gateway.store.transaction import SqlTx
from tests.stores import upgrade

R = TypeVar("R")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class HeldClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Noon and what it was moved by."""
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """The seconds that it was moved by."""
        return self.seconds

    def move(self, seconds: float) -> None:
        """Go on."""
        self.seconds += seconds


class SilentLog:
    """A log that says nothing."""

    def info(self, event: str, **values: object) -> object:
        """Drop the event."""

    def warning(self, event: str, **values: object) -> object:
        """Drop the event."""


@types.coroutine
def pause() -> Generator[None, None, None]:
    """Let the test go on; the coroutine continues when it is stepped again."""
    yield


class Flight:
    """A coroutine under way."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], holder: str) -> None:
        self.coroutine = coroutine
        self.holder = holder
        self.done = False

    def step(self) -> None:
        """Run to the next pause or to the end."""
        try:
            self.coroutine.send(None)
        except StopIteration:
            self.done = True

    def crash(self) -> None:
        """End it where it stands, as a killed process would."""
        self.coroutine.close()
        self.done = True


def at_once(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine that never pauses and return its result."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: R = end.value
        return result
    msg = "the coroutine paused, and nothing is there to wake it"
    raise AssertionError(msg)


@cache
def _template() -> sqlite3.Connection:
    """An empty, migrated database in memory."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        upgrade(f"sqlite:///{path}")
        source = sqlite3.connect(path)
        source.backup(kept)
        source.close()
    return kept


class StepStore:
    """The real SQL of the store on a database in memory, one transaction at a time."""

    def __init__(self, clock: HeldClock) -> None:
        self._raw = sqlite3.connect(":memory:", isolation_level=None)
        _template().backup(self._raw)
        self._connection = SqliteConnection(self._raw)
        self._sealer = Sealer([b"0123456789abcdef0123456789abcdef"])
        self._clock = clock
        self._stamps = count()

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run a work in a transaction of its own."""
        return self.now(work)

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Run a reading work."""
        return self.now(work)

    def now(self, work: Callable[[Tx], R]) -> R:
        """Run a work in a transaction, without a coroutine around it."""
        self._connection.begin(0, piped=False)
        try:
            result = work(
                SqlTx(
                    self._connection.session,
                    sealer=self._sealer,
                    clock=self._clock,
                    stamp=lambda: f"stamp-{next(self._stamps)}",
                )
            )
            self._connection.commit()
        finally:
            self._connection.rollback()
        return result

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Never wait."""
        del account, calls, interval_s
        return 0.0

    async def close(self) -> None:
        """Close the database."""
        self.end()

    def end(self) -> None:
        """Close the database, without a coroutine around it."""
        self._raw.close()
