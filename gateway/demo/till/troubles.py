"""Troubles: what goes wrong during a day, each at its share of the day's steps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that happens once ``share`` of the day's steps is done."""

    share: float
    happen: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Troubles:
    """Counts the day's steps and lets troubles happen beside them."""

    total: int
    troubles: Sequence[Trouble] = ()
    passed: int = 0
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def step(self) -> None:
        """Count a step."""
        async with self._moved:
            self.passed += 1
            self._moved.notify_all()

    async def live(self) -> None:
        """Let each trouble happen in its turn; those that come together, one after the other."""
        for trouble in sorted(self.troubles, key=lambda one: one.share):
            due = trouble.share * self.total
            async with self._moved:
                await self._moved.wait_for(partial(self._has_passed, due))
            await trouble.happen()

    def _has_passed(self, steps: float) -> bool:
        return self.passed >= steps
