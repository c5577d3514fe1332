"""A process that writes sentences and counts them, round after round, until it is killed.

``python -m tests.gateway.ops.tallying URL ACCOUNT``; prints a line after each round.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import timedelta

from gateway.canonical import Kind
from gateway.config import RetentionSection
from gateway.ops.tally import Tally
from gateway.ports import JournalRow
from gateway.store import Sealer, open_store
from tests.gateway.contract.fakes import FakeLog
from tests.store.rows import NOON, HeldClock

KEY = b"0123456789abcdef0123456789abcdef"
BEGIN = NOON.replace(minute=0, second=0, microsecond=0)
ROUNDS = 10_000


async def live(url: str, account: str) -> None:
    """Write a little, go on by some seconds, count."""
    clock, chance = HeldClock(), random.Random(account)
    clock.at = BEGIN
    store = open_store(url, sealer=Sealer([KEY]), clock=clock)
    tally = Tally(store, RetentionSection(), clock, FakeLog(), account)
    for _ in range(ROUNDS):
        at = clock.at - timedelta(seconds=chance.randint(0, 20))
        row = JournalRow(
            max(BEGIN, at), "c-1", Kind.CUSTOMER, account, "delivered", "sent", "",
            count=chance.randint(1, 9),
        )  # fmt: skip
        await store.run(lambda tx, row=row: tx.write_journal([row]))  # type: ignore[misc]
        clock.move(chance.randint(1, 60))
        await tally.count()
        sys.stdout.write("round\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:3]))
