"""Message dispatcher: hands wakes to the handler in batches, one batch per key at a time.

Lives on the event loop. Wakes of one key stand in a lane; a lane whose wakes are being handled is
busy, and what comes for it waits. So a key is never handled twice at once in this process and never
out of order, while different keys share batches and run beside each other.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.bus.link import Tag
from gateway.bus.options import BusOptions
from gateway.contract import Clock, Log
from gateway.ports import Wake

Handler = Callable[[Sequence[Wake]], Awaitable[None]]


@dataclass(slots=True)
class Delivery:
    """A wake as it came through a subscription; ``failures`` counts the handler's exceptions."""

    wake: Wake
    subscription: int
    tag: Tag
    failures: int = 0


class Settler(Protocol):
    """Where the ends of deliveries are told; called on the event loop."""

    def settle(self, deliveries: Sequence[Delivery], *, drop: bool) -> None:
        """Acknowledge deliveries, or drop them as not to be delivered again."""

    def retired(self, subscription: int) -> None:
        """Tell that nothing of the subscription is in hand any more."""


class Dispatcher:
    """Lanes per key, batches over lanes.

    A batch may hold several wakes of one key, in order. When the handler raises, the wakes go back
    to the head of their lanes and are handled again one by one after a pause, so that a poison wake
    neither spins nor drags its neighbours along, nor is overtaken. They stay unacknowledged
    meanwhile: a death of the process gives them to another. A wake that failed ``max_attempts``
    times is dropped; the relay publishes it again while the store says that it is due.
    """

    def __init__(
        self, handler: Handler, settler: Settler, *, options: BusOptions, clock: Clock, log: Log
    ) -> None:
        self._handler = handler
        self._settler = settler
        self._options = options
        self._clock = clock
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[str, deque[Delivery]] = {}
        self._ready: deque[str] = deque()
        self._busy: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._in_hand: Counter[int] = Counter()
        self._retiring: set[int] = set()
        self._gone = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._progress_at = clock.monotonic()

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        """Take deliveries in the order of their arrival."""
        if self._stopped:
            return
        if not self._lanes and not self._running:
            self._progress_at = self._clock.monotonic()
        for delivery in deliveries:
            key = delivery.wake.key
            lane = self._lanes.get(key)
            if lane is None:
                self._lanes[key] = deque((delivery,))
                if key not in self._busy:
                    self._ready.append(key)
            else:
                lane.append(delivery)
        if not self._running or len(self._ready) >= self._options.batch_size:
            self._pump()
        elif self._timer is None:
            self._timer = self._loop.call_later(self._options.batch_wait_s, self._on_timer)

    def retire(self, subscription: int) -> None:
        """Forget what waits of a subscription; tell when the rest of it has been handled."""
        self._forget(lambda delivery: delivery.subscription == subscription)
        if self._in_hand[subscription]:
            self._retiring.add(subscription)
        else:
            self._settler.retired(subscription)

    def forget(self, newest: int) -> None:
        """Forget what waits of subscriptions up to ``newest``: the broker delivers it again."""
        self._gone = newest
        self._forget(lambda delivery: delivery.subscription <= newest)
        self._retiring.clear()

    def stalled_s(self) -> float:
        """Return for how many seconds there has been work and none of it came to an end."""
        if not self._lanes and not self._running:
            return 0.0
        return self._clock.monotonic() - self._progress_at

    async def stop(self) -> None:
        """Begin nothing new and wait for running batches, up to ``drain_timeout_s``."""
        self._stopped = True
        self._forget(lambda _: True)
        if self._timer is not None:
            self._timer.cancel()
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=self._options.drain_timeout_s)
        for task in late:
            task.cancel()
        if late:
            self._log.warning("bus.drain_cut", batches=len(late))
            await asyncio.wait(late)

    def _forget(self, matches: Callable[[Delivery], bool]) -> None:
        for key in tuple(self._lanes):
            kept = deque(item for item in self._lanes[key] if not matches(item))
            if kept:
                self._lanes[key] = kept
            else:
                del self._lanes[key]
        self._ready = deque(key for key in self._ready if key in self._lanes)

    def _on_timer(self) -> None:
        self._timer = None
        self._pump()

    def _pump(self) -> None:
        """Start as many batches as may run."""
        while self._ready and len(self._running) < self._options.max_batches and not self._stopped:
            batch = self._next_batch()
            self._in_hand.update(delivery.subscription for delivery in batch)
            task = self._loop.create_task(self._handle(batch))
            self._running.add(task)
            task.add_done_callback(self._on_done)

    def _next_batch(self) -> list[Delivery]:
        batch: list[Delivery] = []
        size = self._options.batch_size
        while self._ready and len(batch) < size:
            lane = self._lanes[self._ready[0]]
            alone = lane[0].failures > 0  # only the head of a lane can have failed before
            if alone and batch:
                break
            key = self._ready.popleft()
            self._busy.add(key)
            taken = 1 if alone else min(len(lane), size - len(batch))
            batch.extend(lane.popleft() for _ in range(taken))
            if not lane:
                del self._lanes[key]
            if alone:
                break
        return batch

    async def _handle(self, batch: Sequence[Delivery]) -> None:
        keys = {delivery.wake.key for delivery in batch}
        try:
            await self._handler([delivery.wake for delivery in batch])
        except (Exception, asyncio.CancelledError) as error:
            if self._stopped and isinstance(error, asyncio.CancelledError):
                raise
            self._give_back(batch, keys, error)
        else:
            self._settler.settle(batch, drop=False)
            self._progress_at = self._clock.monotonic()
            self._release(keys)
        finally:
            self._leave_hand(batch)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._pump()

    def _give_back(self, batch: Sequence[Delivery], keys: set[str], error: BaseException) -> None:
        for delivery in batch:
            delivery.failures += 1
        failures = max(delivery.failures for delivery in batch)
        self._log.warning(
            "bus.handler_failed", wakes=len(batch), failures=failures, cause=type(error).__name__
        )
        poison = [item for item in batch if item.failures >= self._options.max_attempts]
        if poison:
            self._log.warning("bus.dropped", refs=[item.wake.ref for item in poison])
            self._settler.settle(poison, drop=True)
            self._progress_at = self._clock.monotonic()
        again = [item for item in batch if item not in poison and self._is_current(item)]
        for delivery in reversed(again):
            self._lanes.setdefault(delivery.wake.key, deque()).appendleft(delivery)
        pause = self._options.retry_pause_s * 2.0 ** min(failures - 1, 16)
        self._loop.call_later(min(pause, self._options.retry_pause_max_s), self._resume, keys)

    def _is_current(self, delivery: Delivery) -> bool:
        """Tell whether the delivery is still ours; otherwise the broker delivers it again."""
        number = delivery.subscription
        return not self._stopped and number > self._gone and number not in self._retiring

    def _resume(self, keys: set[str]) -> None:
        self._release(keys)
        self._pump()

    def _release(self, keys: set[str]) -> None:
        self._busy -= keys
        self._ready.extend(key for key in keys if key in self._lanes)

    def _leave_hand(self, batch: Sequence[Delivery]) -> None:
        self._in_hand.subtract(delivery.subscription for delivery in batch)
        for subscription in {delivery.subscription for delivery in batch}:
            if self._in_hand[subscription]:
                continue
            del self._in_hand[subscription]
            if subscription in self._retiring:
                self._retiring.discard(subscription)
                self._settler.retired(subscription)
