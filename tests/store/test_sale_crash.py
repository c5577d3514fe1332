"""kill -9 of a process that sells: what was acknowledged is there, and told of once."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import defaultdict
from pathlib import Path

from gateway.ports import Tx
from gateway.store import LocalSaleLog, Sealer, open_sale_log
from tests.store.conftest import OpenStore
from tests.store.rows import sale
from tests.store.sale_logs import Events, once, story, told

KILLS_AFTER = (1, 40, 400, 150)
"""Acknowledged writes that are read before the kill; more may be on their way."""
WAIT_S = 60.0


async def _killed(
    url: str, path: Path, word: str, after: int, *, dies_at: int = 0
) -> dict[str, int]:
    """Let a process sell and kill it; return the last version of each sale that it was sure of.

    It is killed after so many acknowledged writes; or it dies by itself, before that commit.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.selling", url, str(path), word, str(dies_at),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    lines = [await asyncio.wait_for(child.stdout.readline(), WAIT_S) for _ in range(after)]
    if not dies_at:
        child.kill()
    lines += [line async for line in child.stdout]
    assert await child.wait() == -signal.SIGKILL
    sure: dict[str, int] = {}
    for line in lines:
        if line.endswith(b"\n"):
            key, version = line.decode().split()
            sure[key] = max(int(version), sure.get(key, 0))
    assert len(lines) >= after
    return sure


async def _all_moved(log: LocalSaleLog) -> None:
    async with asyncio.timeout(WAIT_S):
        while log.waiting:  # noqa: ASYNC110 - the promise is that it happens by itself
            await asyncio.sleep(0.01)


async def test_no_acknowledged_sale_is_lost_or_told_of_twice(
    url: str, tmp_path: Path, open_it: OpenStore, sealer: Sealer
) -> None:
    """A receipt that the till printed would be missing after a crash, or stand twice in a story."""
    path = tmp_path / "sales.db"
    sure: dict[str, int] = {}
    for number, after in enumerate(KILLS_AFTER):
        sure |= await _killed(url, path, f"run{number}", after)

    store = open_it(url)
    log = await open_sale_log(path, store, sealer=sealer, log=Events(), story=story)
    ids = sorted(sure)
    found = await log.find(ids)
    assert [key for key in ids if key not in found] == []
    assert [key for key in ids if found[key].version < sure[key]] == []
    await _all_moved(log)
    await log.close()

    def stored(tx: Tx) -> dict[str, int]:
        return {key: row.version for key, row in tx.sales(ids).items()}

    versions = await store.read(stored)
    assert [key for key in ids if versions[key] < sure[key]] == []
    stories = defaultdict(list)
    for key in ids:
        if await told(store, key) != once(*range(1, versions[key] + 1)):
            stories[key].append(await told(store, key))
    assert stories == {}
    assert found[ids[0]].content == sale("any").content


async def test_a_death_in_the_middle_of_a_commit_breaks_no_promise(
    url: str, tmp_path: Path, open_it: OpenStore, sealer: Sealer
) -> None:
    """A till would hear that its receipt is safe before it is."""
    path = tmp_path / "sales.db"
    sure: dict[str, int] = {}
    for dies_at in (1, 2, 30):
        sure |= await _killed(url, path, f"run{dies_at}", 0, dies_at=dies_at)
    assert sure
    log = await open_sale_log(path, open_it(url), sealer=sealer, log=Events(), story=story)
    found = await log.find(list(sure))
    await log.close()
    assert {key: row.version for key, row in found.items() if row.version < sure[key]} == {}
    assert found.keys() == sure.keys()
