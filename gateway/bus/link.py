"""Gateway to the broker: one kombu connection as one thread sees it.

kombu and py-amqp promise nothing to several threads, so a link belongs to the thread that opened
it. The socket is read only when it has something: the thread is never inside a read while it should
send acknowledgements or a heartbeat.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any, Protocol

from kombu.connection import Connection

from gateway.bus.frames import Frame, FrameReader
from gateway.bus.options import BusOptions, Shards
from gateway.bus.waker import Waker

READ_PIECES = 4
"""Pieces read in one go: acknowledgements and heartbeats get their turn."""
_MEMORY_MESSAGES = 200

Tag = int | str
"""Delivery tag: a growing number at AMQP, an opaque text in memory."""


class Received(Protocol):
    """A delivered message, the part of it that both transports share."""

    body: bytes | str
    delivery_tag: Tag


class Channel(Protocol):
    """What the bus uses of a kombu channel."""

    events: dict[str, set[Callable[..., None]]]

    def queue_declare(self, queue: str, **options: object) -> object:
        """Make a queue, or check that it is as described."""

    def queue_delete(self, queue: str) -> object:
        """Delete a queue with its messages."""

    def queue_purge(self, queue: str) -> object:
        """Empty a queue."""

    def exchange_declare(self, exchange: str, **options: object) -> object:
        """Make an exchange, or check that it is as described."""

    def basic_qos(self, size: int, count: int, a_global: bool, /) -> object:  # noqa: FBT001 - py-amqp's
        """Bound the unacknowledged messages."""

    def basic_consume(
        self, queue: str, *, no_ack: bool, callback: Callable[[Received], None], **options: object
    ) -> object:
        """Subscribe to a queue."""

    def basic_ack(self, delivery_tag: Tag, *, multiple: bool = False) -> object:
        """Acknowledge a message; with ``multiple`` all up to it (AMQP only)."""

    def basic_reject(self, delivery_tag: Tag, *, requeue: bool) -> object:
        """Refuse a message."""

    def prepare_message(self, body: bytes, **options: object) -> object:
        """Wrap a body."""

    def basic_publish(self, message: object, exchange: str, **options: object) -> object:
        """Send a message."""

    def confirm_select(self) -> object:
        """Ask for publisher confirms (AMQP only)."""

    def close(self) -> object:
        """Close; unacknowledged messages go back to their queue in order (AMQP)."""


class Wire(Protocol):
    """What the bus uses of a py-amqp connection."""

    @property
    def on_inbound_frame(self) -> Callable[[Frame], object]:
        """Handle one frame; runs the callbacks of what it completes."""


def is_memory(url: str) -> bool:
    """Tell whether a URL names the in-memory transport."""
    return url.partition(":")[0] == "memory"


class BrokerLink:
    """A connection to the broker.

    Thread safety: none, by design; ``waker`` is the door for others. Every method but ``close`` may
    raise what kombu raises when the connection is lost; the link is then of no more use.
    """

    def __init__(self, url: str, *, options: BusOptions, waker: Waker) -> None:
        self._url = url
        self._options = options
        self._waker = waker
        self._memory = is_memory(url)
        self._connection: Connection | None = None
        self._wire: Wire | None = None
        self._frames: FrameReader | None = None
        self._socket: Any = None
        self._incoming = select.poll()
        self._anything = select.poll()
        self._more = False

    @property
    def confirms(self) -> bool:
        """Whether the broker confirms, returns and acknowledges several messages at once."""
        return not self._memory

    def open(self) -> None:
        """Connect; one attempt per broker named in the URL."""
        self._anything.register(self._waker, select.POLLIN)
        self._connection = Connection(
            self._url,
            heartbeat=self._options.heartbeat_s,
            connect_timeout=self._options.connect_timeout_s,
        )
        hosts = self._url.count(";")
        self._connection.ensure_connection(max_retries=hosts, interval_start=0, interval_step=0)
        if self._memory:
            return
        wire: Any = self._connection.connection
        self._wire = wire
        self._socket = wire.sock
        # py-amqp waits for its own answers by this as well: both read one buffer.
        self._frames = FrameReader(self._socket)
        wire.transport.read_frame = self._frames.read_frame
        # Bounds every blocking step of py-amqp: a broker that stalls amid an answer counts as lost.
        self._socket.settimeout(self._options.stall_timeout_s)
        self._incoming.register(self._socket, select.POLLIN)
        self._anything.register(self._socket, select.POLLIN)

    def channel(self) -> Channel:
        """Open a channel."""
        channel: Channel = self._live().channel()
        return channel

    def wait(self, timeout_s: float) -> None:
        """Wait until the broker has sent something, the waker was used, or time is over."""
        if not self._more and not self._pending():
            self._anything.poll(timeout_s * 1000)
        self._waker.clear()

    def read(self) -> None:
        """Handle what the broker has sent, up to some pieces; runs the channels' callbacks."""
        wire, frames = self._wire, self._frames
        if wire is None or frames is None:
            self._read_memory()
            return
        handle = wire.on_inbound_frame
        for _ in range(READ_PIECES):
            while (frame := frames.take()) is not None:
                handle(frame)
            if not self._readable():
                return
            frames.fill()

    def beat(self) -> None:
        """Send a heartbeat if it is time; raise when the broker's have stopped."""
        if not self._memory:
            self._live().heartbeat_check(rate=3)

    def abandon(self) -> None:
        """Release the socket without a word to a broker that may no longer listen."""
        if self._connection is not None:
            self._connection.collect()
        self._forget()

    def close(self) -> None:
        """Say goodbye and release the connection."""
        if self._connection is not None:
            self._connection.release()
        self._forget()

    def _forget(self) -> None:
        self._connection = self._wire = self._socket = self._frames = None

    def _live(self) -> Connection:
        if self._connection is None:
            msg = "the link to the broker is not open: open it first"
            raise ConnectionError(msg)
        return self._connection

    def _pending(self) -> bool:
        """Tell whether bytes are here that the operating system knows nothing of.

        A frame that came behind the one that py-amqp waited for, or what TLS has decrypted already.
        """
        if self._frames is not None and self._frames.has_frame:
            return True
        return self._decrypted() > 0

    def _decrypted(self) -> int:
        pending = getattr(self._socket, "pending", None)
        return pending() if pending is not None else 0

    def _readable(self) -> bool:
        return self._decrypted() > 0 or bool(self._incoming.poll(0))

    def _read_memory(self) -> None:
        self._more = False
        for _ in range(_MEMORY_MESSAGES):
            try:
                self._live().drain_events(timeout=0)
            except TimeoutError:  # nothing is queued, or the prefetch limit is reached
                return
        self._more = True


def declare(channel: Channel, shards: Shards, options: BusOptions) -> None:
    """Declare the queue of every shard; idempotent.

    Quorum queues keep confirmed messages over a crash of the broker. A single active consumer keeps
    order per shard over any number of workers: the others stand by. The delivery limit ends the
    life of a wake that kills its workers.
    """
    arguments: dict[str, object] = {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": options.delivery_limit,
    }
    for queue in shards.queues:
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
