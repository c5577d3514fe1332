"""Group commit: one thread writes, and works that arrive together share one transaction.

A work that raises undoes the group, which then runs again with a savepoint around each work, so
that only the failing one is left out. Conflicts with other processes are run again one by one. A
lost connection is opened again and the group repeated, unless it was lost during COMMIT: then the
commit mark is read first, and until it can be read the group is kept in doubt and neither repeated
nor reported.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from gateway.contract import StoreError
from gateway.store.engine import Connection, Engine, Trouble, store_error
from gateway.store.session import Session
from gateway.store.transaction import SqlTx
from gateway.store.work import Work, tell

RECONNECT_DELAYS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
CONFLICT_DELAYS_S = (0.01, 0.03, 0.1, 0.3, 0.5)
"""Never zero: the loser of a deadlock that comes back at once takes the winner's lock again."""
DOUBT_POLL_S = 0.5
OnCommit = Callable[[int, float], None]
"""Told of each commit, on the writing thread: how many works shared it, and how long it took."""


class Unreachable(StoreError):
    """No connection can be made now."""


class Writer:
    """The writing thread of one store. ``commits`` counts its transactions."""

    def __init__(
        self,
        engine: Engine,
        transaction: Callable[[Session], SqlTx],
        *,
        group_s: float,
        group_max: int,
        on_commit: OnCommit | None = None,
    ) -> None:
        """Start the thread; the first work makes the connection."""
        self._on_commit = on_commit
        self._engine = engine
        self._transaction = transaction
        self._group_s = group_s
        self._group_max = group_max
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._full = threading.Event()
        self._closing = threading.Event()
        self._pause = threading.Event()  # never set: a wait with a deadline
        self._queue: deque[Work] = deque()
        self._connection: Connection | None = None
        self._away = False
        self._number = 0
        self._doubt: list[Work] = []
        self.commits = 0
        self._thread = threading.Thread(target=self._live, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> None:
        """Queue a work; raises ``StoreError`` after ``close``."""
        with self._lock:
            if self._closing.is_set():
                msg = "the store is closed; the gateway is stopping"
                raise StoreError(msg)
            self._queue.append(work)
            if len(self._queue) >= self._group_max:
                self._full.set()
            self._some.set()

    def close(self) -> None:
        """Finish what was queued and end the thread; blocks, may be called twice."""
        with self._lock:
            self._closing.set()
            self._full.set()
            self._some.set()
        self._thread.join()

    # The thread's own side.

    def _live(self) -> None:
        while True:
            self._some.wait(DOUBT_POLL_S if self._doubt else None)
            group = self._next_group()
            if group or self._doubt:
                self._finish(group)
            if self._closing.is_set() and not self._queue:
                break
        self._abandon_doubt()
        self._drop()

    def _next_group(self) -> list[Work]:
        if self._queue:
            self._full.wait(self._group_s)
        with self._lock:
            size = min(len(self._queue), self._group_max)
            group = [self._queue.popleft() for _ in range(size)]
            for work in group:
                work.doubtful = False
            if not self._closing.is_set():
                if len(self._queue) < self._group_max:
                    self._full.clear()
                if not self._queue:
                    self._some.clear()
        return [work for work in group if not work.future.cancelled()]

    def _finish(self, works: Sequence[Work]) -> None:
        """Bring every work to its outcome, in as few transactions as their faults allow.

        Together; else together with savepoints, which leaves a failing work out; else one by one.
        """
        left = deque(works)
        try:
            self._connected()
            shared = len(works) > 1
            if shared and (
                self._together(works, guarded=False) or self._together(works, guarded=True)
            ):
                left.clear()
            while left:
                self._alone(left[0])
                left.popleft()
        except Unreachable as error:
            for work in left:
                work.error = StoreError(*error.args)
        except BaseException as error:  # noqa: BLE001 - a fault here must not leave callers waiting
            self._drop()
            for work in left:
                work.error = error
        tell([work for work in works if not work.doubtful])

    def _together(self, works: Sequence[Work], *, guarded: bool) -> bool:
        """Try to commit works in one transaction; False when nothing happened."""
        try:
            self._transact(works, guarded=guarded)
        except Unreachable:
            raise
        except self._engine.errors as error:
            self._lost(error)
            return False
        except BaseException:  # noqa: BLE001 - a work's own; it is raised where that work runs alone
            return False
        return True

    def _alone(self, work: Work) -> None:
        """Bring one work to its outcome."""
        for delay in CONFLICT_DELAYS_S:
            try:
                self._transact([work], guarded=False)
            except Unreachable:
                raise
            except self._engine.errors as error:
                trouble = self._lost(error)
                work.error = store_error(trouble, self._engine.code(error))
                if trouble in {Trouble.FULL, Trouble.REFUSED}:
                    return
                if trouble is Trouble.CONFLICT:
                    self._pause.wait(delay)
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller of the work
                work.error = error
                return
            else:
                return

    def _transact(self, works: Sequence[Work], *, guarded: bool) -> None:
        """Run works and commit; whatever is raised, nothing happened."""
        connection = self._connected()
        began = time.perf_counter()
        self._number += 1
        self._begin(connection, piped=not guarded)
        try:
            tx = self._transaction(connection.session)
            for work in works:
                if guarded:
                    self._guarded(work, tx, connection)
                else:
                    work.run(tx)
            connection.finish()
        except BaseException:
            self._rollback(connection)
            raise
        if self._commit(connection, works) and self._on_commit is not None:
            self._on_commit(len(works), time.perf_counter() - began)

    def _begin(self, connection: Connection, *, piped: bool) -> None:
        """Begin; who holds the whole database or this writer's mark holds it for all works."""
        try:
            connection.begin(self._number, piped=piped)
        except self._engine.errors as error:
            if self._lost(error) is Trouble.AWAY:
                raise
            self._rollback(connection)
            args = store_error(self._engine.trouble(error), self._engine.code(error)).args
            raise Unreachable(*args) from None

    def _guarded(self, work: Work, tx: SqlTx, connection: Connection) -> None:
        """Run a work inside a savepoint and keep its error; the engine's troubles are raised."""
        connection.save()
        try:
            work.run(tx)
        except self._engine.errors as error:
            trouble = self._engine.trouble(error)
            if trouble is not Trouble.REFUSED:
                raise
            work.error = store_error(trouble, self._engine.code(error))
        except BaseException as error:  # noqa: BLE001 - it belongs to the caller of the work
            work.error = error
        if work.error is None:
            connection.release()
        else:
            connection.undo()

    def _commit(self, connection: Connection, works: Sequence[Work]) -> bool:
        """Commit; False when nobody knows yet whether it was."""
        try:
            connection.commit()
        except self._engine.errors as error:
            if self._lost(error) is not Trouble.AWAY:
                self._rollback(connection)
                raise
            for work in works:
                work.doubtful = True
            self._doubt = list(works)
            self._away = False
            with suppress(Unreachable):  # then it stays in doubt and is looked at again
                self._connected()
            return False
        self.commits += 1
        return True

    def _rollback(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except self._engine.errors:
            self._drop()

    def _lost(self, error: Exception) -> Trouble:
        """Classify, and drop the connection when it is of no use any more."""
        trouble = self._engine.trouble(error)
        if trouble is Trouble.AWAY:
            self._drop()
        return trouble

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        """Return a connection on which no earlier group is in doubt.

        Tries for some seconds after a loss, then once per group. Raises ``Unreachable``.
        """
        if self._connection is not None:
            return self._connection
        code = ""
        for delay in (0.0,) if self._away else (0.0, *RECONNECT_DELAYS_S):
            self._pause.wait(delay)
            try:
                connection = self._engine.connect_writer()
                self._resolve_doubt(connection)
            except self._engine.errors as error:
                code = self._engine.code(error)
            else:
                self._connection, self._away = connection, False
                return connection
        self._away = True
        raise Unreachable(*store_error(Trouble.AWAY, code).args)

    def _resolve_doubt(self, connection: Connection) -> None:
        """Report the group in doubt when it was committed, else queue it again."""
        if not self._doubt:
            return
        try:
            committed = connection.committed(self._number)
        except self._engine.errors:
            connection.close()
            raise
        works, self._doubt = self._doubt, []
        if committed:
            self.commits += 1
            tell(works)
            return
        with self._lock:
            self._queue.extendleft(reversed(works))
            self._some.set()

    def _abandon_doubt(self) -> None:
        for work in self._doubt:
            msg = "the connection was lost during a commit and did not come back: outcome unknown"
            work.error = StoreError(msg)
        tell(self._doubt)
