"""Grid of time: answers come at whole multiples of a step, so that their time tells nothing.

It hides what takes less than a step. Equal work on every path is still needed: under heavy load
what takes longer would cross a line more often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import floor

from gateway.contract import Clock


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines every ``step_s`` seconds from the beginning of a call; 0 is no grid."""

    step_s: float
    clock: Clock
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def wait(self, since: float) -> None:
        """Wait for the next line after the work of a call that began at ``since`` (monotonic)."""
        if not self.step_s:
            return
        now = self.clock.monotonic()
        lines = floor((now - since) / self.step_s) + 1
        await self.sleep(since + lines * self.step_s - now)
