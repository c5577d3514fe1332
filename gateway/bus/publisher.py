"""Guaranteed delivery to the broker: publish a window, collect the confirms, repeat what was lost.

kombu waits for every confirm by itself, at a seventh of the rate. Here up to a window of messages
is on its way at a time and the broker's answers are collected. A message counts when the broker
confirmed it and did not return it as unroutable.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.bus.link import BrokerLink, Channel, declare
from gateway.bus.link_thread import IDLE_WAIT_S, LinkThread, tell
from gateway.bus.options import BusOptions, Shards
from gateway.bus.waker import LOCAL_LISTENERS
from gateway.contract import Clock, Log

MAX_RETURNS = 3
"""How often a message may come back as unroutable although its queue has just been declared."""


class PublishJob:
    """One call of ``publish``: done when the broker has confirmed every message of it.

    ``abandoned`` is set when the caller has given up; its remaining messages are then not sent.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int) -> None:
        self.done: asyncio.Future[None] = loop.create_future()
        self.abandoned = False
        self._loop = loop
        self._remaining = size
        self._ended = False

    def confirm(self) -> None:
        """Count one confirmed message."""
        self._remaining -= 1
        if self._remaining == 0:
            self._end(None)

    def fail(self, cause: str) -> None:
        """End the call with an error; the first one counts."""
        self.abandoned = True
        self._end(ConnectionError(cause))

    def _end(self, error: ConnectionError | None) -> None:
        if not self._ended:
            self._ended = True
            tell(self._loop.call_soon_threadsafe, self._resolve, error)

    def _resolve(self, error: ConnectionError | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Returned(Protocol):
    """A message that came back, as py-amqp has it."""

    properties: dict[str, str]


@dataclass(slots=True)
class Outgoing:
    """A message on its way; ``order`` is its place among all that this thread was given."""

    job: PublishJob
    queue: str
    body: bytes
    order: int = 0
    returns: int = 0


class PublisherThread(LinkThread):
    """Owner of the publishing connection.

    Order per queue is kept: what was returned or lost with a connection goes out again before
    anything newer does. After a lost connection messages may be stored twice, never lost.
    """

    def __init__(
        self, url: str, shards: Shards, *, options: BusOptions, clock: Clock, log: Log
    ) -> None:
        super().__init__(url, shards, options=options, clock=clock, log=log, role="publisher")
        self._given: deque[Sequence[Outgoing]] = deque()
        self._pending: deque[Outgoing] = deque()
        self._returned: list[Outgoing] = []
        self._unconfirmed: dict[int, Outgoing] = {}
        self._channel: Channel | None = None
        self._confirms = False
        self._sequence = 0
        self._order = 0

    def give(self, messages: Sequence[Outgoing]) -> None:
        """Take the messages of one job, in order; safe from any thread."""
        self._given.append(messages)
        self._waker.wake()

    def _begin(self, link: BrokerLink) -> None:
        channel = link.channel()
        declare(channel, self._shards, self._options)
        self._confirms = link.confirms
        self._sequence = 0
        if self._confirms:
            channel.confirm_select()
            channel.events["basic_ack"].add(self._on_ack)
            channel.events["basic_nack"].add(self._on_nack)
            channel.events["basic_return"].add(self._on_return)
        self._channel = channel

    def _turn(self, link: BrokerLink) -> float:  # noqa: ARG002 - the channel is enough
        self._accept()
        if self._returned and not self._unconfirmed and self._channel is not None:
            self._heal(self._channel)
        if not self._returned:
            self._fill()
        return IDLE_WAIT_S

    def _accept(self) -> None:
        while self._given:
            for message in self._given.popleft():
                self._order += 1
                message.order = self._order
                self._pending.append(message)

    def _heal(self, channel: Channel) -> None:
        """Declare the queues again and put what came back in front.

        Only done when nothing is under way, else a newer message could slip in before its elder.
        """
        self._log.warning("bus.returned", messages=len(self._returned))
        declare(channel, self._shards, self._options)
        self._repeat(self._returned)
        self._returned = []

    def _repeat(self, messages: Sequence[Outgoing]) -> None:
        self._pending.extendleft(sorted(messages, key=lambda item: item.order, reverse=True))

    def _fill(self) -> None:
        sent = 0
        while self._pending and len(self._unconfirmed) < self._options.window:
            message = self._pending.popleft()
            if not message.job.abandoned:
                self._send(message)
                sent += 1
        if sent and not self._confirms:
            LOCAL_LISTENERS.announce(self._shards.prefix)

    def _send(self, message: Outgoing) -> None:
        if self._channel is None:
            msg = "the publisher has no channel"
            raise ConnectionError(msg)
        self._sequence += 1
        sequence = self._sequence
        # Noted before it is sent: if sending fails half-way, it is repeated.
        self._unconfirmed[sequence] = message
        properties: dict[str, object] = {"delivery_mode": 2, "message_id": str(sequence)}
        if not self._confirms:
            properties["delivery_info"] = {}
        envelope = self._channel.prepare_message(
            message.body, content_type="application/json", properties=properties
        )
        self._channel.basic_publish(envelope, "", routing_key=message.queue, mandatory=True)
        if not self._confirms:
            self._unconfirmed.pop(sequence).job.confirm()

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        for message in self._take(tag, up_to=multiple):
            message.job.confirm()

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        for message in self._take(tag, up_to=multiple):
            message.job.fail(
                "the broker refused a message: look at its disk, memory and queue leader"
            )

    def _on_return(self, _error: Exception, _exchange: str, queue: str, message: Returned) -> None:
        """Note an unroutable message; the broker then acknowledges it, which must not count."""
        outgoing = self._unconfirmed.pop(int(message.properties["message_id"]), None)
        if outgoing is None:
            return
        outgoing.returns += 1
        if outgoing.returns > MAX_RETURNS:
            outgoing.job.fail(f"queue {queue} does not take messages: see that nobody deletes it")
        else:
            self._returned.append(outgoing)

    def _take(self, tag: int, *, up_to: bool) -> list[Outgoing]:
        if not up_to:
            message = self._unconfirmed.pop(tag, None)
            return [] if message is None else [message]
        taken = []
        for sequence in tuple(self._unconfirmed):  # in order of sending
            if sequence > tag:
                break
            taken.append(self._unconfirmed.pop(sequence))
        return taken

    def _lost(self) -> None:
        self._channel = None
        self._repeat([*self._unconfirmed.values(), *self._returned])
        self._unconfirmed.clear()
        self._returned = []

    def _ended(self) -> None:
        self._accept()
        for message in (*self._unconfirmed.values(), *self._returned, *self._pending):
            message.job.fail("the bus was closed before the broker confirmed: publish again")
