"""Publish-subscribe channel: events on a topic exchange, for whoever binds a queue to it.

An event counts when the broker has confirmed it. An exchange without listeners drops what it is
given: a listener that must miss nothing binds a durable queue.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.bus.confirms import ConfirmWindow, Outgoing, PublishJob
from gateway.bus.link import BrokerLink, Channel
from gateway.bus.link_thread import IDLE_WAIT_S, LinkHealth, LinkThread
from gateway.bus.options import BusOptions
from gateway.bus.publisher import PERSISTENT
from gateway.contract import Clock, ConfigInvalid, Log

_AMQP = re.compile(r"amqps?://")


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event. Shape: ``topic`` is its routing key; ``headers`` name it by ``x-event-id``."""

    topic: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]


class AnnouncerThread(LinkThread):
    """Owner of the connection on which events are published."""

    def __init__(
        self, url: str, exchange: str, *, options: BusOptions, clock: Clock, log: Log
    ) -> None:
        super().__init__(url, options=options, clock=clock, log=log, role="events")
        self._exchange = exchange
        self._given: deque[Outgoing] = deque()
        self._window = ConfirmWindow()
        self._channel: Channel | None = None

    def give(self, messages: Sequence[Outgoing]) -> None:
        """Take messages, in order; safe from any thread."""
        self._given.extend(messages)
        self._waker.wake()

    def _begin(self, link: BrokerLink) -> None:
        channel = link.channel()
        channel.exchange_declare(self._exchange, type="topic", durable=True, auto_delete=False)
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        self._channel = channel

    def _turn(self, link: BrokerLink) -> float:  # noqa: ARG002 - the channel is enough
        channel = self._channel
        while channel is not None and self._given and len(self._window) < self._options.window:
            message = self._given.popleft()
            if not message.job.abandoned:
                self._send(channel, message)
        return IDLE_WAIT_S

    def _send(self, channel: Channel, message: Outgoing) -> None:
        self._window.add(message)  # before it is sent: sending may fail half-way
        envelope = channel.prepare_message(
            message.body,
            content_type="application/json",
            headers=dict(message.headers),
            properties={"delivery_mode": PERSISTENT, "message_id": message.headers["x-event-id"]},
        )
        channel.basic_publish(envelope, self._exchange, routing_key=message.queue)

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._window.acknowledge(tag, up_to=multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._window.refuse(tag, up_to=multiple)

    def _lost(self) -> None:
        self._channel = None
        for message in self._window.take_all():
            message.job.fail("the connection was lost before the broker confirmed")

    def _ended(self) -> None:
        for message in (*self._window.take_all(), *self._given):
            message.job.fail("closed before the broker confirmed")


class Announcer:
    """Publishes events. Use on the event loop only; one call of ``publish`` at a time."""

    def __init__(
        self, url: str, exchange: str, *, clock: Clock, log: Log, options: BusOptions | None = None
    ) -> None:
        """Raise ``ConfigInvalid`` for a URL that is not one of an AMQP broker."""
        if not _AMQP.match(url):
            msg = "events.url: events need a broker: name one by amqp:// or amqps://"
            raise ConfigInvalid(msg)
        self._options = options or BusOptions()
        self._thread = AnnouncerThread(url, exchange, options=self._options, clock=clock, log=log)
        self._started = False

    def start(self) -> None:
        """Start; connects by itself."""
        self._started = True
        self._thread.start()

    async def publish(self, events: Sequence[Announcement]) -> None:
        """Publish events in order; return when the broker has confirmed all of them.

        Raises ``ConnectionError``: some may have been published.
        """
        if not events:
            return
        job = PublishJob(asyncio.get_running_loop(), len(events))
        self._thread.give(
            [Outgoing(job, one.topic, one.body, headers=one.headers) for one in events]
        )
        try:
            await asyncio.wait_for(job.done, self._options.publish_timeout_s)
        except TimeoutError:
            msg = f"the broker did not confirm within {self._options.publish_timeout_s} s"
            raise ConnectionError(msg) from None
        finally:
            job.abandoned = True

    def health(self) -> LinkHealth:
        """Tell how the connection is doing."""
        return self._thread.health()

    async def close(self) -> None:
        """Stop; what was not confirmed stays in the outbox."""
        if self._started:
            self._thread.stop()
            await asyncio.to_thread(self._thread.join)
