"""The ``Bus`` port over kombu: RabbitMQ in production, kombu's memory transport embedded.

Two threads, each alone with a connection of its own: one publishes, one consumes. The event loop
talks to them through deques and a self-pipe, they answer by ``call_soon_threadsafe``.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TypedDict

from gateway.bus.confirms import Outgoing, PublishJob
from gateway.bus.consumer import ConsumerThread
from gateway.bus.dispatch import Dispatcher
from gateway.bus.envelope import encode, shard_of
from gateway.bus.link import BrokerLink, is_memory
from gateway.bus.options import BusOptions, Shards
from gateway.bus.publisher import PublisherThread
from gateway.bus.waker import LOCAL_LISTENERS, Waker
from gateway.contract import Clock, ConfigInvalid, Log
from gateway.ports import Wake

_SCHEMES = ("amqp", "amqps", "memory")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEFAULTS = BusOptions()


class BusHealth(TypedDict):
    """What a probe needs to judge the bus by progress.

    ``connected``: every thread that was started has its connection. ``last_progress_s``: seconds
    since the slowest of these moved: a thread's loop, or the handling of wakes while there are any.
    ``consuming``: shards subscribed to, active or standing by.
    """

    connected: bool
    last_progress_s: float
    consuming: list[int]


class KombuBus:
    """Bus over kombu; see ``open_bus``. Use on the event loop only.

    Promises: at least once, order per key, while the broker lives; a key is handled by one batch at
    a time in a process. Not promised: order of a key across two processes in the moment in which
    one of them is cut off from the broker while it still handles a wake. The store's leases and
    claims guard that.

    In memory: queues live as long as the process, are not confirmed, and what is in hand is lost
    with it. There is no single active consumer either: let one bus per prefix consume.
    """

    def __init__(
        self, url: str, shards: Shards, *, options: BusOptions, clock: Clock, log: Log
    ) -> None:
        self._url = url
        self._shards = shards
        self._options = options
        self._clock = clock
        self._log = log
        self._publisher = PublisherThread(url, shards, options=options, clock=clock, log=log)
        self._consumer: ConsumerThread | None = None
        self._dispatcher: Dispatcher | None = None
        self._jobs: set[PublishJob] = set()
        self._closing: asyncio.Task[None] | None = None
        LOCAL_LISTENERS.enter(shards.prefix)
        self._publisher.start()

    async def publish(self, wakes: Sequence[Wake]) -> None:
        """Publish; returns when the broker has confirmed and routed every wake.

        Raises:
            ConnectionError: Not within ``publish_timeout_s``, refused, or closed. Some of the wakes
                may have been published.
            ValueError: A wake is too long or not made of texts; none was published.
        """
        bodies = [(self._shards.queue(self._shard(wake)), encode(wake)) for wake in wakes]
        self._refuse_when_closed()
        if not bodies:
            return
        job = PublishJob(asyncio.get_running_loop(), len(bodies))
        self._jobs.add(job)
        self._publisher.give([Outgoing(job, queue, body) for queue, body in bodies])
        try:
            await asyncio.wait_for(job.done, self._options.publish_timeout_s)
        except TimeoutError:
            cause = self._publisher.last_error or "no answer"
            msg = (
                f"the broker did not confirm within {self._options.publish_timeout_s} s "
                f"(last trouble: {cause}): check that it runs and that [bus] url is right"
            )
            raise ConnectionError(msg) from None
        finally:
            job.abandoned = True
            self._jobs.discard(job)

    async def consume(self, handler: Callable[[Sequence[Wake]], Awaitable[None]]) -> None:
        """Start handing batches to ``handler``, once per bus; returns before it is connected.

        A batch may hold several wakes of one key, in order; the next batch with that key comes
        after this one has ended. A handler that raises gets the wakes again, see ``Dispatcher``.
        """
        self._refuse_when_closed()
        if self._consumer is not None:
            msg = "the bus consumes already: one handler per bus"
            raise RuntimeError(msg)
        options = self._options
        consumer = ConsumerThread(
            self._url, self._shards, options=options, clock=self._clock, log=self._log
        )
        self._dispatcher = Dispatcher(
            handler, consumer, options=options, clock=self._clock, log=self._log
        )
        self._consumer = consumer
        consumer.serve(self._dispatcher)

    def health(self) -> BusHealth:
        """Tell how the bus is doing; cheap, for probes and metrics."""
        now = self._clock.monotonic()
        threads = [self._publisher, *([] if self._consumer is None else [self._consumer])]
        silent = [now - thread.turned_at for thread in threads]
        if self._dispatcher is not None:
            silent.append(self._dispatcher.stalled_s())
        return BusHealth(
            connected=all(thread.connected for thread in threads),
            last_progress_s=max(silent),
            consuming=[] if self._consumer is None else self._consumer.consuming,
        )

    def rebalance(self) -> None:
        """Give other workers their own shards back now, instead of at the next round."""
        if self._consumer is not None:
            self._consumer.rebalance()

    async def close(self) -> None:
        """Finish the batches in hand, acknowledge them, finish publishing, disconnect.

        Each step takes at most its time-out. Wakes not begun go back to the broker.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def delete_queues(self) -> None:
        """Delete the queues of this prefix with all that is in them (operations, tests).

        In memory they are emptied instead: kombu keeps their names as long as the process lives.
        """
        await asyncio.to_thread(self._delete_queues)

    async def _close(self) -> None:
        if self._dispatcher is not None and self._consumer is not None:
            await self._dispatcher.stop()
            self._consumer.stop()
            await asyncio.to_thread(self._consumer.join)
        waiting = [job.done for job in self._jobs]
        if waiting:
            await asyncio.wait(waiting, timeout=self._options.publish_timeout_s)
        self._publisher.stop()
        await asyncio.to_thread(self._publisher.join)
        if LOCAL_LISTENERS.leave(self._shards.prefix) and is_memory(self._url):
            self._delete_queues()

    def _shard(self, wake: Wake) -> int:
        return shard_of(wake.key, self._shards.count)

    def _refuse_when_closed(self) -> None:
        if self._closing is not None:
            msg = "the bus is closed: open another"
            raise ConnectionError(msg)

    def _delete_queues(self) -> None:
        """Use a connection of its own, as those of the threads are theirs."""
        waker = Waker()
        link = BrokerLink(self._url, options=self._options, waker=waker)
        with contextlib.closing(waker), contextlib.closing(link):
            link.open()
            channel = link.channel()
            remove = channel.queue_purge if is_memory(self._url) else channel.queue_delete
            for queue in self._shards.queues:
                remove(queue)


def open_bus(
    url: str,
    *,
    prefix: str,
    shards: int = 8,
    worker_index: int = 0,
    workers: int = 1,
    clock: Clock,
    log: Log,
    options: BusOptions = _DEFAULTS,
) -> KombuBus:
    """Open the bus; returns at once, connections are made and made again by its threads.

    Args:
        url: ``amqp://``, ``amqps://`` or ``memory://``.
        prefix: First part of every queue's name; what shares it, shares the work.
        shards: Queues to spread keys over. The same in every process of a prefix; changing it
            breaks order for a moment, so drain first.
        worker_index: This worker among ``workers``, from 0; its shards are those with
            ``shard % workers == worker_index``. Balance depends on it, failover does not.
        workers: Number of consuming processes.
        clock: Times health.
        log: Receives ``bus.*`` events.
        options: Pace and limits.

    Raises:
        ConfigInvalid: An argument cannot be used.
    """
    if url.partition("://")[0] not in _SCHEMES:
        msg = f"[bus] url must begin with one of {', '.join(_SCHEMES)} and ://"
        raise ConfigInvalid(msg)
    if not _PREFIX.fullmatch(prefix):
        msg = "[bus] prefix must be 1 to 100 of A-Z, a-z, 0-9, dot, dash and underscore"
        raise ConfigInvalid(msg)
    if shards < 1 or workers < 1 or not 0 <= worker_index < workers:
        msg = "[bus] shards and workers must be positive and worker_index below workers"
        raise ConfigInvalid(msg)
    mine = Shards(prefix, shards, worker_index, workers)
    return KombuBus(url, mine, options=options, clock=clock, log=log)
