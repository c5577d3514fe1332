"""Competing consumer with a single active one per shard: owner of the consuming connection.

Own shards are consumed at once, the others a moment later as standby: the broker lets one consumer
per queue be active, in the order in which they came, so order per key holds over all workers and a
standby takes over at once when a worker dies.

The broker never rebalances by itself. Therefore every ``rebalance_s`` a worker gives up each shard
that is not its own and subscribes again, which puts it at the end of the queue of consumers: an
owner that has come back moves to the front, within as many rounds as there are workers. Giving up
is clean: the shard is handed no further wakes, what is in hand is finished and acknowledged, then
the channel is closed, which gives the rest back in order before the next consumer becomes active.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.bus.dispatch import Delivery, Dispatcher
from gateway.bus.envelope import decode
from gateway.bus.link import BrokerLink, Channel, Received, Tag, declare, is_memory
from gateway.bus.link_thread import IDLE_WAIT_S, LinkThread, tell
from gateway.bus.options import BusOptions, Shards
from gateway.bus.waker import LOCAL_LISTENERS
from gateway.contract import Clock, Log


@dataclass(slots=True)
class Subscription:
    """A consumer on a channel of its own, so that closing the channel concerns one shard only.

    Shape: ``open_tags`` are unacknowledged tags in order of arrival.
    """

    number: int
    shard: int
    channel: Channel
    open_tags: dict[Tag, None] = field(default_factory=dict)
    retiring: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """Command: these deliveries have ended."""

    deliveries: tuple[Delivery, ...]
    drop: bool


@dataclass(frozen=True, slots=True)
class Retired:
    """Command: nothing of this subscription is in hand any more."""

    subscription: int


@dataclass(frozen=True, slots=True)
class Rebalance:
    """Command: give up what is not ours and stand by again."""


class ConsumerThread(LinkThread):
    """Moves deliveries to the dispatcher and acknowledgements to the broker.

    ``settle``, ``retired`` and ``rebalance`` are for the event loop; the rest is the thread's own.
    """

    def __init__(
        self, url: str, shards: Shards, *, options: BusOptions, clock: Clock, log: Log
    ) -> None:
        super().__init__(url, options=options, clock=clock, log=log, role="consumer")
        self._shards = shards
        self._commands: deque[Settle | Retired | Rebalance] = deque()
        self._subscriptions: dict[int, Subscription] = {}
        self._arrivals: list[Delivery] = []
        self._numbers = 0
        self._standby_at: float | None = None
        self._rebalance_at = 0.0
        self._cancelled = False
        self._multiple = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatcher: Dispatcher | None = None

    def serve(self, dispatcher: Dispatcher) -> None:
        """Start, with the dispatcher of the running loop as the receiver."""
        self._loop = asyncio.get_running_loop()
        self._dispatcher = dispatcher
        if is_memory(self._url):
            LOCAL_LISTENERS.listen(self._shards.prefix, self._waker)
        self.start()

    def settle(self, deliveries: Sequence[Delivery], *, drop: bool) -> None:
        """Acknowledge deliveries, or drop them as not to be delivered again."""
        self._command(Settle(tuple(deliveries), drop=drop))

    def retired(self, subscription: int) -> None:
        """Go on with giving up a subscription."""
        self._command(Retired(subscription))

    def rebalance(self) -> None:
        """Give up all standby shards now and subscribe to them again."""
        self._command(Rebalance())

    @property
    def consuming(self) -> list[int]:
        """Shards subscribed to, active or standing by."""
        return sorted(subscription.shard for subscription in tuple(self._subscriptions.values()))

    def _command(self, command: Settle | Retired | Rebalance) -> None:
        self._commands.append(command)
        self._waker.wake()

    def _begin(self, link: BrokerLink) -> None:
        declare(link.channel(), self._shards, self._options)
        self._cancelled = False
        self._multiple = link.confirms
        for shard in self._shards.own:
            self._subscribe(link, shard)
        now = time.monotonic()
        self._standby_at = now + self._options.standby_after_s
        self._rebalance_at = now + self._options.standby_after_s + self._options.rebalance_s

    def _subscribe(self, link: BrokerLink, shard: int) -> None:
        self._numbers += 1
        subscription = Subscription(self._numbers, shard, link.channel())
        subscription.channel.basic_qos(0, self._options.prefetch, False)  # noqa: FBT003 - no keyword
        self._subscriptions[subscription.number] = subscription

        def arrived(message: Received) -> None:
            self._arrived(subscription, message)

        subscription.channel.basic_consume(
            self._shards.queue(shard),
            no_ack=False,
            callback=arrived,
            consumer_tag=f"{self._shards.prefix}.{subscription.number}",
            on_cancel=self._on_cancel,
        )

    def _on_cancel(self, _: str) -> None:
        """Note that the broker cancelled a consumer: its queue was deleted or lost its leader."""
        self._cancelled = True

    def _arrived(self, subscription: Subscription, message: Received) -> None:
        tag = message.delivery_tag
        subscription.open_tags[tag] = None
        if subscription.retiring:
            return  # goes back when the channel is closed
        try:
            wake = decode(message.body)
        except ValueError as error:
            self._log.warning("bus.unreadable", shard=subscription.shard, cause=str(error))
            self._drop(subscription, tag)
            return
        self._arrivals.append(Delivery(wake, subscription.number, tag))

    def _turn(self, link: BrokerLink) -> float:
        if self._cancelled:
            msg = "the broker cancelled a consumer"
            raise ConnectionError(msg)
        self._hand_over()
        self._obey(link)
        return self._keep_time(link)

    def _hand_over(self) -> None:
        if self._arrivals and self._loop is not None and self._dispatcher is not None:
            tell(self._loop.call_soon_threadsafe, self._dispatcher.offer, self._arrivals)
            self._arrivals = []

    def _obey(self, link: BrokerLink) -> None:
        done: dict[int, set[Tag]] = {}
        while self._commands:
            command = self._commands.popleft()
            if isinstance(command, Settle):
                self._sort_out(command, done)
            elif isinstance(command, Retired):
                self._acknowledge(done)
                done = {}
                self._resubscribe(link, command.subscription)
            else:
                self._retire_standby()
        self._acknowledge(done)

    def _sort_out(self, command: Settle, done: dict[int, set[Tag]]) -> None:
        """Drop what shall be dropped, add the rest to ``done`` by subscription."""
        for delivery in command.deliveries:
            subscription = self._subscriptions.get(delivery.subscription)
            if subscription is None:
                continue  # of a lost link: the broker delivers it again
            if command.drop:
                self._drop(subscription, delivery.tag)
            else:
                done.setdefault(subscription.number, set()).add(delivery.tag)

    def _acknowledge(self, done: dict[int, set[Tag]]) -> None:
        """Acknowledge tags: the oldest that have all ended by one frame, the others one by one."""
        for number, tags in done.items():
            subscription = self._subscriptions[number]
            last: Tag | None = None
            for tag in tuple(subscription.open_tags) if self._multiple else ():
                if tag not in tags:
                    break
                del subscription.open_tags[tag]
                tags.discard(tag)
                last = tag
            if last is not None:
                subscription.channel.basic_ack(last, multiple=True)
            for tag in tags:
                if tag in subscription.open_tags:
                    del subscription.open_tags[tag]
                    subscription.channel.basic_ack(tag)

    def _drop(self, subscription: Subscription, tag: Tag) -> None:
        if tag in subscription.open_tags:
            del subscription.open_tags[tag]
            subscription.channel.basic_reject(tag, requeue=False)

    def _keep_time(self, link: BrokerLink) -> float:
        """Stand by, or rebalance, when it is time; return the seconds until the next occasion."""
        now = time.monotonic()
        if self._standby_at is not None:
            if now < self._standby_at:
                return self._standby_at - now
            self._standby_at = None
            for shard in self._shards.standby:
                self._subscribe(link, shard)
            self._log.info("bus.consuming", shards=self.consuming)
        if not self._shards.standby:
            return IDLE_WAIT_S
        if now >= self._rebalance_at:
            self._rebalance_at = now + self._options.rebalance_s
            self._retire_standby()
        return self._rebalance_at - now

    def _retire_standby(self) -> None:
        for subscription in self._subscriptions.values():
            if self._shards.owns(subscription.shard) or subscription.retiring:
                continue
            subscription.retiring = True
            if self._loop is not None and self._dispatcher is not None:
                tell(self._loop.call_soon_threadsafe, self._dispatcher.retire, subscription.number)

    def _resubscribe(self, link: BrokerLink, number: int) -> None:
        subscription = self._subscriptions.pop(number, None)
        if subscription is not None:
            subscription.channel.close()
            self._subscribe(link, subscription.shard)

    def _lost(self) -> None:
        self._subscriptions = {}
        self._arrivals = []
        self._standby_at = None
        if self._loop is not None and self._dispatcher is not None:
            tell(self._loop.call_soon_threadsafe, self._dispatcher.forget, self._numbers)

    def _ended(self) -> None:
        if is_memory(self._url):
            LOCAL_LISTENERS.silence(self._shards.prefix, self._waker)
        self._subscriptions = {}
