"""The twin's thread at the broker: the only one that touches the connection."""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kombu.connection import Connection

_READ_FRAMES = 600
"""Frames read in one go, three a message, before acknowledgements get their turn."""
_WAIT_MS = 500
_HEARTBEAT_S = 20
_PERSISTENT = 2


class Delivered(NamedTuple):
    """A message as it came; ``tag`` grows with every delivery."""

    body: bytes
    tag: int


class Link:
    """One consuming connection in a thread of its own.

    Thread safety: ``acknowledge`` and ``stop`` may be called from any thread.
    """

    def __init__(self, url: str, queue: str, *, prefetch: int) -> None:
        self._url = url
        self._queue = queue
        self._prefetch = prefetch
        self._acks: deque[int] = deque()
        self._aside: deque[Delivered] = deque()
        self._received: list[Delivered] = []
        self._ended = False
        self._bell = os.eventfd(0, os.EFD_NONBLOCK)
        self._thread: threading.Thread | None = None

    def start(
        self,
        take: Callable[[Sequence[Delivered]], None],
        fail: Callable[[Exception], None],
    ) -> None:
        """Begin to consume; both are called in the link's thread, ``fail`` at its end by an error.

        Nothing is done about a lost connection: the process ends, and is started again.
        """
        self._thread = threading.Thread(target=self._live, args=(take, fail), name="twin-link")
        self._thread.start()

    def set_aside(self, message: Delivered) -> None:
        """Copy a message to the queue of what cannot be read, before it is acknowledged."""
        self._aside.append(message)

    def acknowledge(self, tag: int) -> None:
        """Acknowledge a delivery and all before it."""
        self._acks.append(tag)
        os.eventfd_write(self._bell, 1)

    def stop(self) -> None:
        """Send what is to be acknowledged and close the connection."""
        self._ended = True
        os.eventfd_write(self._bell, 1)
        if self._thread is not None:
            self._thread.join()

    def _live(
        self,
        take: Callable[[Sequence[Delivered]], None],
        fail: Callable[[Exception], None],
    ) -> None:
        try:
            self._run(take)
        except Exception as error:  # noqa: BLE001 - whatever it was, the process must not stay
            fail(error)

    def _run(self, take: Callable[[Sequence[Delivered]], None]) -> None:
        options = {"confirm_publish": True}  # what is set aside must not be lost by its ack
        with Connection(self._url, heartbeat=_HEARTBEAT_S, transport_options=options) as connection:
            connection.connect()
            wire: Any = connection.connection
            channel: Any = connection.channel()
            channel.basic_qos(0, self._prefetch, False)  # noqa: FBT003 - py-amqp's signature
            channel.basic_consume(self._queue, no_ack=False, callback=self._on_message)
            anything, incoming = select.poll(), select.poll()
            anything.register(wire.sock, select.POLLIN)
            anything.register(self._bell, select.POLLIN)
            incoming.register(wire.sock, select.POLLIN)
            while not self._ended:
                if anything.poll(_WAIT_MS):
                    self._read(wire, incoming)
                if self._received:
                    take(self._received)
                    self._received = []
                self._send_acks(channel)
                connection.heartbeat_check(rate=2)
            self._send_acks(channel)

    def _read(self, wire: Any, incoming: select.poll) -> None:  # noqa: ANN401 - py-amqp is untyped
        for _ in range(_READ_FRAMES):
            if not incoming.poll(0):
                return
            wire.blocking_read()

    def _send_acks(self, channel: Any) -> None:  # noqa: ANN401 - py-amqp is untyped
        try:
            os.eventfd_read(self._bell)
        except BlockingIOError:
            return
        last = 0
        while self._aside:
            refused = channel.prepare_message(
                self._aside.popleft().body, properties={"delivery_mode": _PERSISTENT}
            )
            channel.basic_publish(refused, "", routing_key=f"{self._queue}.invalid")
        while self._acks:
            last = self._acks.popleft()
        if last:
            channel.basic_ack(last, multiple=True)

    def _on_message(self, message: Any) -> None:  # noqa: ANN401 - py-amqp is untyped
        body = message.body
        self._received.append(
            Delivered(body.encode() if isinstance(body, str) else body, message.delivery_tag)
        )
