"""Beside a running gateway: a command opens the shared foundation, does its work and leaves.

The gateway's relay finds within seconds what such a command made due; it needs no bus for that.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from gateway.bootstrap.foundation import Foundation, lay_foundation
from gateway.config import load

R = TypeVar("R")


def beside(path: Path, work: Callable[[Foundation], Awaitable[R]]) -> R:
    """Run ``work`` on the foundation of a configuration; raises what ``fault_of`` tells."""

    async def live() -> R:
        foundation = await lay_foundation(load(path), exclusive=False, log_to=io.StringIO())
        try:
            return await work(foundation)
        finally:
            await foundation.close()

    return asyncio.run(live())
