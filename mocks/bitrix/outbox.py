"""Direct delivery of the extension's events by its own agent (reference 10.13).

In the order of their numbers per entity, signed, again and again until the handler answers 2xx or
three days are over.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from mocks.bitrix.outgoing import Delivery
from mocks.bitrix.posting import POST_ERRORS, post_form
from mocks.bitrix.settings import EventTarget

_AGENT = "Gateway Module"
_OK_MIN, _OK_MAX = 200, 299


class Outbox:
    """Events that wait for their handler, one line per entity."""

    def __init__(self, target: EventTarget) -> None:
        """Hold nothing yet."""
        self.target = target
        self.tally: Counter[str] = Counter()
        self._lines: dict[str, deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many events have not reached their handler yet."""
        return sum(len(line) for line in self._lines.values())

    def put(self, delivery: Delivery) -> None:
        """Append an event to its entity's line."""
        self.tally["queued"] += 1
        line = self._lines.get(delivery.entity)
        if line is not None:
            line.append(delivery)
            return
        self._lines[delivery.entity] = deque([delivery])
        task = asyncio.create_task(self._run(delivery.entity))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop; what has not arrived stays undelivered."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, entity: str) -> None:
        line = self._lines[entity]
        while line:
            await self._insist(line[0])
            line.popleft()
        del self._lines[entity]

    async def _insist(self, delivery: Delivery) -> None:
        """Try until it arrives, with growing pauses."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.target.direct_limit_s
        attempt = 0
        while not await self._arrives(delivery):
            delays = self.target.direct_delays_s
            pause_s = delays[min(attempt, len(delays) - 1)]
            if loop.time() + pause_s > until:
                self.tally["lost"] += 1
                return
            self.tally["retried"] += 1
            attempt += 1
            await asyncio.sleep(pause_s)
        self.tally["delivered"] += 1

    async def _arrives(self, delivery: Delivery) -> bool:
        try:
            async with asyncio.timeout(self.target.timeout_s):
                status = await post_form(
                    delivery.url, delivery.body, agent=_AGENT, signature=delivery.signature
                )
        except POST_ERRORS:
            return False
        return _OK_MIN <= status <= _OK_MAX
