"""Rate limit shared by all processes: a virtual schedule of slots per account (GCRA without burst).

Taking a slot moves the account's next free moment in one statement, by the database's own clock, so
that processes with different clocks agree. It stands outside of the group commit: a caller that
waits for a slot must not wait for others' work, and a slot needs no rollback.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import psycopg

from gateway.contract import Clock, StoreError
from gateway.store.engine import Trouble, store_error
from gateway.store.postgres import PostgresEngine
from gateway.store.statement import Row

# clock_timestamp() is read after the row's lock was obtained, unlike now().
TAKE = """
INSERT INTO budget AS b (account, next_at)
VALUES (%(account)s, clock_timestamp() + %(cost)s * interval '1 second')
ON CONFLICT (account) DO UPDATE
SET next_at = greatest(b.next_at, clock_timestamp()) + %(cost)s * interval '1 second'
RETURNING extract(epoch FROM next_at - clock_timestamp())::float8 - %(cost)s::float8
"""
# A slot that a crash forgets was never used: waiting for the disk would buy nothing.
SETTINGS = {"synchronous_commit": "off"}
RECONNECT_DELAYS_S = (0.0, 0.1, 0.5)


class Budgets(Protocol):
    """Slots of all accounts."""

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take slots; return the seconds until the first of them."""

    def close(self) -> None:
        """Release what is held."""


class MemoryBudgets:
    """Slots of the one process that works on an embedded database."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take slots."""
        now = self._clock.monotonic()
        first = max(self._next.get(account, now), now)
        self._next[account] = first + calls * interval_s
        return first - now

    def close(self) -> None:
        """Forget all slots."""
        self._next.clear()


class PostgresBudgets:
    """Slots in the database, over a connection and thread of their own."""

    def __init__(self, engine: PostgresEngine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store-budget")
        self._raw: psycopg.Connection[Row] | None = None
        self._pause = threading.Event()  # never set: a wait with a deadline

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take slots; raises ``StoreError`` when the database is away."""
        params: dict[str, object] = {"account": account, "cost": calls * interval_s}
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._take, params)

    def close(self) -> None:
        """Wait for the statement under way and close the connection; blocks."""
        self._pool.shutdown(wait=True)
        self._drop()

    def _take(self, params: dict[str, object]) -> float:
        failure = StoreError()
        for delay in RECONNECT_DELAYS_S:
            self._pause.wait(delay)
            try:
                if self._raw is None:
                    self._raw = self._engine.connect("gateway budget", SETTINGS)
                row = self._raw.execute(TAKE, params).fetchone()
            except psycopg.Error as error:
                trouble = self._engine.trouble(error)
                failure = store_error(trouble, self._engine.code(error))
                self._drop()
                if trouble is Trouble.REFUSED:
                    break
            else:
                return max(0.0, float(row[0])) if row else 0.0
        raise failure

    def _drop(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None
