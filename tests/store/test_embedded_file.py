"""The embedded file: one gateway at a time, operators beside it, and a full disk."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gateway.contract import StoreError
from gateway.ports import EntityRow, Tx
from gateway.store import SqlStore, upgrade
from gateway.store.sqlite import SqliteEngine
from tests.store.conftest import OpenStore
from tests.store.rows import customer, sentence

HOLD = """
import sys
from pathlib import Path
from gateway.store.claim import FileClaim
claim = FileClaim(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def _put(tx: Tx, *, row: EntityRow) -> None:
    tx.put_entities([row])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A migrated data file."""
    file = tmp_path / "gateway.db"
    upgrade(f"sqlite:///{file}")
    return file


def _write(key: str) -> Callable[[Tx], None]:
    return lambda tx: tx.write_journal([sentence(key)])


def test_a_second_gateway_on_one_file_is_refused(path: Path, open_it: OpenStore) -> None:
    """Two gateways would work on the same leases and budgets."""
    open_it(f"sqlite:///{path}", exclusive=True)
    with pytest.raises(StoreError, match=r"gateway\.db: another gateway process.*PostgreSQL"):
        open_it(f"sqlite:///{path}", exclusive=True)


def test_a_killed_gateway_gives_its_file_back(path: Path, open_it: OpenStore) -> None:
    """After a kill -9 somebody would have to delete a lock file by hand."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="another gateway process"):
            open_it(f"sqlite:///{path}", exclusive=True)
        child.kill()
        child.wait()
    open_it(f"sqlite:///{path}", exclusive=True)


async def test_an_operators_command_writes_beside_the_gateway(
    path: Path, open_it: OpenStore
) -> None:
    """`gateway dead replay` would need the gateway to be stopped."""
    gateway = open_it(f"sqlite:///{path}", exclusive=True)
    command = open_it(f"sqlite:///{path}")
    writes = [store.run(_write("a")) for _ in range(20) for store in (gateway, command)]
    await asyncio.gather(*writes)
    assert len(await gateway.read(lambda tx: tx.story("a", limit=99))) == 40


async def test_a_file_that_another_program_keeps_locked_is_a_store_error(
    path: Path, open_it: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forgotten shell on the file would hang the gateway instead of being told."""
    monkeypatch.setattr("gateway.store.sqlite.PRAGMAS", ("PRAGMA busy_timeout = 50",))
    store = open_it(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"another user of the database.*SQLITE_BUSY"):
        await store.run(_write("a"))
    other.close()
    await store.run(_write("a"))


async def test_a_full_disk_is_a_store_error_and_passes(
    path: Path, open_it: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk would lose what was acknowledged, or need a restart afterwards."""
    opened: list[sqlite3.Connection] = []
    plain = SqliteEngine._open  # noqa: SLF001 - the limit is a setting of the connection

    def watched(self: SqliteEngine) -> sqlite3.Connection:
        opened.append(plain(self))
        return opened[-1]

    monkeypatch.setattr(SqliteEngine, "_open", watched)
    store = open_it(f"sqlite:///{path}")
    await store.run(_write("before"))
    writer = opened[-1]
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages + 2}")

    big = {"comment": "ё" * 200_000}
    works = [store.run(partial(_put, row=customer(f"c{n}", fields=big))) for n in range(4)]
    for end in await asyncio.gather(*works, return_exceptions=True):
        assert isinstance(end, StoreError)
        assert "no space left" in str(end)
        assert "free its disk" in str(end)
    assert await _state(store) == (1, 0)

    writer.execute("PRAGMA max_page_count = 1000000")
    await store.run(lambda tx: tx.put_entities([customer("c1", fields=big)]))
    assert await _state(store) == (1, 1)


async def _state(store: SqlStore) -> tuple[int, int]:
    keys = [f"c{n}" for n in range(4)]
    return await store.read(lambda tx: (len(tx.story("before", limit=9)), len(tx.entities(keys))))
