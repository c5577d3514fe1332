"""A process that sells until it is killed; started by ``test_sale_crash``.

Arguments: the store's URL, the local log's file, and a word that makes its sales' names. Prints
``id version`` of each write when it is acknowledged.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from gateway.store import Sealer, open_sale_log, open_store, sale_mover
from tests.store.rows import HeldClock, sale
from tests.store.sale_logs import Events, story

KEY = b"0123456789abcdef0123456789abcdef"
TILLS, VERSIONS = 8, 3
OFTEN_S = 0.003
"""Moves all the time, so that many a kill comes in the middle of one."""


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


if __name__ == "__main__":
    sale_mover.EVERY_S = OFTEN_S
    asyncio.run(_sell(*sys.argv[1:]))
