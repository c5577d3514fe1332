"""Processes that count are killed at any moment; in the end the figures are the journal's."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.config import RetentionSection
from gateway.ops.tally import LATE, MINUTE, TOLD, Tally, hour_of
from gateway.ports import Grain
from gateway.store import Sealer, SqlStore, open_store
from tests.gateway.contract.fakes import FakeLog
from tests.gateway.ops.tallying import BEGIN, KEY
from tests.store.rows import HeldClock
from tests.stores import upgrade

REPOSITORY = Path(__file__).parents[3]
LONG = timedelta(hours=3)


async def killed_after(url: str, account: str, rounds: int) -> None:
    """Run a process for some rounds, and kill it in the middle of one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateway.ops.tallying", url, account,
        cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            for _ in range(rounds):
                assert await process.stdout.readline() == b"round\n"
    finally:
        process.kill()
        await process.communicate()


async def counted(store: SqlStore, grain: Grain) -> Counter[tuple[datetime, str]]:
    """Return the figures."""
    rows = await store.read(
        lambda tx: tx.tally(grain=grain, since=BEGIN, until=BEGIN + LONG, whats=[TOLD])
    )
    return Counter({(row.at, row.account): row.count for row in rows})


async def journalled(store: SqlStore) -> Counter[tuple[datetime, str]]:
    """Return what the journal says, minute by minute."""
    found: Counter[tuple[datetime, str]] = Counter()
    last = BEGIN + LONG

    async def of(at: datetime) -> None:
        counts = await store.read(lambda tx: tx.count_between(since=at, until=at + MINUTE))
        for (account, _, _), count in counts.items():
            found[at, account] += count

    at = BEGIN
    while at < last:
        await of(at)
        at += MINUTE
    return found


ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]


@pytest.mark.parametrize("engine", ENGINES)
async def test_killed_processes_count_nothing_twice_and_leave_nothing_out(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """After a night of restarts the charts would show traffic that never was."""
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    if engine == "postgresql":
        url = str(request.getfixturevalue("postgres_schema"))
    upgrade(url)
    await asyncio.gather(killed_after(url, "crm", 7), killed_after(url, "shop", 23))
    await asyncio.gather(killed_after(url, "crm", 11), killed_after(url, "shop", 5))
    clock = HeldClock()
    clock.at = BEGIN + LONG
    store = open_store(url, sealer=Sealer([KEY]), clock=clock)
    try:
        tally = Tally(store, RetentionSection(), clock, FakeLog(), "last")
        for _ in range(3):
            await tally.count()
            clock.move(LATE.total_seconds())
        minutes = await counted(store, Grain.MINUTE)
        assert minutes == await journalled(store)
        assert len(minutes) > 10
        hours: Counter[tuple[datetime, str]] = Counter()
        for (at, account), count in minutes.items():
            hours[hour_of(at), account] += count
        assert await counted(store, Grain.HOUR) == hours
    finally:
        await store.close()
