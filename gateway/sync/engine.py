"""Engine: runs the synchronisation of all accounts in one process.

It hears the bus, hands wake-ups to observer and lanes, walks the feeds, and lets the relay find
what was forgotten. Any number of engines may share one store and one bus; ``kill -9`` is always
safe, because nothing that matters lives only here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Clock, Log, StoreError
from gateway.ports import Bus, Wake
from gateway.sync.account import Account
from gateway.sync.follow import STREAM
from gateway.sync.lanes import Lane
from gateway.sync.parking import Parking
from gateway.sync.pull import feeds
from gateway.telemetry import Metrics

ROUTE = "route"
_PLENTY = 500
"""So many records that wait for one account are shared with the other processes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the engine does what. Units: seconds.

    ``probe_s`` is how often a parked account is tried again; ``lane_width`` how many batches of one
    account are under way at once; ``lane_batch`` how many entities one of them takes.
    """

    relay_s: float = 1.0
    probe_s: float = 60.0
    lane_width: int = 8
    lane_batch: int = 50


class Outbound:
    """Wake-ups on their way to the bus: gathered, published in order, dropped when the bus is away.

    Dropping is safe: the rows are in the store and the relay wakes them again. ``near`` takes the
    wake-ups that need no way over the bus, because their work can be done in this process.
    """

    def __init__(self, bus: Bus, log: Log, metrics: Metrics) -> None:
        self._bus = bus
        self._metrics = metrics
        self._log = log
        self._waiting: deque[Wake] = deque()
        self._ready = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()
        self.near: Callable[[Wake], bool] = lambda _: False

    def wake(self, wakes: Sequence[Wake]) -> None:
        """Let this process do it if it can, and tell the others of the rest."""
        self.publish([wake for wake in wakes if not self.near(wake)])

    def publish(self, wakes: Sequence[Wake]) -> None:
        """Queue wake-ups for publishing."""
        if wakes:
            self._waiting.extend(wakes)
            self._ready.set()

    def wake_later(self, wake: Wake, delay_s: float) -> None:
        """Queue a wake-up after a delay; a process that dies before leaves it to the relay."""
        loop = asyncio.get_running_loop()
        handle: asyncio.TimerHandle = loop.call_later(delay_s, lambda: self._fire(handle, wake))
        self._timers.add(handle)

    def _fire(self, handle: asyncio.TimerHandle, wake: Wake) -> None:
        self._timers.discard(handle)
        self.wake([wake])

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            batch = list(dict.fromkeys(self._waiting))
            self._waiting.clear()
            try:
                await self._bus.publish(batch)
                self._metrics.published(len(batch))
            except ConnectionError as error:
                self._log.warning("bus.unreachable", error=type(error).__name__, dropped=len(batch))

    def close(self) -> None:
        """Forget what was to be woken later."""
        for handle in self._timers:
            handle.cancel()
        self._timers.clear()


@dataclass(frozen=True, slots=True)
class Work:
    """What the engine drives; bound methods, so that each part stays testable alone."""

    observe: Callable[[Sequence[str]], Awaitable[None]]
    deliver: Callable[[Account, list[str]], Awaitable[int]]
    pull: Callable[[Account, Kind], Awaitable[float]]
    relay: Callable[[], Awaitable[int]]
    operate: Callable[[Account], Awaitable[int]]
    follow: Callable[[Account], Awaitable[float]]
    followed: Sequence[str] = ()


class Engine:
    """The running core of one process."""

    def __init__(
        self,
        *,
        accounts: Mapping[str, Account],
        work: Work,
        bus: Bus,
        outbound: Outbound,
        parking: Parking,
        pace: Pace,
        clock: Clock,
        log: Log,
    ) -> None:
        self._accounts = accounts
        self._work = work
        self._bus = bus
        self._outbound = outbound
        self._parking = parking
        self._pace = pace
        self._clock = clock
        self._log = log
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self.sending = self._lanes(
            work.deliver, [one for one in accounts.values() if not one.is_fetched]
        )
        self._reading = self._lanes(self._observe, list(accounts.values()))
        outbound.near = self.take
        self.progress_at = clock.monotonic()

    def _lanes(
        self, work: Callable[[Account, list[str]], Awaitable[object]], accounts: Sequence[Account]
    ) -> dict[str, Lane]:
        width, batch = self._pace.lane_width, self._pace.lane_batch
        return {
            account.name: Lane(account, work, self._log, width=width, batch=batch)
            for account in accounts
        }

    async def _observe(self, account: Account, inbox_ids: list[str]) -> None:
        del account  # the rows know it
        await self._work.observe(inbox_ids)

    async def start(self) -> None:
        """Start hearing the bus, walking the feeds and relaying."""
        await self._parking.refresh(self._accounts)
        self._spawn(self._outbound.run(), "outbound")
        await self._bus.consume(self.handle)
        self._spawn(self._relay_loop(), "relay")
        self._spawn(self._probe_loop(), "probe")
        for account in self._accounts.values():
            account.ready = False
            self._spawn(self._prepare(account), f"prepare:{account.name}")
        for account in self._accounts.values():
            self._spawn(self._operation_loop(account), f"operations:{account.name}")
        for account, kind in feeds(self._accounts):
            step = partial(self._work.pull, account, kind)
            self._spawn(self._feed_loop(account, str(kind), step), f"feed:{account.name}:{kind}")
        for name in self._work.followed:
            account = self._accounts[name]
            follow = partial(self._work.follow, account)
            self._spawn(self._feed_loop(account, STREAM, follow), f"feed:{name}:{STREAM}")

    def _spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(coroutine, name=name))

    async def handle(self, wakes: Sequence[Wake]) -> None:
        """Sort wake-ups into the lanes of their accounts.

        They may be acknowledged as soon as this returns: the rows are in the store, and a slow
        vendor must not keep the wake-ups of the others waiting.
        """
        self.progress_at = self._clock.monotonic()
        for wake in wakes:
            lane = self._lane(wake)
            if lane is not None:
                lane.add([wake.ref])

    def take(self, wake: Wake) -> bool:
        """Take a wake-up of our own without a way over the bus, unless others should help.

        What a vendor fetches wakes nobody.
        """
        account = self._accounts.get(wake.account)
        if wake.task != ROUTE and account is not None and account.is_fetched:
            return True
        lane = self._lane(wake)
        if lane is None or not self._tasks or self._stopping.is_set() or lane.waiting >= _PLENTY:
            return False
        lane.add([wake.ref])
        return True

    def _lane(self, wake: Wake) -> Lane | None:
        lanes = self._reading if wake.task == ROUTE else self.sending
        return lanes.get(wake.account)

    async def _prepare(self, account: Account) -> None:
        """Let the connector make what it needs at the vendor; nothing is sent there before."""
        while not self._stopping.is_set():
            try:
                if not account.stands and await self._parking.prepared(account):
                    account.ready = True
                    return
            except StoreError as error:
                self._log.warning("store.unavailable", loop="prepare", cause=str(error))
            await self._pause(max(account.circuit.rest_s, self._pace.relay_s))

    async def _feed_loop(
        self, account: Account, feed: str, step: Callable[[], Awaitable[float]]
    ) -> None:
        while not self._stopping.is_set():
            pause_s = account.flow.poll_s
            try:
                pause_s = await step()
                self.progress_at = self._clock.monotonic()
            except StoreError as error:
                self._log.warning("store.unavailable", feed=account.name, cause=str(error))
            except Exception as error:  # noqa: BLE001 - a feed must outlive a connector's bug
                self._log.warning(
                    "pull.failed", account=account.name, kind=feed, error=type(error).__name__
                )
            if pause_s:
                await self._pause(pause_s)

    async def _relay_loop(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._work.relay()
                self.progress_at = self._clock.monotonic()
            except StoreError as error:
                self._log.warning("store.unavailable", loop="relay", cause=str(error))
            except Exception as error:  # noqa: BLE001 - nothing is woken again without this loop
                self._log.warning("relay.failed", error=type(error).__name__)
            await self._pause(self._pace.relay_s)

    async def _operation_loop(self, account: Account) -> None:
        while account.connector.operations and not self._stopping.is_set():
            try:
                await self._work.operate(account)
            except StoreError as error:
                self._log.warning("store.unavailable", loop="operations", cause=str(error))
            await self._pause(self._pace.relay_s)

    async def _probe_loop(self) -> None:
        """Try parked accounts again, so that a renewed key needs no restart."""
        while not self._stopping.is_set():
            await self._pause(self._pace.probe_s)
            for account in self._accounts.values():
                if account.parked and not account.paused and not self._stopping.is_set():
                    await self._try_again(account)

    async def _try_again(self, account: Account) -> None:
        try:
            report = await account.connector.probe()
            if report.ok:
                await self._parking.resume(account)
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            self._log.info("account.still_parked", account=account.name, error=type(error).__name__)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def stop(self) -> None:
        """Take nothing new, finish what is under way, stop."""
        self._stopping.set()
        await self._bus.close()
        lanes = (*self.sending.values(), *self._reading.values())
        await asyncio.gather(*(lane.close() for lane in lanes))
        self._outbound.close()
        for task in self._tasks:
            if task.get_name() == "outbound":
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
