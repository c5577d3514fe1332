"""Store: the truth, over one writer thread and a few reading ones."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable
from typing import TypeVar

from gateway.contract import Clock
from gateway.ports import Tx
from gateway.store.budgets import Budgets, MemoryBudgets, PostgresBudgets
from gateway.store.claim import FileClaim
from gateway.store.engine import Engine
from gateway.store.postgres import PostgresEngine
from gateway.store.proof import prove_key
from gateway.store.readers import Readers
from gateway.store.schema import parsed, schema_state
from gateway.store.sealing import Sealer
from gateway.store.session import Session
from gateway.store.sqlite import SqliteEngine, database_path
from gateway.store.transaction import SqlTx
from gateway.store.work import Work
from gateway.store.writer import OnCommit, Writer

R = TypeVar("R")


class SqlStore:
    """See ``gateway.ports.Store``. Made by ``open_store``."""

    def __init__(
        self,
        engine: Engine,
        *,
        transaction: Callable[[Session], SqlTx],
        budgets: Budgets,
        claim: FileClaim | None,
        group_ms: float,
        group_max: int,
        on_commit: OnCommit | None = None,
    ) -> None:
        """Start the threads."""
        self._budgets = budgets
        self._claim = claim
        self._readers = Readers(engine, transaction)
        self._writer = Writer(
            engine, transaction, group_s=group_ms / 1000, group_max=group_max, on_commit=on_commit
        )

    @property
    def commits(self) -> int:
        """Transactions committed by this store; fewer than works, as they share."""
        return self._writer.commits

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run a work in a shared transaction; return after commit.

        A caller that is cancelled while waiting takes its work back only if it has not begun.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._writer.submit(Work(work, loop, future))
        return await future

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Run a reading work on committed data."""
        return await self._readers.read(work)

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take slots of an account's budget; return the seconds to wait."""
        return await self._budgets.reserve(account, calls=calls, interval_s=interval_s)

    async def close(self) -> None:
        """Finish what was begun, then release threads, connections and the claim."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.close()
        self._budgets.close()
        if self._claim is not None:
            self._claim.release()


def open_store(
    url: str,
    *,
    sealer: Sealer,
    clock: Clock,
    group_ms: float = 3,
    group_max: int = 64,
    exclusive: bool = False,
    on_commit: OnCommit | None = None,
) -> SqlStore:
    """Open the store at ``url``, of this program's schema and with the right data key.

    Units: a group of works is committed ``group_ms`` milliseconds after its first came, or when it
    has ``group_max``. ``exclusive`` claims a SQLite file for this process, as the running gateway
    must; operators' commands beside it leave it out. ``on_commit`` is told of each commit. Blocks
    for the first connection.

    Raises ``StoreError`` (away, wrong schema or key, claimed by another) and ``ConfigInvalid``.
    """
    location = parsed(url)
    schema_state(url).require()
    name = uuid.uuid4().hex
    counter = itertools.count()
    engine: SqliteEngine | PostgresEngine
    budgets: Budgets
    if location.get_backend_name() == "sqlite":
        engine, budgets = SqliteEngine(database_path(location)), MemoryBudgets(clock)
    else:
        engine = PostgresEngine(location, writer=name)
        budgets = PostgresBudgets(engine)
    claim = FileClaim(engine.path) if exclusive and isinstance(engine, SqliteEngine) else None
    try:
        prove_key(engine, sealer)
    except BaseException:
        if claim is not None:
            claim.release()
        raise

    def transaction(session: Session) -> SqlTx:
        return SqlTx(session, sealer=sealer, clock=clock, stamp=lambda: f"{name}:{next(counter)}")

    return SqlStore(
        engine, transaction=transaction, budgets=budgets, claim=claim, group_ms=group_ms,
        group_max=group_max, on_commit=on_commit,
    )  # fmt: skip
