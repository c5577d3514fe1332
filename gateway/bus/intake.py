"""Message endpoint: a queue of others whose messages are taken in like calls of their webhooks.

A message is acknowledged when the gateway has committed what it says, and not before; one that
cannot be read goes to the invalid-message queue with the reason, and is acknowledged when the
broker has confirmed that. While the store takes no work nothing is acknowledged, so the broker
keeps the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from gateway.bus.intake_thread import Ended, IntakeThread, Message, QueueNames
from gateway.bus.link_thread import LinkHealth
from gateway.bus.options import BusOptions
from gateway.contract import Clock, Log, StoreError

MOST = 150
"""Messages that are handed on together, so that they share one commit.

Read into models, a message takes ten times its bytes until that commit: more at once would cost a
worker with a backlog tens of MiB and save it next to nothing.
"""

Handler = Callable[[Sequence[Message]], Awaitable[Sequence[str]]]
"""Takes messages in; one text per message: why it is invalid, empty for taken in. May raise
``StoreError``: then all of them come again."""

Room = Callable[[], Awaitable[int]]
"""Waits a moment until messages are welcome; tells how many, 0 for as many as there are."""


class Intake:
    """Reads one queue and hands its messages on, in order. Use on the event loop only."""

    def __init__(
        self,
        url: str,
        names: QueueNames,
        handler: Handler,
        *,
        options: BusOptions,
        clock: Clock,
        log: Log,
        room: Room | None = None,
    ) -> None:
        """Prepare; ``room`` is asked before each batch how many messages are welcome now."""
        self._room = room
        self._thread = IntakeThread(url, names, options=options, clock=clock, log=log)
        self._handler = handler
        self._options = options
        self._log = log
        self._waiting: deque[Message] = deque()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._clock = clock
        self._in_hand_since: float | None = None

    def start(self) -> None:
        """Start reading; connects by itself."""
        self._thread.serve(self._arrived)
        self._task = asyncio.create_task(self._run(), name="intake")

    def _arrived(self, messages: Sequence[Message]) -> None:
        self._waiting.extend(messages)
        self._ready.set()

    async def _run(self) -> None:
        while not self._closing:
            await self._ready.wait()
            self._ready.clear()
            while self._waiting and not self._closing:
                most = await self._room() if self._room is not None else 0
                size = min(most or MOST, MOST, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(size)]
                self._in_hand_since = self._clock.monotonic()
                self._thread.end(await self._taken_in(batch))
                self._in_hand_since = None

    async def _taken_in(self, batch: Sequence[Message]) -> list[Ended]:
        """Hand a batch on until it is taken in; nothing of it has ended when it is closed first."""
        pause_s = self._options.retry_pause_s
        while not self._closing:
            try:
                reasons = await self._handler(batch)
            except StoreError as error:
                self._in_hand_since = self._clock.monotonic()
                self._log.warning("intake.postponed", cause=str(error), messages=len(batch))
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, self._options.retry_pause_max_s)
            except Exception as error:  # noqa: BLE001 - one poisonous message must not stop all
                if len(batch) > 1:
                    singly = [await self._taken_in([one]) for one in batch]
                    return [ended for one in singly for ended in one]
                self._log.warning("intake.unexplained", error=type(error).__name__)
                return [Ended(batch[0], f"unexpected {type(error).__name__}")]
            else:
                return [Ended(one, why) for one, why in zip(batch, reasons, strict=True)]
        return []

    def health(self) -> LinkHealth:
        """Tell how the queue's connection and the handling of its messages are doing."""
        link, since = self._thread.health(), self._in_hand_since
        handling_s = self._clock.monotonic() - since if since is not None else 0.0
        return replace(link, silent_s=max(link.silent_s, handling_s))

    async def close(self) -> None:
        """Stop reading and finish what is in hand; what was not taken in goes back."""
        if self._task is None:
            return
        self._closing = True
        self._ready.set()
        await asyncio.wait({self._task}, timeout=self._options.drain_timeout_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._thread.stop()
        await asyncio.to_thread(self._thread.join)
