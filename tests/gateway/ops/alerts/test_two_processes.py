"""Two processes on one PostgreSQL: what they both see at once is told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.store import Sealer, open_store
from tests.gateway.ops.alerts.bench import KEY, Bench, bench_at, section_of


@asynccontextmanager
async def pair(folder: Path, url: str) -> AsyncIterator[tuple[Bench, Bench]]:
    """Two processes' parts over one database, with one postman."""
    section = section_of(flap_s=0.0)
    first = bench_at(folder, section, url=url)
    second = replace(first, store=open_store(url, sealer=Sealer([KEY]), clock=first.clock))
    try:
        yield first, second
    finally:
        await first.store.close()
        await second.store.close()


@pytest.mark.services
async def test_both_see_it_and_one_tells_it(tmp_path: Path, postgres_schema: str) -> None:
    """Each worker would send its own message."""
    async with pair(tmp_path, postgres_schema) as benches:
        first, second = benches
        for turn in range(12):
            await first.park("crm", parked=turn % 2 == 0)
            # Both are new processes, and the lease of the ones before is over.
            for _ in range(2):
                first.clock.move(61)
                duties = [bench.duty() for bench in benches for _ in range(2)]
                held = await asyncio.gather(*(duty.round() for duty in duties))
                assert held.count(True) == 1
                await asyncio.gather(first.perform(), second.perform())
        turns = [line.partition(":")[0] for line in first.lines()]
        assert turns == ["ALERT", "OVER"] * 6
