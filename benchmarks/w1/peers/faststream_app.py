"""FastStream on aiohttp, asyncpg and uvloop: one process, as many at a time as it prefetches.

One process holds the whole queue, so a lock per order in memory keeps its versions in order, and
claim and outcome are each one statement with its own commit: fewer round trips than a transaction
over the POST, and no connection held meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

import asyncpg
import orjson
import uvloop
from faststream import AckPolicy, FastStream
from faststream.exceptions import RejectMessage
from faststream.message import StreamMessage
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

from benchmarks.w1.peers.posting import Poster
from benchmarks.w1.peers.statements import CLAIM, RECORD
from benchmarks.w1.place import Place

PREFETCH = 100
"""Of 32, 100 and 200 the best, with and without a delay of the sink."""
_CONNECTIONS = 8
_CLAIM = CLAIM.format(id="$1", version="$2")
_RECORD = RECORD.format(id="$1", version="$2", outcome="$3")


async def _keep(_connection: object) -> None:
    """Skip the pool's clean-up: single statements leave nothing behind."""


async def _raw(message: StreamMessage[Any]) -> bytes:
    return bytes(message.body)


class Delivery:
    """The work of one message."""

    def __init__(self, pool: asyncpg.Pool, poster: Poster) -> None:
        self._pool = pool
        self._poster = poster
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def handle(self, body: bytes) -> None:
        """Deliver one event unless it is a duplicate or stale; one that is no JSON is rejected.

        It goes where the queue's dead letters go; refused with the others it would come again for
        ever.
        """
        try:
            event: Mapping[str, Any] = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise RejectMessage from None
        name, version = event["id"], event["version"]
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            if await self._pool.fetchval(_CLAIM, name, version) is None:
                return
            status = await self._poster.post(event)
            await self._pool.execute(_RECORD, name, version, status)


async def main() -> None:
    """Consume until the process is told to end."""
    place = Place.from_environment()
    broker = RabbitBroker(
        place.broker,
        default_channel=Channel(prefetch_count=PREFETCH),
        apply_types=False,  # the handler reads the bytes itself; validating would cost more
        logger=None,
    )
    queue = RabbitQueue(
        place.queue,
        queue_type=QueueType.QUORUM,
        durable=True,
        arguments={
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": f"{place.queue}.invalid",
        },
    )
    async with (
        asyncpg.create_pool(
            place.database, min_size=_CONNECTIONS, max_size=_CONNECTIONS, reset=_keep
        ) as pool,
        Poster(place.sink, connections=PREFETCH) as poster,
    ):
        delivery = Delivery(pool, poster)
        broker.subscriber(queue, ack_policy=AckPolicy.NACK_ON_ERROR, decoder=_raw)(delivery.handle)
        await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    uvloop.run(main())
