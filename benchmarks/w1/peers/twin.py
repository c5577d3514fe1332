"""The twin: the same work by hand, near the limit of this design; nothing of a product around it.

One thread speaks AMQP (``twin_link``), one loop does the rest in batches: a set statement claims,
the POSTs run together, a set statement records, then one ``ack`` covers the whole batch.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
import psycopg
import uvloop

from benchmarks.w1.peers.posting import Poster
from benchmarks.w1.peers.statements import CLAIM_MANY, RECORD_MANY
from benchmarks.w1.peers.twin_link import Delivered, Link
from benchmarks.w1.place import Place

PREFETCH = 400
BATCH = 100
BATCHES = 3
"""Batches under way: one may claim while another one posts and a third one records."""


class Twin:
    """The loop's side. Thread safety: ``take`` and ``fail`` are called from the link's thread."""

    def __init__(
        self, link: Link, poster: Poster, connections: Sequence[psycopg.AsyncConnection[Any]]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._link = link
        self._poster = poster
        self._free = [*connections]
        self._pending: deque[Delivered] = deque()
        self._newest_batch: dict[str, asyncio.Task[None]] = {}
        self._last: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Let ``ended`` be done; it raises when a batch has failed."""
        if not self.ended.done():
            self.ended.set_result(None)

    def fail(self, error: Exception) -> None:
        """Let the process end: the link is lost. May be called from any thread."""
        self._loop.call_soon_threadsafe(self._fail, error)

    def _fail(self, error: Exception) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)

    def take(self, messages: Sequence[Delivered]) -> None:
        """Take messages in order of delivery."""
        self._loop.call_soon_threadsafe(self._add, messages)

    def _add(self, messages: Sequence[Delivered]) -> None:
        self._pending.extend(messages)
        self._start()

    def _start(self) -> None:
        while self._pending and self._free:
            size = min(BATCH, len(self._pending))
            batch = [self._pending.popleft() for _ in range(size)]
            newest = self._newest(batch)
            elders = {self._newest_batch[name] for name in newest if name in self._newest_batch}
            work = self._work(newest, elders, self._last, batch[-1].tag, self._free.pop())
            task = self._last = self._loop.create_task(work)
            task.add_done_callback(partial(self._ended, newest))
            self._newest_batch.update(dict.fromkeys(newest, task))

    def _newest(self, batch: Iterable[Delivered]) -> dict[str, Mapping[str, Any]]:
        """Read a batch; of each order the newest version counts, what is no JSON is set aside."""
        newest: dict[str, Mapping[str, Any]] = {}
        for message in batch:
            try:
                event = orjson.loads(message.body)
            except orjson.JSONDecodeError:
                self._link.set_aside(message)
                continue
            held = newest.get(event["id"])
            if held is None or held["version"] < event["version"]:
                newest[event["id"]] = event
        return newest

    async def _work(
        self,
        newest: Mapping[str, Mapping[str, Any]],
        elders: set[asyncio.Task[None]],
        previous: asyncio.Task[None] | None,
        tag: int,
        connection: psycopg.AsyncConnection[Any],
    ) -> None:
        try:
            await asyncio.gather(*elders)  # another batch has one of these orders in hand
            await self._deliver(newest, connection)
        finally:
            self._free.append(connection)
        if previous is not None:  # one ack covers all before it: they must have succeeded
            await previous
        self._link.acknowledge(tag)

    async def _deliver(
        self,
        newest: Mapping[str, Mapping[str, Any]],
        connection: psycopg.AsyncConnection[Any],
    ) -> None:
        names = sorted(newest)
        versions = [newest[name]["version"] for name in names]
        rows = await connection.execute(CLAIM_MANY, (names, versions))
        claimed = sorted(row[0] for row in await rows.fetchall())
        if not claimed:
            return
        outcomes = await asyncio.gather(*(self._poster.post(newest[name]) for name in claimed))
        versions = [newest[name]["version"] for name in claimed]
        await connection.execute(RECORD_MANY, (claimed, versions, outcomes))

    def _ended(self, names: Iterable[str], task: asyncio.Task[None]) -> None:
        for name in names:
            if self._newest_batch.get(name) is task:
                del self._newest_batch[name]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._fail(error)
        self._start()


async def main() -> None:
    """Consume until told to end; a failed batch ends the process, the broker delivers it again."""
    place = Place.from_environment()
    loop = asyncio.get_running_loop()
    connections = [
        await psycopg.AsyncConnection.connect(place.database, autocommit=True, prepare_threshold=0)
        for _ in range(BATCHES)
    ]
    async with Poster(place.sink, connections=BATCH) as poster:
        link = Link(place.broker, place.queue, prefetch=PREFETCH)
        twin = Twin(link, poster, connections)
        link.start(twin.take, twin.fail)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, twin.end)
        try:
            await twin.ended
        finally:
            link.stop()


if __name__ == "__main__":
    uvloop.run(main())
