"""A consuming process for the tests that kill one: writes what it handled to a shared file.

Usage: ``python -m tests.bus.worker URL PREFIX INDEX WORKERS FILE [hold]``. Lines are appended by
one write each, so the file holds the order over all processes. Ends when standard input closes.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gateway.bus import open_bus
from gateway.ports import Wake
from tests.bus.harness import FAST, RecordingLog, WallClock, Watch


async def work(url: str, prefix: str, index: int, workers: int, file: Path, *, hold: bool) -> None:
    """Consume until standard input closes."""
    out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    watch = Watch()
    log = RecordingLog(watch)

    async def handle(batch: Sequence[Wake]) -> None:
        for wake in batch:
            await asyncio.sleep(0.001)
            os.write(out, f"{index} {wake.key} {wake.ref}\n".encode())
        if hold:
            await asyncio.Event().wait()

    bus = open_bus(
        url,
        prefix=prefix,
        worker_index=index,
        workers=workers,
        clock=WallClock(),
        log=log,
        options=replace(FAST, standby_after_s=1.5, rebalance_s=3.0),
    )
    await bus.consume(handle)
    await watch.until(lambda: log.count("bus.consuming") == 1)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await bus.close()
    os.close(out)


if __name__ == "__main__":
    where, name, number, total, path = sys.argv[1:6]
    asyncio.run(work(where, name, int(number), int(total), Path(path), hold="hold" in sys.argv[6:]))
