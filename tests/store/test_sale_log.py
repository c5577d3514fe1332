"""Logs of sales: on disk before it returns, in the store soon after, each version told of once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from gateway.contract import StoreError
from gateway.ports import JournalRow, SaleProgress, SaleRow, Tx
from gateway.store import LocalSaleLog, Sealer, SqlStore, StoreSaleLog, open_sale_log
from gateway.store.sale_file import SaleFile
from gateway.store.sale_pages import Pages
from tests.store.conftest import OpenStore
from tests.store.rows import NAME, PHONE, sale
from tests.store.sale_logs import Events, MoodyStore, once, story, told
from tests.stores import upgrade

WAIT_S = 30.0
OpenLog = Callable[[], Awaitable[LocalSaleLog]]


@pytest.fixture
def moody(store: SqlStore) -> MoodyStore:
    """The store, as the test wants it."""
    return MoodyStore(store)


@pytest.fixture
def events() -> Events:
    """What the log says."""
    return Events()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the local log is."""
    return tmp_path / "log" / "sales.db"


@pytest.fixture
async def open_log(
    path: Path, moody: MoodyStore, sealer: Sealer, events: Events
) -> AsyncIterator[OpenLog]:
    """Open the local log, again and again; the last one is closed at the end."""
    opened: list[LocalSaleLog] = []

    async def _open() -> LocalSaleLog:
        opened.append(await open_sale_log(path, moody, sealer=sealer, log=events, story=story))
        return opened[-1]

    yield _open
    for log in opened:
        await log.close()


async def moved(log: LocalSaleLog) -> None:
    """Wait until the store has everything."""
    async with asyncio.timeout(WAIT_S):
        while log.waiting:  # noqa: ASYNC110 - the promise is that it happens by itself
            await asyncio.sleep(0.01)


async def _in_store(store: SqlStore, *keys: str) -> dict[str, SaleRow]:
    ids = [f"till-1:{key}" for key in keys]
    return dict(await store.read(lambda tx: tx.sales(ids)))


async def test_what_was_written_comes_into_the_store_by_itself(
    open_log: OpenLog, store: SqlStore
) -> None:
    """An operator would not see the sales of the day, and the settler of another start neither."""
    log = await open_log()
    assert log.is_alone
    assert await log.write([sale("a"), sale("b")]) == [True, True]
    assert await log.write([sale("a", 2)]) == [True]
    assert await log.write([]) == []
    await moved(log)
    assert await _in_store(store, "a", "b") == {"till-1:a": sale("a", 2), "till-1:b": sale("b")}
    assert await told(store, "till-1:a") == once(1, 2)
    assert await log.find(["till-1:a", "none"]) == {"till-1:a": sale("a", 2)}


async def test_tills_are_served_while_the_store_is_away(
    open_log: OpenLog, moody: MoodyStore, store: SqlStore, events: Events
) -> None:
    """A database that is restarted would stop 25 shops, or cost them their receipts."""
    log = await open_log()
    moody.mood = "away"
    writes = (log.write([sale(f"{n}", version)]) for n in range(9) for version in (1, 2, 3))
    assert await asyncio.gather(*writes) == [[True]] * 27
    assert await log.find(["till-1:4"]) == {"till-1:4": sale("4", 3)}
    with pytest.raises(StoreError):
        await log.find(["till-1:4", "till-1:older"])
    async with asyncio.timeout(WAIT_S):
        while "sales.postponed" not in events.names:  # noqa: ASYNC110 - it says so by itself
            await asyncio.sleep(0.01)
    moody.mood = ""
    await moved(log)
    found = await _in_store(store, *(f"{n}" for n in range(9)))
    assert {row.version for row in found.values()} == {3}
    assert len(found) == 9
    assert await told(store, "till-1:8") == once(1, 2, 3)
    assert events.names == ["sales.postponed", "sales.resumed"]


async def test_the_next_start_finds_and_moves_what_was_left(
    open_log: OpenLog, moody: MoodyStore, store: SqlStore, events: Events
) -> None:
    """A stop while the database is away would lose receipts, or tell of them twice."""
    log = await open_log()
    await log.write([sale("a"), sale("done")])
    await moved(log)
    moody.mood = "away"
    await log.write([sale("a", 2), sale("b", due_at=None, progress=SaleProgress.COMMITTED)])
    await log.write([sale("done", 2, due_at=None, progress=SaleProgress.COMMITTED)])
    await log.close()
    await log.close()
    assert events.names[-1] == "sales.left"
    with pytest.raises(StoreError, match="is stopping"):
        await log.write([sale("a", 3)])

    log = await open_log()
    assert await log.find(["till-1:a"]) == {"till-1:a": sale("a", 2)}
    moody.mood = ""
    assert await log.open_rows() == [sale("a", 2)]
    await moved(log)
    assert await log.open_rows() == [sale("a", 2)]
    assert await told(store, "till-1:a") == once(1, 2)
    assert await told(store, "till-1:done") == once(1, 2)


async def test_a_stale_file_never_hides_what_the_store_knows(
    open_log: OpenLog, moody: MoodyStore, store: SqlStore
) -> None:
    """A sale would be closed again after tills were served by several processes in between."""
    log = await open_log()
    moody.mood = "away"
    await log.write([sale("a", 2)])
    await log.close()
    moody.mood = ""
    newest = sale("a", 5, due_at=None)
    await store.run(lambda tx: tx.put_sales([newest]))
    log = await open_log()
    assert await log.find(["till-1:a"]) == {"till-1:a": newest}
    assert await log.open_rows() == []
    await moved(log)
    assert await _in_store(store, "a") == {"till-1:a": newest}
    assert await told(store, "till-1:a") == once()


async def test_a_move_that_is_repeated_tells_nothing_twice(
    open_log: OpenLog, moody: MoodyStore, store: SqlStore
) -> None:
    """A stop between the store's commit and the file would double the story of a sale."""
    log = await open_log()
    moody.mood = "forgetful"
    await log.write([sale("a"), sale("b")])
    await log.write([sale("a", 2)])
    await moved(log)
    assert moody.mood == ""
    assert await told(store, "till-1:a") == once(1, 2)
    assert await told(store, "till-1:b") == once(1)


async def test_a_long_outage_is_read_back_from_the_file(
    path: Path, moody: MoodyStore, store: SqlStore, sealer: Sealer, events: Events
) -> None:
    """An outage of a day would fill the memory, or what is not in memory would be lost."""
    pages = Pages(held=3)
    file = await asyncio.to_thread(SaleFile, path, sealer=sealer, landed=pages.add)
    log = LocalSaleLog(pages, file, moody, story=story, log=events)
    moody.mood = "away"
    for number in range(12):
        await log.write([sale(f"{number}"), sale("each", number + 1)])
    assert sum(len(page.rows or ()) for page in pages.first(99)) == 2
    ids = ["till-1:each", "till-1:0", "till-1:11"]
    assert await log.find(ids) == {row.id: row for row in (sale("each", 12), sale("0"), sale("11"))}
    moody.mood = ""
    await moved(log)
    await log.close()
    assert len(await _in_store(store, *(f"{n}" for n in range(12)))) == 12
    assert await told(store, "till-1:each") == once(*range(1, 13))


async def test_who_gives_up_waiting_harms_nobody(open_log: OpenLog, store: SqlStore) -> None:
    """A till that hangs up would leave another one's receipt without an answer or a place."""
    log = await open_log()
    tasks = [asyncio.create_task(log.write([sale(f"{n}")])) for n in range(60)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    assert await asyncio.gather(*tasks[1::2]) == [[True]] * 30
    await asyncio.wait(tasks)
    await moved(log)
    assert len(await _in_store(store, *(f"{n}" for n in range(1, 60, 2)))) == 30


async def test_what_is_no_json_is_refused_alone(open_log: OpenLog) -> None:
    """One faulty content would fail the receipts that came with it."""
    log = await open_log()
    bad = log.write([sale("bad", content={"total": object()})])
    ends = await asyncio.gather(log.write([sale("a")]), bad, return_exceptions=True)
    assert ends[0] == [True]
    assert isinstance(ends[1], TypeError)
    assert await log.find(["till-1:bad"]) == {}


async def test_writes_that_come_together_share_a_commit(
    open_log: OpenLog, moody: MoodyStore
) -> None:
    """Two hundred tills would wait for two hundred syncs."""
    log = await open_log()
    moody.mood = "away"
    await asyncio.gather(*(log.write([sale(f"{n}")]) for n in range(200)))
    assert log.waiting < 200
    moody.mood = ""


async def test_the_file_names_nobody(open_log: OpenLog, moody: MoodyStore, path: Path) -> None:
    """A stolen disk would name the customers."""
    log = await open_log()
    moody.mood = "away"
    await log.write([sale("a")])
    await log.close()
    raw = await asyncio.to_thread(path.read_bytes)
    assert len(raw) > 4096
    for secret in (NAME, PHONE, "till-1:a"):
        assert secret.encode() not in raw


@pytest.mark.services
async def test_of_two_processes_one_writes_a_version(
    postgres_schema: str, open_it: OpenStore
) -> None:
    """Two processes would both send the commit of one sale."""
    upgrade(postgres_schema)
    stores = [open_it(postgres_schema), open_it(postgres_schema)]
    logs = [StoreSaleLog(store, story=story) for store in stores]
    assert not any(log.is_alone for log in logs)
    keys = [f"{n:02}" for n in range(20)]
    for version in (1, 2, 3):
        rows = [sale(key, version) for key in keys]
        first, second = await asyncio.gather(
            logs[0].write(rows),
            logs[1].write(rows[::-1]),
        )
        assert [one + other for one, other in zip(first, reversed(second), strict=True)] == [1] * 20
    singles = [logs[n % 2].write([sale(key, 4, cause=f"{n}")]) for key in keys for n in range(6)]
    won = await asyncio.gather(*singles)
    assert sum(one for (one,) in won) == 20
    found = await logs[0].find([f"till-1:{key}" for key in keys])
    assert {row.version for row in found.values()} == {4}
    assert await told(stores[0], "till-1:07") == once(1, 2, 3, 4)
    assert await logs[1].open_rows() == [found[key] for key in sorted(found)]
    await logs[0].close()


async def test_a_sale_that_cannot_be_stored_holds_up_no_other(
    path: Path, moody: MoodyStore, store: SqlStore, sealer: Sealer, events: Events
) -> None:
    """One faulty row would keep every later sale of every shop out of the store."""

    def stumbling(tx: Tx, rows: Sequence[SaleRow]) -> Sequence[JournalRow]:
        if any(row.id == "till-1:bad" for row in rows):
            msg = "no words for this one"
            raise ValueError(msg)
        return story(tx, rows)

    log = await open_sale_log(path, moody, sealer=sealer, log=events, story=stumbling)
    await log.write([sale("first")])
    await log.write([sale("beside"), sale("bad"), sale("a")])
    await log.write([sale("a", 2)])
    await moved(log)
    await log.write([sale("later")])
    await moved(log)
    await log.write([sale("bad", 2)])
    await log.close()
    assert log.waiting == 0
    assert "sales.refused" in events.names
    keys = ["first", "beside", "a", "later", "bad"]
    assert len(await _in_store(store, *keys)) == 4
    assert await told(store, "till-1:a") == once(1, 2)
    assert await log.find(["till-1:bad", "till-1:a"]) == {
        "till-1:bad": sale("bad", 2),
        "till-1:a": sale("a", 2),
    }

    log = await open_sale_log(path, moody, sealer=sealer, log=events, story=story)
    assert sale("bad", 2) in await log.open_rows()
    await moved(log)
    await log.close()
    assert len(await _in_store(store, *keys)) == 5
    assert [await told(store, f"till-1:{key}") for key in ("bad", "a")] == [once(1, 2)] * 2
