"""Lanes: work of one account, gathered into batches while earlier ones are under way.

At low load a change leaves at once; under load what piles up behind the calls in progress leaves in
the vendor's largest batches. A resting account keeps nothing in memory: the store has it all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice

from gateway.contract import Log
from gateway.sync.account import Account

Work = Callable[[Account, list[str]], Awaitable[object]]


class Lane:
    """Runs one kind of work of one account. Use from one event loop only."""

    def __init__(self, account: Account, work: Work, log: Log, *, width: int, batch: int) -> None:
        self._account = account
        self._run = work
        self._log = log
        self._width = width
        self._batch = batch
        self._pending: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._active = 0  # told by the workers themselves: a task counts as done one step later
        self._closing = False

    def add(self, refs: Iterable[str]) -> None:
        """Take ids of rows to work on; those already here are not doubled."""
        if self._closing or self._account.rests:
            return
        self._pending.update(dict.fromkeys(refs))
        while self._pending and self._active < self._width:
            self._active += 1
            task = asyncio.create_task(self._work(), name=f"lane:{self._account.name}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if len(self._pending) <= self._batch:
                break

    async def _work(self) -> None:
        try:
            while self._pending and not self._closing:
                if self._account.rests:
                    self._pending.clear()
                else:
                    await self._one_batch(self._take())
        finally:
            self._active -= 1

    async def _one_batch(self, taken: list[str]) -> None:
        try:
            await self._run(self._account, taken)
        except Exception as error:  # noqa: BLE001 - the lane must outlive any one batch
            # The rows stay claimed or due in the store: their lease ends, or the relay wakes them.
            self._log.warning("lane.failed", account=self._account.name, error=type(error).__name__)

    def _take(self) -> list[str]:
        taken = list(islice(self._pending, self._batch))
        for ref in taken:
            del self._pending[ref]
        return taken

    async def close(self) -> None:
        """Finish the batches under way and take no more."""
        self._closing = True
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
