"""Turns: the steps of one row one after another, and calls that outlive those who wait for them.

A caller waits no longer than his deadline; what was begun for him goes on. A call to the processor
that is still under way is known, so that nobody looks up what it is about to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from gateway.contract import Clock, GatewayError, Log, TillBusy

R = TypeVar("R")
_AGAIN_S = 1.0
_BUSY, _UNDER_WAY = "sale-busy", "an earlier step of this sale is still under way"


class Turns:
    """Runs work per row. For one event loop."""

    def __init__(self, clock: Clock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._busy: dict[str, asyncio.Task[Any]] = {}
        self._calls: dict[str, set[asyncio.Task[Any]]] = {}

    async def run(
        self,
        rows: Sequence[str],
        work: Callable[[], Coroutine[Any, Any, R]],
        *,
        until: float | None = None,
    ) -> R:
        """Run work when no other has one of its rows, and return what it does.

        Units: ``until`` on the clock's ``monotonic``. The work goes on when the time is over or the
        caller leaves. Raises ``TimeoutError`` then, and ``TillBusy`` when the rows were not free.
        """
        while others := {self._busy[row] for row in rows if row in self._busy}:
            await asyncio.wait(others, timeout=self._left(until))
            if not all(other.done() for other in others):
                raise TillBusy(_BUSY, _UNDER_WAY, retry_after_s=_AGAIN_S)
        task = asyncio.create_task(work())
        self._busy.update(dict.fromkeys(rows, task))
        task.add_done_callback(lambda done: self._ended(rows, done))
        await asyncio.wait({task}, timeout=self._left(until))
        if not task.done():
            raise TimeoutError
        return task.result()

    async def call(
        self,
        row: str,
        work: Coroutine[Any, Any, R],
        *,
        until: float | None,
        late: Callable[[R], None],
    ) -> R | None:
        """Make a call that is never cut short; ``None`` when the time is over before its end.

        ``late`` is told its result then, when it comes.
        """
        task = asyncio.create_task(work)
        under_way = self._calls.setdefault(row, set())
        under_way.add(task)
        await asyncio.wait({task}, timeout=self._left(until))
        if task.done():
            self._over(row, task)
            return task.result()

        def ended(done: asyncio.Task[R]) -> None:
            self._over(row, done)
            if not done.cancelled() and done.exception() is None:
                late(done.result())

        task.add_done_callback(ended)
        return None

    def is_busy(self, row: str) -> bool:
        """Tell whether a step or a call of a row is under way."""
        return row in self._busy or row in self._calls

    def is_called(self, row: str) -> bool:
        """Tell whether a call for a row is under way, perhaps for nobody any more."""
        return row in self._calls

    async def quiet(self, row: str, *, until: float) -> None:
        """Wait until nothing of a row is under way, or the time is over."""
        while tasks := {
            *self._calls.get(row, ()),
            *([self._busy[row]] if row in self._busy else ()),
        }:
            left = self._left(until)
            if left is not None and left <= 0:
                return
            await asyncio.wait(tasks, timeout=left)
            await asyncio.sleep(0)

    async def drained(self, *, within_s: float) -> None:
        """Wait for what is under way, but not longer; the rest is found at the next start."""
        tasks = {*self._busy.values(), *(one for calls in self._calls.values() for one in calls)}
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)

    def _left(self, until: float | None) -> float | None:
        return None if until is None else max(0.0, until - self._clock.monotonic())

    def _ended(self, rows: Sequence[str], task: asyncio.Task[Any]) -> None:
        for row in rows:
            if self._busy.get(row) is task:
                del self._busy[row]
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, GatewayError):
            self._log.warning("till.step_failed", error=type(error).__name__)

    def _over(self, row: str, task: asyncio.Task[Any]) -> None:
        under_way = self._calls.get(row)
        if under_way is not None:
            under_way.discard(task)
            if not under_way:
                del self._calls[row]
