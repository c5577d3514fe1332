"""Readers: a few threads, each with a connection of its own, beside the writer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gateway.contract import StoreError
from gateway.store.engine import Connection, Engine, Trouble, store_error
from gateway.store.session import Session
from gateway.store.transaction import SqlTx

R = TypeVar("R")
RECONNECT_DELAYS_S = (0.0, 0.1, 0.5)


class Readers:
    """A pool of reading threads."""

    def __init__(
        self, engine: Engine, transaction: Callable[[Session], SqlTx], *, threads: int = 2
    ) -> None:
        """Make the pool; threads and connections are made when they are needed."""
        self._engine = engine
        self._transaction = transaction
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._open: set[Connection] = set()
        self._pause = threading.Event()  # never set: a wait with a deadline
        self._closed = False

    async def read(self, work: Callable[[SqlTx], R]) -> R:
        """Run a reading work; raises ``StoreError`` when the database is away or this is closed."""
        if self._closed:
            msg = "the store is closed; the gateway is stopping"
            raise StoreError(msg)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, work)

    def close(self) -> None:
        """Wait for readers under way and close their connections; blocks."""
        self._closed = True
        self._pool.shutdown(wait=True)
        while self._open:
            self._open.pop().close()

    def _read(self, work: Callable[[SqlTx], R]) -> R:
        failure = StoreError()
        for delay in RECONNECT_DELAYS_S:
            self._pause.wait(delay)
            try:
                return self._once(work)
            except self._engine.errors as error:
                trouble = self._engine.trouble(error)
                failure = store_error(trouble, self._engine.code(error))
                self._drop()
                if trouble in {Trouble.FULL, Trouble.REFUSED}:
                    break
        raise failure

    def _once(self, work: Callable[[SqlTx], R]) -> R:
        connection = self._connected()
        connection.begin_reading()
        try:
            return work(self._transaction(connection.session))
        finally:
            connection.rollback()

    def _connected(self) -> Connection:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._engine.connect_reader()
            with self._lock:
                self._open.add(connection)
        return connection

    def _drop(self) -> None:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is not None:
            self._own.connection = None
            with self._lock:
                self._open.discard(connection)
            connection.close()
