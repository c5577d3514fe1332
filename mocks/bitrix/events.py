"""The vendor's queue service.

One attempt per event, no retry, form bodies (reference 1.10, 10.9, 10.13).

Sending runs beside the API and never holds it up; what happens to an event on its way is drawn from
a seeded chance.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

from mocks.bitrix.outbox import Outbox
from mocks.bitrix.outgoing import Delivery, event_body
from mocks.bitrix.posting import POST_ERRORS, post_form
from mocks.bitrix.settings import BitrixSettings, EventFaults

__all__ = ["EventSender", "event_body"]

_AGENT = "Bitrix24 Webhook Engine"
_OK_MIN, _OK_MAX = 200, 299


class EventSender:
    """Posts events to the handler.

    Queued, delayed, lost, doubled and reordered as the settings say.
    """

    def __init__(self, settings: BitrixSettings) -> None:
        """Hold events until the running loop can send them."""
        self._settings = settings
        self._chance = _chance(settings.event_faults)
        self._queue: list[tuple[float, int, Delivery]] = []
        self._outbox = Outbox(settings.target)
        self._number = 0
        self._wake = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self.tally: Counter[str] = Counter()

    def configure(self, settings: BitrixSettings) -> None:
        """Take changed settings; the chance restarts when its faults changed."""
        if settings.event_faults != self._settings.event_faults:
            self._chance = _chance(settings.event_faults)
        self._settings = settings
        self._outbox.target = settings.target

    def send(self, deliveries: Iterable[Delivery]) -> None:
        """Take events for their handlers; signed ones go by the extension's own outbox."""
        target = self._settings.target
        now = asyncio.get_running_loop().time()
        for delivery in deliveries:
            if delivery.signature:
                self._outbox.put(delivery)
            else:
                self._queue_one(delivery, now + target.delay_s)
        if self._queue and (self._pump is None or self._pump.done()):
            self._pump = asyncio.create_task(self._run())
        self._wake.set()

    def _queue_one(self, delivery: Delivery, due: float) -> None:
        faults = self._settings.event_faults
        self.tally["queued"] += 1
        if self._chance.random() < faults.drop_probability:
            self.tally["dropped"] += 1
            return
        copies = 1
        if self._chance.random() < faults.duplicate_probability:
            self.tally["duplicated"] += 1
            copies = 2
        if self._chance.random() < faults.reorder_probability:
            self.tally["held_back"] += 1
            due += self._chance.random() * faults.reorder_max_s
        for _ in range(copies):
            self._number += 1
            heapq.heappush(self._queue, (due, self._number, delivery))

    def state(self) -> dict[str, Any]:
        """Return the tally and how many events are still on their way."""
        pending = len(self._queue) + len(self._sending)
        names = ("queued", "dropped", "duplicated", "held_back", "delivered", "refused", "lost")
        direct = {**self._outbox.tally, "pending": self._outbox.pending}
        return {**{name: self.tally[name] for name in names}, "pending": pending, "direct": direct}

    async def close(self) -> None:
        """Stop sending; what is still queued is lost."""
        await self._outbox.close()
        tasks = [*self._sending, *([self._pump] if self._pump is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            while self._queue and self._queue[0][0] <= loop.time():
                if len(self._sending) >= max(self._settings.target.concurrency, 1):
                    await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
                    continue
                delivery = heapq.heappop(self._queue)[2]
                task = asyncio.create_task(self._deliver(delivery))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            wait_s = self._queue[0][0] - loop.time() if self._queue else None
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _deliver(self, delivery: Delivery) -> None:
        """Make the one attempt that an event gets."""
        try:
            async with asyncio.timeout(self._settings.target.timeout_s):
                status = await post_form(delivery.url, delivery.body, agent=_AGENT)
        except POST_ERRORS:
            self.tally["lost"] += 1
            return
        self.tally["delivered" if _OK_MIN <= status <= _OK_MAX else "refused"] += 1


def _chance(faults: EventFaults) -> random.Random:
    return random.Random(faults.seed)  # noqa: S311 - repeatable faults, no secret depends on them
