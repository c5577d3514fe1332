"""Lanes: deliveries of one account, gathered into batches while earlier ones are under way.

At low load a change leaves at once; under load what piles up behind the calls in progress leaves in
the vendor's largest batches. A resting account keeps nothing in memory: the store has it all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from gateway.contract import Log
from gateway.sync.account import Account

Deliver = Callable[[Account, list[str]], Awaitable[int]]


class Lane:
    """Runs deliveries of one account. Use from one event loop only."""

    def __init__(
        self, account: Account, deliver: Deliver, log: Log, *, width: int, batch: int
    ) -> None:
        self._account = account
        self._deliver = deliver
        self._log = log
        self._width = width
        self._batch = batch
        self._pending: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def add(self, entity_ids: Iterable[str]) -> None:
        """Take entities whose deliveries are due; those already here are not doubled."""
        if self._closing or self._account.rests:
            return
        self._pending.update(dict.fromkeys(entity_ids))
        while self._pending and len(self._tasks) < self._width:
            task = asyncio.create_task(self._work(), name=f"lane:{self._account.name}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if len(self._pending) <= self._batch:
                break

    async def _work(self) -> None:
        while self._pending and not self._closing:
            if self._account.rests:
                self._pending.clear()
                return
            taken = self._take()
            try:
                await self._deliver(self._account, taken)
            except Exception as error:  # noqa: BLE001 - the lane must outlive any one batch
                # The rows stay claimed or due in the store; their lease ends or the relay wakes
                # them.
                self._log.warning(
                    "deliver.failed", account=self._account.name, error=type(error).__name__
                )

    def _take(self) -> list[str]:
        taken = list(self._pending)[: self._batch]
        for entity_id in taken:
            del self._pending[entity_id]
        return taken

    async def close(self) -> None:
        """Finish the batches under way and take no more."""
        self._closing = True
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
