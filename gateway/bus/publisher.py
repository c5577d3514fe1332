"""Guaranteed delivery to the broker: publish a window, collect the confirms, repeat what was lost.

kombu waits for every confirm by itself, at a seventh of the rate. Here up to a window of messages
is on its way at a time and the broker's answers are collected. A message counts when the broker
confirmed it and did not return it as unroutable.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from gateway.bus.confirms import ConfirmWindow, Outgoing
from gateway.bus.link import BrokerLink, Channel, declare
from gateway.bus.link_thread import IDLE_WAIT_S, LinkThread
from gateway.bus.options import BusOptions, Shards
from gateway.bus.waker import LOCAL_LISTENERS
from gateway.contract import Clock, Log

PERSISTENT = 2


class Returned(Protocol):
    """A message that came back, as py-amqp has it."""

    properties: dict[str, str]


class PublisherThread(LinkThread):
    """Owner of the publishing connection.

    Order per queue is kept: what was returned or lost with a connection goes out again before
    anything newer does. After a lost connection messages may be stored twice, never lost.
    """

    def __init__(
        self, url: str, shards: Shards, *, options: BusOptions, clock: Clock, log: Log
    ) -> None:
        super().__init__(url, options=options, clock=clock, log=log, role="publisher")
        self._shards = shards
        self._given: deque[Sequence[Outgoing]] = deque()
        self._pending: deque[Outgoing] = deque()
        self._window = ConfirmWindow()
        self._channel: Channel | None = None
        self._confirms = False
        self._order = 0

    def give(self, messages: Sequence[Outgoing]) -> None:
        """Take the messages of one job, in order; safe from any thread."""
        self._given.append(messages)
        self._waker.wake()

    def _begin(self, link: BrokerLink) -> None:
        channel = link.channel()
        declare(channel, self._shards, self._options)
        self._confirms = link.confirms
        if self._confirms:
            channel.confirm_select()
            channel.events["basic_ack"].add(self._on_ack)
            channel.events["basic_nack"].add(self._on_nack)
            channel.events["basic_return"].add(self._on_return)
        self._channel = channel

    def _turn(self, link: BrokerLink) -> float:  # noqa: ARG002 - the channel is enough
        self._accept()
        if self._channel is not None:
            if self._window.returned and not len(self._window):
                self._heal(self._channel)
            if not self._window.returned:
                self._fill(self._channel)
        return IDLE_WAIT_S

    def _accept(self) -> None:
        while self._given:
            for message in self._given.popleft():
                self._order += 1
                message.order = self._order
                self._pending.append(message)

    def _heal(self, channel: Channel) -> None:
        """Declare the queues again and send what came back.

        Only done when nothing is under way, else a newer message could slip in before its elder.
        """
        self._log.warning("bus.returned", messages=self._window.returned)
        declare(channel, self._shards, self._options)
        self._pending.extendleft(reversed(self._window.take_returned()))

    def _fill(self, channel: Channel) -> None:
        sent = 0
        while self._pending and len(self._window) < self._options.window:
            message = self._pending.popleft()
            if not message.job.abandoned:
                self._send(channel, message)
                sent += 1
        if sent and not self._confirms:
            LOCAL_LISTENERS.announce(self._shards.prefix)

    def _send(self, channel: Channel, message: Outgoing) -> None:
        number = self._window.add(message)  # before it is sent: sending may fail half-way
        properties: dict[str, object] = {"delivery_mode": PERSISTENT, "message_id": str(number)}
        if not self._confirms:
            properties["delivery_info"] = {}  # kombu's virtual transports write into it
        envelope = channel.prepare_message(
            message.body, content_type="application/json", properties=properties
        )
        channel.basic_publish(envelope, "", routing_key=message.queue, mandatory=True)
        if not self._confirms:
            self._window.acknowledge(number)

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._window.acknowledge(tag, up_to=multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        self._log.warning("bus.refused", multiple=multiple)
        self._window.refuse(tag, up_to=multiple)

    def _on_return(self, _error: Exception, _exchange: str, _queue: str, message: Returned) -> None:
        self._window.give_back(int(message.properties["message_id"]))

    def _lost(self) -> None:
        self._channel = None
        self._pending.extendleft(reversed(self._window.take_all()))

    def _ended(self) -> None:
        self._accept()
        for message in (*self._window.take_all(), *self._pending):
            message.job.fail("the bus was closed before the broker confirmed: publish again")
