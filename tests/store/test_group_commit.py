"""Group commit: works share transactions, and not their faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.contract import StoreError
from gateway.ports import Tx
from gateway.store import SqlStore
from tests.store.conftest import OpenStore
from tests.store.rows import customer, sentence


def _write(key: str) -> Callable[[Tx], None]:
    return lambda tx: tx.write_journal([sentence(key)])


def _put(key: str) -> Callable[[Tx], None]:
    return lambda tx: tx.put_entities([customer(key)])


async def _written(store: SqlStore, *keys: str) -> dict[str, int]:
    return await store.read(lambda tx: {key: len(tx.story(key, limit=9)) for key in keys})


async def test_works_that_arrive_together_share_a_commit(store: SqlStore) -> None:
    """Each event would pay for its own sync of the disk."""
    await asyncio.gather(*(store.run(_put(f"c{n}")) for n in range(128)))
    assert store.commits <= 8
    found = await store.read(lambda tx: tx.entities([f"c{n}" for n in range(128)]))
    assert len(found) == 128


async def test_a_failing_work_harms_no_neighbour(store: SqlStore) -> None:
    """One bad record would undo what others were told is stored."""

    def fail(tx: Tx) -> None:
        tx.write_journal([sentence("bad")])
        msg = "no such customer"
        raise LookupError(msg)

    works = [store.run(_write("a")), store.run(fail), store.run(_write("b")), store.run(fail)]
    ended = await asyncio.gather(*works, return_exceptions=True)
    assert [type(end) for end in ended] == [type(None), LookupError, type(None), LookupError]
    assert await _written(store, "a", "b", "bad") == {"a": 1, "b": 1, "bad": 0}
    assert store.commits == 1


async def test_a_work_that_runs_again_returns_its_last_result(store: SqlStore) -> None:
    """The caller would be given the result of a run that was undone."""
    runs: list[int] = []

    def count(tx: Tx) -> int:
        runs.append(tx.next_mark())
        return runs[-1]

    def fail(_: Tx) -> None:
        raise LookupError

    result, _ = await asyncio.gather(store.run(count), store.run(fail), return_exceptions=True)
    assert len(runs) == 2
    assert result == runs[-1]


async def test_a_refused_statement_reaches_its_caller_without_values(store: SqlStore) -> None:
    """A driver's message would carry a phone into the log, or hang the caller."""
    phone = "+79161234567"

    def wrong(tx: Tx) -> None:
        tx.put_entities([customer(phone, version=phone)])

    def no_such(tx: Tx) -> None:
        tx.put_entities([customer("x", kind=_Kind())])

    ended = await asyncio.gather(
        store.run(_write("a")), store.run(wrong), store.run(no_such), return_exceptions=True
    )
    assert ended[0] is None
    for error in ended[1:]:
        if isinstance(error, StoreError):
            assert phone not in str(error)
            assert error.__cause__ is None
    assert isinstance(ended[2], StoreError)
    assert await _written(store, "a") == {"a": 1}


class _Kind:
    """A kind whose value no column takes."""

    value = None


async def test_a_cancelled_caller_takes_back_what_has_not_begun(
    url: str, open_it: OpenStore
) -> None:
    """A cancelled request would still change the store afterwards."""
    store = open_it(url, group_ms=500, group_max=2)
    task = asyncio.create_task(store.run(_write("a")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.run(_write("b"))
    assert await _written(store, "a", "b") == {"a": 0, "b": 1}


async def test_close_drains_and_then_refuses(url: str, open_it: OpenStore) -> None:
    """A stop would lose works that were accepted, or a late one would hang."""
    store = open_it(url, group_ms=200)
    works = [asyncio.create_task(store.run(_write("a"))) for _ in range(9)]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    assert await asyncio.gather(*works) == [None] * 9
    with pytest.raises(StoreError, match="closed"):
        await store.run(_write("a"))
    with pytest.raises(StoreError, match="closed"):
        await store.read(lambda tx: tx.story("a", limit=1))
    assert await _written(open_it(url), "a") == {"a": 9}


async def test_a_reader_sees_committed_data_and_cannot_write(store: SqlStore) -> None:
    """A page of the console would see half a change, or make one."""
    with pytest.raises(StoreError):
        await store.read(_write("a"))
    assert await _written(store, "a") == {"a": 0}
    await store.run(_write("a"))
    assert await _written(store, "a") == {"a": 1}
