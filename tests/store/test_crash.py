"""kill -9 between any two statements: all of a transaction, or nothing."""

from __future__ import annotations

import asyncio
import signal
import sys
from functools import partial

from gateway.ports import Tx
from tests.store.conftest import OpenStore
from tests.store.rows import NOON

STATEMENTS = 8
"""Statements of the work in ``tests.store.dying`` on SQLite; PostgreSQL locks keys by one more."""


async def test_a_killed_process_leaves_all_or_nothing(url: str, open_it: OpenStore) -> None:
    """A crash would leave a customer without its delivery, or lose a hint that is done."""
    statements = STATEMENTS + (0 if url.startswith("sqlite") else 1)
    points = [*(str(point) for point in range(1, statements + 1)), "commit", "tell", "never"]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.dying", url, *points, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    ends = dict(line.split() for line in output.decode().splitlines())
    killed = {point: str(-signal.SIGKILL) for point in points}
    assert ends == killed | {"never": str(100 + statements)}

    store = open_it(url, exclusive=True)
    for point in points:
        expected = (1, 1, 1, 1) if point in {"tell", "never"} else (0, 0, 0, 0)
        assert await store.read(partial(_left, key=f"at-{point}")) == expected, point
    assert not await store.read(lambda tx: tx.due_inbox(now=NOON, limit=9))


def _left(tx: Tx, *, key: str) -> tuple[int, ...]:
    """How much of the work is in the store."""
    return (
        len(tx.entities([key])),
        len(tx.links_of([key])[key]),
        len(tx.deliveries_of([key])[key]),
        len(tx.story(key, limit=9)),
    )
