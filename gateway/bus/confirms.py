"""Publisher confirms, collected: which messages are under way, and what the broker said of them.

Pure bookkeeping without a connection. A message ends in one of three ways: acknowledged, refused,
or returned as unroutable. The broker acknowledges a returned message as well, right after it came
back; that must not count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.bus.link_thread import tell

MAX_RETURNS = 3
"""How often a message may come back as unroutable although its queue has just been declared."""


class PublishJob:
    """One call of ``publish``: done when the broker has confirmed every message of it.

    ``abandoned`` is set when the caller has given up; its remaining messages are then not sent.
    Thread safety: made and awaited on the loop, ended by the publisher's thread.
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


@dataclass(slots=True, eq=False)
class Outgoing:
    """A message on its way; ``order`` is its place among all that the publisher was given.

    ``queue`` is the routing key.
    """

    job: PublishJob
    queue: str
    body: bytes
    order: int = 0
    returns: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class ConfirmWindow:
    """Messages under way on one channel, by the number that the broker counts them with."""

    def __init__(self) -> None:
        self._unconfirmed: dict[int, Outgoing] = {}
        self._returned: list[Outgoing] = []
        self._sequence = 0

    def __len__(self) -> int:
        """Count messages that the broker has not spoken of."""
        return len(self._unconfirmed)

    @property
    def returned(self) -> int:
        """Count messages that came back and wait to be sent again."""
        return len(self._returned)

    def add(self, message: Outgoing) -> int:
        """Note a message about to be sent; return its number, from 1 for each channel."""
        self._sequence += 1
        self._unconfirmed[self._sequence] = message
        return self._sequence

    def acknowledge(self, number: int, *, up_to: bool = False) -> None:
        """Take the broker's word for a message, with ``up_to`` also for all before it."""
        for message in self._take(number, up_to=up_to):
            message.job.confirm()

    def refuse(self, number: int, *, up_to: bool = False) -> None:
        """Fail the calls whose messages the broker could not store."""
        for message in self._take(number, up_to=up_to):
            message.job.fail(
                "the broker refused a message: look at its disk, memory and queue leaders"
            )

    def give_back(self, number: int) -> None:
        """Note that a message found no queue."""
        message = self._unconfirmed.pop(number, None)
        if message is None:
            return
        message.returns += 1
        if message.returns > MAX_RETURNS:
            message.job.fail(
                f"queue {message.queue} takes no messages: find out who deletes it or its broker"
            )
        else:
            self._returned.append(message)

    def take_returned(self) -> Sequence[Outgoing]:
        """Remove and return what came back, in order."""
        returned = sorted(self._returned, key=lambda message: message.order)
        self._returned = []
        return returned

    def take_all(self) -> Sequence[Outgoing]:
        """Remove and return everything, in order, and count from 1 again: the channel is gone."""
        self._returned.extend(self._unconfirmed.values())
        self._unconfirmed = {}
        self._sequence = 0
        return self.take_returned()

    def _take(self, number: int, *, up_to: bool) -> list[Outgoing]:
        if not up_to:
            message = self._unconfirmed.pop(number, None)
            return [] if message is None else [message]
        taken = []
        for sequence in tuple(self._unconfirmed):  # in order of sending
            if sequence > number:
                break
            taken.append(self._unconfirmed.pop(sequence))
        return taken
