"""Lanes: work of one account, gathered into batches while earlier ones are under way.

At low load a change leaves at once; under load what piles up behind the calls in progress leaves in
the vendor's largest batches. A resting account keeps nothing in memory: the store has it all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice

from gateway.contract import Log
from gateway.sync.account import Account

Work = Callable[[Account, list[str]], Awaitable[object]]
Job = Callable[[], Awaitable[object]]


class Lane:
    """Runs one kind of work of one account. Use from one event loop only.

    ``width`` batches are under way at once, of ``batch`` records each.
    """

    def __init__(self, account: Account, work: Work, log: Log, *, width: int, batch: int) -> None:
        self.batch = batch
        self._account = account
        self._run = work
        self._log = log
        self._width = width
        self._pending: dict[str, None] = {}
        self._jobs: deque[Job] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._active = 0  # told by the workers themselves: a task counts as done one step later
        self._ended = asyncio.Event()
        self._closing = False

    @property
    def waiting(self) -> int:
        """How many records wait here for their turn."""
        return len(self._pending)

    @property
    def free(self) -> int:
        """How many batches could begin at once; none while older work waits."""
        if self._closing or self._account.rests or self._pending:
            return 0
        return max(0, self._width - self._active - len(self._jobs))

    def add(self, refs: Iterable[str]) -> None:
        """Take ids of rows to work on; those already here are not doubled."""
        if self._closing or self._account.rests:
            return
        self._pending.update(dict.fromkeys(refs))
        while self._pending and self._active < self._width:
            self._start()
            if len(self._pending) <= self.batch:
                break

    def give(self, job: Job) -> None:
        """Take a batch that was claimed for this lane: it is done whatever comes, and first."""
        self._jobs.append(job)
        if self._active < self._width:
            self._start()

    @property
    def is_half_free(self) -> bool:
        """Whether half of the lane is free, or waiting for that would be in vain."""
        wanted = max(1, self._width // 2)
        return self.free >= wanted or self._closing or self._account.rests

    async def batch_ended(self) -> None:
        """Wait until a batch of this lane has ended."""
        await self._ended.wait()

    def _start(self) -> None:
        self._active += 1
        task = asyncio.create_task(self._work(), name=f"lane:{self._account.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        try:
            while self._jobs or (self._pending and not self._closing):
                await self._one_batch()
                self._tell_waiting()
        finally:
            self._active -= 1
            self._tell_waiting()

    def _tell_waiting(self) -> None:
        ended, self._ended = self._ended, asyncio.Event()
        ended.set()

    async def _one_batch(self) -> None:
        try:
            if self._jobs:
                await self._jobs.popleft()()
            elif self._account.rests:
                self._pending.clear()
            else:
                await self._run(self._account, self._take())
        except Exception as error:  # noqa: BLE001 - the lane must outlive any one batch
            # The rows stay claimed or due in the store: their lease ends, or the relay wakes them.
            self._log.warning("lane.failed", account=self._account.name, error=type(error).__name__)

    def _take(self) -> list[str]:
        taken = list(islice(self._pending, self.batch))
        for ref in taken:
            del self._pending[ref]
        return taken

    async def close(self) -> None:
        """Finish the batches under way and take no more."""
        self._closing = True
        self._tell_waiting()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
