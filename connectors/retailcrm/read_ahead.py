"""Read ahead: pages of a first load, asked for while the ones before them are being stored.

Page after page, a load is as slow as the road: at 150 ms a page it uses half of the account's
limit. What changes after a page was read comes by the history that is read from the beginning of
the load, so a page may well wait here for its turn.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from gateway.canonical import Kind

from .client import Listed

AHEAD = 3
"""Pages under way beside the one that is wanted."""


class Lists(Protocol):
    """The client, as far as it reads lists."""

    async def page(self, kind: Kind, number: int) -> Listed:
        """Read one page of all records of our shop."""


@dataclass(slots=True)
class PagesAhead:
    """Pages of one list."""

    client: Lists
    kind: Kind
    _last: int = 0
    _tasks: dict[int, asyncio.Task[Listed]] = field(default_factory=dict, repr=False)

    async def page(self, number: int) -> Listed:
        """Return a page; a failure forgets all pages ahead, so that the next try asks anew."""
        wanted = range(number, max(number, min(number + AHEAD, self._last)) + 1)
        self._forget(set(self._tasks) - set(wanted))
        for one in wanted:
            if one not in self._tasks:
                task = asyncio.create_task(self.client.page(self.kind, one))
                task.add_done_callback(_looked_at)
                self._tasks[one] = task
        try:
            listed = await self._tasks.pop(number)
        except BaseException:
            self._forget(set(self._tasks))
            raise
        self._last = listed.pagination.total_page_count
        return listed

    def _forget(self, numbers: set[int]) -> None:
        for one in numbers:
            self._tasks.pop(one).cancel()


def _looked_at(task: asyncio.Task[Listed]) -> None:
    """Take note of an error that nobody may come to fetch."""
    if not task.cancelled():
        task.exception()
