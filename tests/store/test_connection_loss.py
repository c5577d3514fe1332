"""PostgreSQL goes away: nothing is doubled, nothing is lost, and it heals by itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from gateway.contract import StoreError
from gateway.ports import Tx
from gateway.store import SqlStore
from gateway.store.postgres import PostgresEngine
from tests.store.conftest import OpenStore
from tests.store.proxy import CuttingProxy
from tests.store.rows import sentence
from tests.stores import upgrade

pytestmark = pytest.mark.services
END_WRITERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = ANY (%s) AND datname = current_database()
"""


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[CuttingProxy]:
    """A wire to the server."""
    url = make_url(postgres_url)
    made = CuttingProxy(url.host or "127.0.0.1", url.port or 5432)
    yield made
    made.close()


@pytest.fixture
def store(proxy: CuttingProxy, postgres_schema: str, open_it: OpenStore) -> SqlStore:
    """A store that speaks through the wire."""
    upgrade(postgres_schema)
    url = make_url(postgres_schema).set(host="127.0.0.1", port=proxy.port)
    return open_it(url.render_as_string(hide_password=False))


def _write(key: str) -> Callable[[Tx], str]:
    def work(tx: Tx) -> str:
        tx.write_journal([sentence(key)])
        return key

    return work


def _terminate(url: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(END_WRITERS, [list(names)])


async def _count(store: SqlStore, key: str) -> int:
    return len(await store.read(lambda tx: tx.story(key, limit=99)))


async def test_idle_connections_that_were_ended_are_opened_again(
    store: SqlStore, postgres_schema: str
) -> None:
    """A restart of the database would need a restart of the gateway."""
    await store.run(_write("a"))
    assert await _count(store, "a") == 1
    await store.reserve("shop", calls=1, interval_s=1)
    names = ("gateway writer", "gateway reader", "gateway budget")
    await asyncio.to_thread(_terminate, postgres_schema, *names)
    assert await store.run(_write("a")) == "a"
    assert await _count(store, "a") == 2
    assert await store.reserve("shop", calls=1, interval_s=1) >= 0


async def test_a_group_whose_connection_ends_amid_is_run_again(
    store: SqlStore, postgres_schema: str
) -> None:
    """Works of a broken group would be lost, or half of them done twice."""
    runs: list[int] = []

    def broken(tx: Tx) -> int:
        runs.append(1)
        tx.write_journal([sentence("b")])
        if len(runs) == 1:
            _terminate(postgres_schema, "gateway writer")
        tx.write_journal([sentence("b")])
        return len(runs)

    results = await asyncio.gather(
        store.run(_write("a")), store.run(broken), store.run(_write("a"))
    )
    assert [*results] == ["a", 2, "a"]
    assert (await _count(store, "a"), await _count(store, "b")) == (2, 2)


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_connection_lost_in_commit_doubles_and_loses_nothing(
    store: SqlStore, proxy: CuttingProxy, where: str
) -> None:
    """The group would be repeated although it was committed, or dropped although it was not."""
    await store.run(_write("a"))
    cuts: list[bytes] = []

    def cut(block: bytes) -> str:
        if b"COMMIT" not in block or cuts:
            return ""
        cuts.append(block)
        return where

    proxy.cut = cut
    works = [store.run(_write("a")), store.run(_write("b")), store.run(_write("c"))]
    assert await asyncio.gather(*works) == ["a", "b", "c"]
    assert len(cuts) == 1
    assert [await _count(store, key) for key in "abc"] == [2, 1, 1]
    assert await store.run(_write("a")) == "a"


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_group_in_doubt_waits_for_the_truth(
    store: SqlStore, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A caller would be told that nothing happened while nobody can know."""
    monkeypatch.setattr("gateway.store.writer.RECONNECT_DELAYS_S", (0.01,))
    monkeypatch.setattr("gateway.store.writer.DOUBT_POLL_S", 0.01)
    await store.run(_write("a"))

    def cut(block: bytes) -> str:
        if b"COMMIT" not in block:
            return ""
        proxy.closed = True
        return where

    proxy.cut = cut
    doubtful = asyncio.create_task(store.run(_write("a")))
    assert await asyncio.to_thread(proxy.refused.wait, 10)
    with pytest.raises(StoreError, match="does not answer"):
        await store.run(_write("b"))
    assert not doubtful.done()
    proxy.cut, proxy.closed = (lambda _: ""), False
    assert await asyncio.wait_for(doubtful, 10) == "a"
    assert (await _count(store, "a"), await _count(store, "b")) == (2, 0)


async def test_a_store_that_closes_in_doubt_says_so(
    store: SqlStore, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop would hang until the database is back."""
    monkeypatch.setattr("gateway.store.writer.RECONNECT_DELAYS_S", (0.01,))

    def cut(block: bytes) -> str:
        proxy.closed = proxy.closed or b"COMMIT" in block
        return "before" if b"COMMIT" in block else ""

    proxy.cut = cut
    doubtful = asyncio.create_task(store.run(_write("a")))
    assert await asyncio.to_thread(proxy.refused.wait, 10)
    await asyncio.wait_for(store.close(), 10)
    with pytest.raises(StoreError, match="outcome unknown"):
        await doubtful


async def test_an_outage_is_told_and_passes(
    store: SqlStore, proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers would hang, or the store would stay broken after the outage."""
    monkeypatch.setattr("gateway.store.writer.RECONNECT_DELAYS_S", (0.01, 0.01))
    monkeypatch.setattr("gateway.store.readers.RECONNECT_DELAYS_S", (0.0, 0.01))
    await store.run(_write("a"))
    proxy.cut, proxy.closed = (lambda _: "before"), True
    for _ in range(2):
        with pytest.raises(StoreError, match="does not answer"):
            await store.run(_write("a"))
        with pytest.raises(StoreError, match="does not answer"):
            await _count(store, "a")
    proxy.cut, proxy.closed = (lambda _: ""), False
    assert await store.run(_write("a")) == "a"
    assert await _count(store, "a") == 2


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_commit_mark_is_read_after_the_lost_transaction_ended(
    postgres_schema: str, end: str
) -> None:
    """A server that still commits would be taken for one that did not: the group is done twice."""
    upgrade(postgres_schema)
    engine = PostgresEngine(make_url(postgres_schema), writer="w1")
    lost, found = engine.connect_writer(), engine.connect_writer()
    lost.begin(7, piped=False)
    answers: list[bool] = []
    reader = threading.Thread(target=lambda: answers.append(found.committed(7)))
    reader.start()
    reader.join(0.2)
    assert answers == []
    getattr(lost, end)()
    reader.join(10)
    assert answers == [end == "commit"]
    lost.close()
    found.close()
