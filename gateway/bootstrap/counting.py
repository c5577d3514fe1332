"""Counting: what each process adds to the figures over time, and the count of the journal."""

from __future__ import annotations

import asyncio

from gateway.bootstrap.foundation import Foundation
from gateway.ops.tally import Tally
from gateway.ops.usage import Usage


def counting(foundation: Foundation, holder: str) -> list[asyncio.Task[None]]:
    """Start counting; cancel the tasks to end it."""
    base = foundation
    usage = Usage(base.store, base.accounts, base.clock, base.log, base.metrics)
    tally = Tally(base.store, base.config.retention, base.clock, base.log, holder)
    return [
        asyncio.create_task(usage.run(), name="usage"),
        asyncio.create_task(tally.run(), name="tally"),
    ]
