"""A store in memory with the real statements: fast enough for thousands of steps."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from gateway.contract import Clock, StoreError
from gateway.ports import Tx
from gateway.store import Sealer
from gateway.store.session import SqliteSession
from gateway.store.tables import metadata
from gateway.store.transaction import SqlTx

R = TypeVar("R")
KEY = b"0123456789abcdef0123456789abcdef"


@cache
def _template() -> bytes:
    """Make the tables once."""
    raw = sqlite3.connect(":memory:")
    engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    metadata.create_all(engine)
    raw.commit()
    made = raw.serialize()
    raw.close()
    return made


class MemoryStore:
    """One connection, one work at a time. ``cut`` loses the next commit, or its answer."""

    def __init__(self, clock: Clock) -> None:
        self._raw = sqlite3.connect(":memory:", isolation_level=None)
        self._raw.deserialize(_template())
        self._sealer, self._clock = Sealer([KEY]), clock
        self._numbers = itertools.count()
        self.cut = ""

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run in a transaction."""
        cut, self.cut = self.cut, ""
        self._raw.execute("BEGIN")
        try:
            made = work(self._tx())
        except BaseException:
            self._raw.execute("ROLLBACK")
            raise
        self._raw.execute("ROLLBACK" if cut == "before" else "COMMIT")
        if cut:
            raise StoreError
        return made

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Run without a transaction: nobody else writes."""
        return work(self._tx())

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """No budget is shared here."""
        return 0.0

    async def close(self) -> None:
        """Forget everything."""
        self._raw.close()

    def _tx(self) -> SqlTx:
        return SqlTx(
            SqliteSession(self._raw),
            sealer=self._sealer,
            clock=self._clock,
            stamp=lambda: str(next(self._numbers)),
        )


def done(work: Coroutine[Any, Any, R]) -> R:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # what the coroutine returned
    work.close()
    msg = "the work waits for something"
    raise AssertionError(msg)
