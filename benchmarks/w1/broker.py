"""Guaranteed delivery for the preload: durable queues, persistent messages, collected confirms.

The queue is loaded before the clock starts, so that every contestant finds the same work waiting.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kombu.connection import Connection

_PERSISTENT = 2
_WINDOW = 500
"""Messages under way at a time: waiting for each confirm alone costs a factor of seven."""
_PATIENCE_S = 30.0
QUORUM: Mapping[str, object] = {"x-queue-type": "quorum"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be preloaded; ``key`` becomes the AMQP header ``key``."""

    body: bytes
    key: str
    headers: Mapping[str, object] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)


def declare(url: str, queue: str, arguments: Mapping[str, object]) -> None:
    """Make an empty durable queue, whatever stood there before."""
    with Connection(url) as connection:
        channel: Any = connection.channel()
        channel.queue_delete(queue)
        channel.queue_declare(
            queue, durable=True, auto_delete=False, arguments={**arguments} or None
        )


def delete(url: str, queues: Iterable[str]) -> None:
    """Delete queues and the exchanges of the same names, which some contestants declare too.

    What does not exist counts as deleted.
    """
    with Connection(url) as connection:
        channel: Any = connection.channel()
        for queue in queues:
            channel.queue_delete(queue)
            channel.exchange_delete(queue)


def waiting(url: str, queue: str) -> int:
    """Count messages ready in a queue: with no consumer left, all that were never acknowledged."""
    with Connection(url) as connection:
        channel: Any = connection.channel()
        return int(channel.queue_declare(queue, passive=True).message_count)


def version(url: str) -> str:
    """The broker's version."""
    with Connection(url) as connection:
        connection.connect()
        wire: Any = connection.connection
        return str(wire.server_properties.get("version", "unknown"))


def preload(url: str, queue: str, messages: Iterable[Outgoing]) -> None:
    """Publish to a queue; returns when the broker has confirmed every message.

    Raises ``RuntimeError`` when one was refused, came back or was not confirmed in time.
    """
    with Connection(url) as connection:
        window = _Window(connection)
        for message in messages:
            window.send(queue, message)
        window.settle(0)


class _Window:
    """Messages that the broker has not confirmed yet, by its own count."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._channel: Any = connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_trouble)
        self._channel.events["basic_return"].add(self._on_trouble)
        self._unconfirmed: dict[int, None] = {}
        self._sent = 0

    def send(self, queue: str, message: Outgoing) -> None:
        """Publish one message, as soon as there is room for it."""
        self.settle(_WINDOW - 1)
        self._sent += 1
        self._unconfirmed[self._sent] = None
        headers = {**message.headers, "key": message.key, "sent_at": f"{time.time():.6f}"}
        envelope = self._channel.prepare_message(
            message.body,
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            properties={"delivery_mode": _PERSISTENT, **message.properties},
        )
        self._channel.basic_publish(envelope, "", routing_key=queue, mandatory=True)

    def settle(self, most: int) -> None:
        """Wait until at most so many messages are unconfirmed."""
        while len(self._unconfirmed) > most:
            try:
                self._connection.drain_events(timeout=_PATIENCE_S)
            except TimeoutError:
                msg = "the broker stopped confirming: look at its disk and memory"
                raise RuntimeError(msg) from None

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's signature
        if not multiple:
            self._unconfirmed.pop(tag, None)
            return
        for number in tuple(self._unconfirmed):  # in order of sending
            if number > tag:
                return
            del self._unconfirmed[number]

    def _on_trouble(self, *_: object) -> None:
        msg = "the broker refused or returned a preloaded message"
        raise RuntimeError(msg)
