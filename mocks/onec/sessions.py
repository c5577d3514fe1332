"""Sessions and licences: a limit of simultaneous calls, then 406 (reference, section 0)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


class PoolExhausted(Exception):
    """No session became free within the pool's time-out."""


@dataclass
class SessionPool:
    """Seats for simultaneous sessions; ``limit`` and ``timeout_s`` are read at every call."""

    limit: Callable[[], int]
    timeout_s: Callable[[], float]

    def __post_init__(self) -> None:
        """Start with every seat free."""
        self.taken = 0
        self.peak = 0
        self._freed = asyncio.Condition()

    async def take(self) -> None:
        """Take a seat, waiting for one at most ``timeout_s``.

        Raises:
            PoolExhausted: none became free.
        """
        try:
            async with self._freed, asyncio.timeout(self.timeout_s()):
                await self._freed.wait_for(self._is_free)
        except TimeoutError as error:
            raise PoolExhausted from error
        self.taken += 1
        self.peak = max(self.peak, self.taken)

    async def give_back(self) -> None:
        """Free a seat."""
        self.taken -= 1
        async with self._freed:
            self._freed.notify()

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[None]:
        """Hold a seat for the length of a block."""
        await self.take()
        try:
            yield
        finally:
            await self.give_back()

    def _is_free(self) -> bool:
        limit = self.limit()
        return not limit or self.taken < limit
