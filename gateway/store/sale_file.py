"""File of the local log (write-ahead log): one SQLite file, one thread, every write synced.

Writes that come while a commit is under way share the next one, and none waits for company. What is
committed together is one page: one sealed value, one statement, one commit. That is not for the
database's sake: each statement hands the interpreter's lock over twice, and beside a loop that is
busy each handing over may take milliseconds. (Measured, 20 writers beside a loop that never rests:
a statement per row, p99 5.2 s; a page, 0.1 s.) For the same reason a trigger deletes what the store
has, together with the next page and before it, which then has the room.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.contract import StoreError
from gateway.ports import SaleRow
from gateway.store.claim import FileClaim
from gateway.store.engine import store_error
from gateway.store.sales import sale_row
from gateway.store.sealing import Sealer
from gateway.store.sqlite import BUSY_TIMEOUT_MS, trouble_of

FORM = 1
"""Version of the file's own schema."""
SHARED_MAX = 256
"""Writes that share a commit."""
SEALED = "sale_log"
MOMENTS = ("at", "changed_at", "due_at")
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
REMEDY = "stop that one, or set pos.shared so that several serve tills"

PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA locking_mode = EXCLUSIVE",  # nobody else reads it: no shared memory, fewer calls
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = OFF",  # what is deleted was sealed
)
CREATE = (
    "CREATE TABLE page (seq INTEGER PRIMARY KEY, moved INTEGER NOT NULL, sealed BLOB NOT NULL)",
    """
    CREATE TRIGGER page_moved BEFORE INSERT ON page
    BEGIN DELETE FROM page WHERE seq <= NEW.moved; END
    """,
    f"PRAGMA user_version = {FORM}",
)
PUT = "INSERT INTO page (seq, moved, sealed) VALUES (?, ?, ?)"
READ = "SELECT sealed FROM page WHERE seq = ?"
READ_ALL = "SELECT seq, sealed FROM page ORDER BY seq"
FORGET = "DELETE FROM page WHERE seq <= ?"

Landed = Callable[[int, Sequence[SaleRow]], None]
"""Is told, on the loop, which rows a page holds that is on disk now."""


@dataclass(eq=False, slots=True)
class _Write:
    """Rows that wait for a page, as JSON too."""

    rows: Sequence[SaleRow]
    text: bytes
    future: asyncio.Future[None]


@dataclass(eq=False, slots=True)
class _Ask:
    """Something else that the thread does for a caller."""

    call: Callable[[], Any]
    future: asyncio.Future[Any]


class SaleFile:
    """The file and its thread; used by one event loop."""

    def __init__(self, path: Path, *, sealer: Sealer, landed: Landed) -> None:
        """Claim, open and if need be make the file; ``landed`` is told what is there. Blocks.

        Raises ``StoreError``: claimed by another process, damaged, of a newer program, or sealed
        with another key.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._name = path.name
        self._sealer = sealer
        self._landed = landed
        self._queue: queue.SimpleQueue[_Write | _Ask | None] = queue.SimpleQueue()
        self._closed = False
        self._next: _Write | _Ask | None = None
        self._seq = self._moved = 0
        self._claim = FileClaim(path, remedy=REMEDY)
        try:
            self._raw = self._opened(path)
        except BaseException:
            self._claim.release()
            raise
        self._thread = threading.Thread(target=self._live, name="sale-log", daemon=True)
        self._thread.start()

    async def write(self, rows: Sequence[SaleRow]) -> None:
        """Put rows on disk. Raises ``StoreError`` when nothing was written."""
        # Here, so that what is no JSON harms nobody else's write.
        kept = list(rows)
        text = orjson.dumps(kept, option=orjson.OPT_NON_STR_KEYS)
        future = self._future()
        self._queue.put(_Write(kept, text, future))
        await future

    async def read(self, seq: int) -> Sequence[SaleRow]:
        """Read a page back; empty when it was deleted. Raises ``StoreError``."""
        found = await self._ask(lambda: self._raw.execute(READ, (seq,)).fetchone())
        return self._rows(found[0]) if found else ()

    def moved(self, seq: int) -> None:
        """Let pages up to ``seq`` be deleted with the next one that is written."""
        self._moved = max(seq, self._moved)

    async def forget(self) -> None:
        """Delete them now. Raises ``StoreError``."""
        await self._ask(self._forget)

    async def close(self) -> None:
        """Write what was begun, end the thread and give the file up; may be called twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _future(self) -> asyncio.Future[Any]:
        if self._closed:
            msg = f"{self._name}: the log of sales is closed; the gateway is stopping"
            raise StoreError(msg)
        return asyncio.get_running_loop().create_future()

    async def _ask(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the call returns
        future = self._future()
        self._queue.put(_Ask(call, future))
        return await future

    # The thread's own side.

    def _live(self) -> None:
        while (item := self._next or self._queue.get()) is not None:
            self._next = None
            if isinstance(item, _Write):
                self._commit(self._with_company(item))
            else:
                self._answer(item)
        with suppress(sqlite3.Error):  # what stays is moved again, and then is known
            self._forget()
        self._raw.close()
        self._claim.release()

    def _with_company(self, first: _Write) -> list[_Write]:
        """Take what came meanwhile, in order."""
        group = [first]
        with suppress(queue.Empty):
            while len(group) < SHARED_MAX:
                item = self._queue.get_nowait()
                if isinstance(item, _Write):
                    group.append(item)
                    continue
                self._next = item
                if item is None:
                    self._queue.put(None)  # nothing comes after it
                break
        return [write for write in group if not write.future.cancelled()]

    def _commit(self, group: Sequence[_Write]) -> None:
        if not group:
            return
        refused = ""
        self._seq += 1
        try:
            sealed = self._sealer.seal(SEALED, [orjson.Fragment(write.text) for write in group])
            self._raw.execute(PUT, (self._seq, self._moved, sealed))
        except sqlite3.Error as error:
            refused = self._trouble(error)
        except BaseException as fault:  # noqa: BLE001 - a fault here must not leave callers waiting
            kind = type(fault).__name__
            refused = f"{self._name}: {kind}; this is a fault of the gateway, report it"
        self._tell(group[0].future, self._written, group, self._seq, refused)

    def _answer(self, ask: _Ask) -> None:
        result: object = None
        error: BaseException | None = None
        try:
            result = ask.call()
        except sqlite3.Error as trouble:
            error = StoreError(self._trouble(trouble))
        except BaseException as fault:  # noqa: BLE001 - it belongs to the caller
            error = fault
        self._tell(ask.future, _resolve, ask.future, result, error)

    def _tell(self, future: asyncio.Future[Any], call: Callable[..., None], *what: object) -> None:
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            future.get_loop().call_soon_threadsafe(call, *what)

    def _written(self, group: Sequence[_Write], seq: int, refused: str) -> None:
        """Say what is on disk before any caller goes on; runs on the loop."""
        if not refused:
            self._landed(seq, [row for write in group for row in write.rows])
        for write in group:
            _resolve(write.future, None, StoreError(refused) if refused else None)

    def _forget(self) -> None:
        self._raw.execute(FORGET, (self._moved,))

    def _rows(self, sealed: bytes) -> list[SaleRow]:
        writes = self._sealer.open(SEALED, sealed)
        return [_read_row(values) for rows in writes for values in rows]

    def _opened(self, path: Path) -> sqlite3.Connection:
        raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in PRAGMAS:
                raw.execute(pragma)
            self._fit(raw)
            for seq, sealed in raw.execute(READ_ALL):
                self._landed(seq, self._rows(sealed))
                self._seq = seq
        except sqlite3.Error as error:
            raw.close()
            raise StoreError(self._trouble(error)) from None
        except StoreError:
            raw.close()
            raise
        return raw

    def _fit(self, raw: sqlite3.Connection) -> None:
        """Make the schema of a new file; refuse a newer one."""
        ((form,),) = raw.execute("PRAGMA user_version").fetchall()
        if form > FORM:
            msg = (
                f"{self._name}: a newer program wrote this log of sales (form {form}, this program "
                f"knows {FORM}): run that version, which moves it to the store when it stops"
            )
            raise StoreError(msg)
        if form == 0:
            raw.execute("BEGIN IMMEDIATE")
            for step in CREATE:
                raw.execute(step)
            raw.execute("COMMIT")

    def _trouble(self, error: sqlite3.Error) -> str:
        """Say in words what happened and what to do."""
        name = str(getattr(error, "sqlite_errorname", type(error).__name__))
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            return (
                f"{self._name}: the log of sales is damaged ({name}); put it aside and keep it: "
                "sales of its last seconds may be nowhere else"
            )
        return f"{self._name}: {store_error(trouble_of(error), name)}"


def _resolve(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def _read_row(values: Mapping[str, Any]) -> SaleRow:
    moments = {
        name: None if values[name] is None else datetime.fromisoformat(values[name])
        for name in MOMENTS
    }
    return sale_row({**values, **moments})
