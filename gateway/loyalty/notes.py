"""Notes: ends that are put on disk behind whoever waits for them.

Only for what a process that dies looks up at the processor anyway, and only where nobody else
writes sales.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from gateway.contract import StoreError
from gateway.ports import SaleLog, SaleRow


class Notes:
    """Notes under way. ``take`` puts a version of a row into memory."""

    def __init__(self, log: SaleLog, take: Callable[[SaleRow], None]) -> None:
        self._log = log
        self._take = take
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def put(self, row: SaleRow, *, instead_of: SaleRow) -> None:
        """Take a next version in, and begin to write it.

        One that cannot be written is taken back: the version before it is looked at again when its
        time comes.
        """
        self._take(row)
        self._tasks[row.id] = asyncio.create_task(self._written(row, instead_of))

    async def landed(self, rows: Sequence[SaleRow]) -> bool:
        """Wait for notes of these rows; False where there were none."""
        tasks = [self._tasks[row.id] for row in rows if row.id in self._tasks]
        await asyncio.gather(*tasks)
        return bool(tasks)

    async def drained(self) -> None:
        """Wait until all notes are on disk or taken back."""
        await asyncio.gather(*self._tasks.values())

    async def _written(self, row: SaleRow, before: SaleRow) -> None:
        try:
            await self._log.write([row])
        except StoreError:
            self._take(before)
        finally:
            del self._tasks[row.id]
