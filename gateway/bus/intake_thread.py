"""Thread of an intake: moves messages to the loop, and what became of them back."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from gateway.bus.link import BrokerLink, Channel, Received, Tag
from gateway.bus.link_thread import IDLE_WAIT_S, LinkThread, tell
from gateway.bus.options import BusOptions
from gateway.contract import Clock, Log

PERSISTENT = 2
REASON = "x-invalid-reason"

_MEMORY_LOOK_S = 0.05
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class QueueNames:
    """The queue that is read, and the one for what cannot be read."""

    source: str
    invalid: str


@dataclass(slots=True, eq=False)
class Message:
    """A message as it came. Shape: header names in lower case, values as texts.

    Not frozen, though nobody changes it: freezing doubles the price of making one.
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    session: int
    tag: Tag


@dataclass(slots=True, eq=False)
class Ended:
    """Command: a message was taken in, or is invalid for ``reason``."""

    message: Message
    reason: str = ""


class IntakeThread(LinkThread):
    """Owner of the connection on which one queue is read."""

    def __init__(
        self, url: str, names: QueueNames, *, options: BusOptions, clock: Clock, log: Log
    ) -> None:
        super().__init__(url, options=options, clock=clock, log=log, role=f"intake:{names.source}")
        self._names = names
        self._loop: asyncio.AbstractEventLoop | None = None
        self._offer: Callable[[Sequence[Message]], None] = lambda _: None
        self._commands: deque[Ended] = deque()
        self._arrivals: list[Message] = []
        self._channel: Channel | None = None
        self._session_number = 0
        self._open: dict[Tag, None] = {}
        self._invalid: dict[int, Tag] = {}
        self._published = 0
        self._cancelled = False

    def serve(self, offer: Callable[[Sequence[Message]], None]) -> None:
        """Start; ``offer`` is called on the running loop with what has come."""
        self._loop = asyncio.get_running_loop()
        self._offer = offer
        self.start()

    def end(self, ended: Sequence[Ended]) -> None:
        """Acknowledge what was taken in and set aside what is invalid; safe from any thread."""
        self._commands.extend(ended)
        self._waker.wake()

    def _begin(self, link: BrokerLink) -> None:
        self._session_number += 1
        self._cancelled = False
        for name in (self._names.source, self._names.invalid):
            _ensure(link, name)
        channel = link.channel()
        channel.basic_qos(0, self._options.prefetch, False)  # noqa: FBT003 - no keyword
        if link.confirms:
            channel.confirm_select()
            channel.events["basic_ack"].add(self._on_confirm)
            channel.events["basic_nack"].add(self._on_refusal)
        self._channel = channel
        channel.basic_consume(
            self._names.source,
            no_ack=False,
            callback=self._arrived,
            on_cancel=self._on_cancel,
        )

    def _on_cancel(self, _: str) -> None:
        """Note that the broker cancelled the consumer: begin again with a new session."""
        self._cancelled = True

    def _on_refusal(self, _tag: int, _multiple: bool) -> None:  # noqa: FBT001 - py-amqp's
        """Note that an invalid message could not be set aside: it comes again."""
        self._cancelled = True

    def _arrived(self, message: Received) -> None:
        body, tag = message.body, message.delivery_tag
        self._open[tag] = None
        self._arrivals.append(
            Message(
                body.encode() if isinstance(body, str) else bytes(body),
                _texts(message),
                self._session_number,
                tag,
            )
        )

    def _turn(self, link: BrokerLink) -> float:
        if self._cancelled:
            msg = "the broker cancelled the consumer or took no invalid message"
            raise ConnectionError(msg)
        if self._arrivals and self._loop is not None:
            tell(self._loop.call_soon_threadsafe, self._offer, self._arrivals)
            self._arrivals = []
        done: set[Tag] = set()
        while self._commands:
            ended = self._commands.popleft()
            if ended.message.session != self._session_number:
                continue  # of a lost connection: the broker delivers it again
            if ended.reason:
                self._set_aside(link, ended)
            else:
                done.add(ended.message.tag)
        self._acknowledge(link, done)
        return IDLE_WAIT_S if link.confirms else _MEMORY_LOOK_S

    def _finish(self, link: BrokerLink) -> None:
        """Wait until what was set aside is confirmed, else it would be set aside twice."""
        self._turn(link)
        deadline = time.monotonic() + self._options.drain_timeout_s
        while self._invalid and time.monotonic() < deadline:
            link.wait(IDLE_WAIT_S)
            link.read()

    def _acknowledge(self, link: BrokerLink, done: set[Tag]) -> None:
        """Acknowledge the oldest that have all ended by one frame, the others one by one."""
        channel = self._channel
        if channel is None or not done:
            return
        last: Tag | None = None
        if link.confirms:
            oldest = list(takewhile(done.__contains__, self._open))
            for last in oldest:
                del self._open[last]
            done.difference_update(oldest)
        if last is not None:
            channel.basic_ack(last, multiple=True)
        for tag in done:
            self._open.pop(tag, None)
            channel.basic_ack(tag)

    def _set_aside(self, link: BrokerLink, ended: Ended) -> None:
        channel = self._channel
        if channel is None:
            return
        properties: dict[str, object] = {"delivery_mode": PERSISTENT}
        if not link.confirms:
            properties["delivery_info"] = {}  # kombu's virtual transports write into it
        envelope = channel.prepare_message(
            ended.message.body,
            content_type="application/octet-stream",
            headers={**ended.message.headers, REASON: ended.reason},
            properties=properties,
        )
        self._published += 1
        self._invalid[self._published] = ended.message.tag
        channel.basic_publish(envelope, "", routing_key=self._names.invalid)
        if not link.confirms:
            self._on_confirm(self._published, multiple=False)

    def _on_confirm(self, number: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's
        channel = self._channel
        for one in tuple(self._invalid):
            if channel is not None and (one == number or (multiple and one <= number)):
                tag = self._invalid.pop(one)
                self._open.pop(tag, None)
                channel.basic_ack(tag)

    def _lost(self) -> None:
        self._channel = None
        self._open, self._invalid, self._arrivals = {}, {}, []
        self._published = 0

    def _ended(self) -> None:
        self._lost()


def _ensure(link: BrokerLink, name: str) -> None:
    """Make a queue that is not there; one that is there belongs to others and stays as it is."""
    channel = link.channel()
    try:
        channel.queue_declare(name, passive=True)
    except Exception as error:
        if link.confirms and getattr(error, "code", None) != _NOT_FOUND:
            raise
        # The broker closes a channel on which a queue was not found.
        channel = link.channel()
        channel.queue_declare(
            name, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
    channel.close()


def _texts(message: Received) -> dict[str, str]:
    headers: Mapping[str, Any] = getattr(message, "headers", None) or {}
    return {
        name.lower(): value if type(value) is str else _text(value)
        for name, value in headers.items()
    }


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
