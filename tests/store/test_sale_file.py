"""The local log's file: one process, a full disk, a newer program, a wrong key, a damaged file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.contract import StoreError
from gateway.ports import SaleRow
from gateway.store import Sealer
from gateway.store import sale_file as module
from gateway.store.sale_file import PRAGMAS, SaleFile
from gateway.store.sale_pages import Pages
from tests.store.rows import sale


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "sales.db"


def _forget(_: int, __: Sequence[SaleRow]) -> None:
    """Keep nothing."""


async def test_a_second_process_is_refused(path: Path, sealer: Sealer) -> None:
    """Two processes would serve tills, each without knowing what the other sold."""
    file = SaleFile(path, sealer=sealer, landed=_forget)
    with pytest.raises(StoreError, match=r"sales\.db: another gateway process.*pos\.shared"):
        SaleFile(path, sealer=sealer, landed=_forget)
    await file.close()
    await SaleFile(path, sealer=sealer, landed=_forget).close()


async def test_a_newer_programs_file_is_refused(path: Path, sealer: Sealer) -> None:
    """An old program would not find what a newer one left, and tell a till that it sold nothing."""
    await SaleFile(path, sealer=sealer, landed=_forget).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 9")
    raw.close()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"newer program.*form 9.*run that version"):
            SaleFile(path, sealer=sealer, landed=_forget)


async def test_a_wrong_key_is_refused_before_anything_is_written(
    path: Path, sealer: Sealer
) -> None:
    """What an earlier process left would be lost behind a new key."""
    file = SaleFile(path, sealer=sealer, landed=_forget)
    await file.write([sale("a")])
    await file.close()
    with pytest.raises(StoreError, match=r"sale_log: sealed with data key .*GATEWAY_DATA_KEY"):
        SaleFile(path, sealer=Sealer([b"x" * 32]), landed=_forget)
    pages = Pages()
    both = Sealer([b"x" * 32, b"0123456789abcdef0123456789abcdef"])
    await SaleFile(path, sealer=both, landed=pages.add).close()
    assert pages.sales == ["till-1:a"]


def test_a_damaged_file_is_refused_and_kept(path: Path, sealer: Sealer) -> None:
    """The gateway would start as if nothing had been sold."""
    path.write_bytes(b"what the disk made of it" * 999)
    with pytest.raises(StoreError, match=r"sales\.db: the log of sales is damaged.*keep it"):
        SaleFile(path, sealer=sealer, landed=_forget)
    assert path.read_bytes().startswith(b"what the disk")


async def test_a_full_disk_is_told_and_passes(
    path: Path, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till would be told that its receipt is safe, or nothing could be sold until a restart."""
    monkeypatch.setattr(module, "PRAGMAS", (*PRAGMAS, "PRAGMA max_page_count = 60"))
    pages = Pages()
    file = SaleFile(path, sealer=sealer, landed=pages.add)
    big = {"comment": "ё" * 20_000}
    written, refused = [], ""
    for number in range(20):
        rows = [sale(f"{number}", content=big), sale(f"{number}-too", content=big)]
        try:
            await file.write(rows)
        except StoreError as error:
            refused = str(error)
            break
        written += [row.id for row in rows]
    assert refused.startswith("sales.db: no space left")
    assert "free its disk" in refused
    assert written
    assert pages.sales == written

    together = [file.write([sale(f"x{n}", content=big)]) for n in range(9)]
    ends = await asyncio.gather(*together, return_exceptions=True)
    assert {type(end) for end in ends} == {StoreError}
    file.moved(pages.last_seq)
    await file.write([sale("after", content=big)])
    await file.close()

    left = Pages()
    await SaleFile(path, sealer=sealer, landed=left.add).close()
    assert left.sales == ["till-1:after"]


async def test_what_the_store_has_is_deleted_and_the_rest_stays(path: Path, sealer: Sealer) -> None:
    """The file would grow for ever, or lose what was not moved."""
    pages = Pages()
    file = SaleFile(path, sealer=sealer, landed=pages.add)
    for number in range(5):
        await file.write([sale(f"{number}")])
    first = pages.first(3)
    assert [page.seq for page in first] == [1, 2, 3]
    file.moved(3)
    assert await file.read(3) == [sale("2")]
    await file.forget()
    assert [await file.read(seq) for seq in (3, 4)] == [(), [sale("3")]]
    file.moved(4)
    await file.write([sale("5")])
    assert [await file.read(seq) for seq in (4, 5, 6)] == [(), [sale("4")], [sale("5")]]
    await file.close()
    await file.close()
    with pytest.raises(StoreError, match="is closed"):
        await file.write([sale("6")])
    left = Pages()
    await SaleFile(path, sealer=sealer, landed=left.add).close()
    assert (left.sales, left.last_seq) == (["till-1:4", "till-1:5"], 6)
