"""A process that sells until it is killed; started by ``test_sale_crash``.

Arguments: the store's URL, the local log's file, a word that makes its sales' names, and the number
of the commit before which it kills itself, 0 for none. Prints ``id version`` of each write when it
is acknowledged.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from gateway.store import Sealer, open_sale_log, open_store, sale_file, sale_mover
from tests.store.rows import HeldClock, sale
from tests.store.sale_logs import Events, story

KEY = b"0123456789abcdef0123456789abcdef"
TILLS, VERSIONS = 8, 3
OFTEN_S = 0.003
"""Moves all the time, so that many a kill comes in the middle of one."""
NEVER_S = 3600.0
HASTE_S = 0.3
"""Time for an acknowledgement that does not wait for its commit to be seen before the death."""


class Dying(sqlite3.Connection):
    """A connection whose process dies at a commit of sales."""

    left = 0

    def execute(self, *statement: Any) -> sqlite3.Cursor:
        """Run a statement, or die."""
        if statement[0] == sale_file.PUT:
            Dying.left -= 1
            if Dying.left == 0:
                threading.Event().wait(HASTE_S)
                os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*statement)


async def _sell(url: str, path: str, word: str) -> None:
    store = open_store(url, sealer=Sealer([KEY]), clock=HeldClock())
    log = await open_sale_log(Path(path), store, sealer=Sealer([KEY]), log=Events(), story=story)

    async def till(number: int) -> None:
        for count in itertools.count():
            for version in range(1, VERSIONS + 1):
                row = sale(f"{word}-{number}-{count}", version)
                await log.write([row])
                print(row.id, version, flush=True)  # noqa: T201 - read by the test

    await asyncio.gather(*(till(number) for number in range(TILLS)))


def _die_at(commit: int) -> None:
    """Let this process die at a commit; nothing is moved, so that only the file can know."""
    Dying.left = commit
    sale_mover.EVERY_S = NEVER_S
    connect: Any = functools.partial(sqlite3.connect, factory=Dying)
    sqlite3.connect = connect


if __name__ == "__main__":
    sale_mover.EVERY_S = OFTEN_S
    if (at := int(sys.argv.pop())) > 0:
        _die_at(at)
    asyncio.run(_sell(*sys.argv[1:]))
