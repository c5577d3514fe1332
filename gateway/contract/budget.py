"""Budget: an account's share of the vendor's limit, used to the full and never broken.

A limit of N calls in any S seconds is kept by even spacing of S/N seconds and a little more (the
virtual scheduling form of the generic cell rate algorithm, without burst): N + 1 calls in a row
then span more than S seconds. The little more pays for calls that travel faster than the last one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeAlias

from gateway.contract.manifest import RateLimit

if TYPE_CHECKING:
    # The context names the HTTP client, which names the budget: an arrow for the type checker only.
    from gateway.contract.context import Clock

SAFETY = 0.97
"""Part of the limit that is used: the rest is room for jitter on the way."""

Sleep: TypeAlias = Callable[[float], Awaitable[None]]
Reserve: TypeAlias = Callable[[int], Awaitable[float]]
"""Reserve the next slot for so many calls: seconds from now until they may leave, at least 0."""


class Slots(Protocol):
    """The slots of many budgets, shared between processes; the store keeps them."""

    async def __call__(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take the next slots for so many calls; return the seconds until the first of them."""


READING: ContextVar[bool] = ContextVar("gateway_reading", default=False)
"""True while calls serve to learn what happened at a vendor; see ``FairTurn``."""


class Budget(Protocol):
    """Rate budget of one account, shared by everything that calls with the account's key."""

    async def acquire(self, calls: int = 1, *, operation: str = "") -> None:
        """Wait until ``calls`` calls may leave. Fair: readers and writers in turn, in order.

        ``operation`` is the vendor's name of what is called, for limits that count by it.
        """

    def rest(self, seconds: float) -> None:
        """Let nothing leave for ``seconds`` from now: the vendor said so (Retry-After)."""


class Spacing:
    """The slots of one limit, in memory. Units: moments in seconds of the monotonic clock.

    Slots for several calls at once keep a distance as if the calls had left one by one on either
    side of the slot, so that no window around it holds too many.
    """

    def __init__(self, limit: RateLimit, *, safety: float = SAFETY) -> None:
        if limit.calls < 1 or limit.per_s <= 0 or not 0 < safety <= 1:
            msg = "rate limit: calls and per_s must be positive and safety in (0, 1]"
            raise ValueError(msg)
        self.most = limit.calls
        self.interval_s = limit.per_s / limit.calls / safety
        # Our own late wake-ups may eat half of the spare time; the other half is the road's.
        self._grace_s = (self.interval_s * limit.calls - limit.per_s) / 2
        self._next = float("-inf")

    def take(self, calls: int, *, now: float) -> float:
        """Take the first slot at or after ``now`` and return its moment."""
        slot = max(now, self._next + (calls - 1) * self.interval_s)
        self._next = slot + calls * self.interval_s
        return slot

    def left(self, calls: int, *, at: float) -> None:
        """Move later slots when calls left later than theirs, so that they cannot bunch up."""
        self._next = max(self._next, at - self._grace_s + calls * self.interval_s)


class FairTurn:
    """A lock with two queues, readers and writers, that are served in turn (pattern: fair queue).

    Each queue is first come first served. Without it, a backlog of writes would keep the feeds
    waiting in one long line, and the gateway would write for minutes without hearing what people
    did meanwhile.
    """

    def __init__(self) -> None:
        self._queues: dict[bool, deque[asyncio.Future[None]]] = {True: deque(), False: deque()}
        self._is_taken = False
        self._last = False

    async def __aenter__(self) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        ticket = asyncio.get_running_loop().create_future()
        queue = self._queues[READING.get()]
        queue.append(ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            if ticket in queue:
                queue.remove(ticket)
            elif not ticket.cancelled():
                self._pass_on()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        while queue := self._queues[not self._last] or self._queues[self._last]:
            self._last = queue is self._queues[True]
            ticket = queue.popleft()
            if not ticket.done():
                ticket.set_result(None)
                return
        self._is_taken = False


class PacedBudget:
    """Budget of one process: evenly spaced, first come first served, no burst (pattern: throttler).

    Safe for concurrent use on one event loop; readers and writers take turns. With ``reserve`` the
    slots are shared with other processes as well: it is asked for each acquisition, one at a time,
    and the later of its slot and our own counts; our own keeps the limit within this process even
    when it wakes up late.
    """

    def __init__(
        self,
        limit: RateLimit,
        clock: Clock,
        *,
        safety: float = SAFETY,
        reserve: Reserve | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._spacing = Spacing(limit, safety=safety)
        self._clock = clock
        self._reserve = self.reserve if reserve is None else reserve
        self._is_shared = reserve is not None
        self._sleep = sleep
        self._turn = FairTurn()
        self._rest_until = float("-inf")

    async def reserve(self, calls: int) -> float:
        """Reserve the next slot of this process alone; see ``Reserve``."""
        now = self._clock.monotonic()
        return self._spacing.take(calls, now=now) - now

    async def acquire(self, calls: int = 1, *, operation: str = "") -> None:
        """Wait until ``calls`` calls may leave, whatever their operation.

        Raises: ``ValueError`` for more calls at once than the limit allows in its whole window.
        """
        del operation
        if not 1 <= calls <= self._spacing.most:
            msg = f"calls must be between 1 and {self._spacing.most}, the vendor's limit"
            raise ValueError(msg)
        async with self._turn:
            wait_s = await self._reserve(calls)
            if self._is_shared:
                wait_s = max(wait_s, await self.reserve(calls))
            slot = self._clock.monotonic() + wait_s
            while (wait_s := max(slot, self._rest_until) - self._clock.monotonic()) > 0:
                await self._sleep(wait_s)
            self._spacing.left(calls, at=self._clock.monotonic())

    def rest(self, seconds: float) -> None:
        """Let nothing leave for ``seconds`` from now; a longer rest under way stays."""
        self._rest_until = max(self._rest_until, self._clock.monotonic() + seconds)


class UnlimitedBudget:
    """Budget of an account whose vendor names no limit; it still rests when the vendor asks."""

    def __init__(self, clock: Clock, *, sleep: Sleep = asyncio.sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._rest_until = float("-inf")

    async def acquire(self, calls: int = 1, *, operation: str = "") -> None:
        """Return at once, or after the rest; nothing else matters here."""
        del calls, operation
        while (wait_s := self._rest_until - self._clock.monotonic()) > 0:
            await self._sleep(wait_s)

    def rest(self, seconds: float) -> None:
        """Let nothing leave for ``seconds`` from now; a longer rest under way stays."""
        self._rest_until = max(self._rest_until, self._clock.monotonic() + seconds)


class OperationBudgets:
    """Budgets of an account whose vendor counts each operation by itself, made as they are met.

    A rest is one for all operations: the vendor's word on it does not name one.
    """

    def __init__(self, make: Callable[[str], Budget], rests: UnlimitedBudget) -> None:
        self._make = make
        self._rests = rests
        self._budgets: dict[str, Budget] = {}

    async def acquire(self, calls: int = 1, *, operation: str = "") -> None:
        """Wait until ``calls`` calls of ``operation`` may leave."""
        await self._rests.acquire()
        budget = self._budgets.get(operation)
        if budget is None:
            budget = self._budgets[operation] = self._make(operation)
        await budget.acquire(calls, operation=operation)

    def rest(self, seconds: float) -> None:
        """Let nothing leave for ``seconds`` from now; a longer rest under way stays."""
        self._rests.rest(seconds)
        for budget in self._budgets.values():
            budget.rest(seconds)


def account_budget(
    account: str, limit: RateLimit | None, *, clock: Clock, slots: Slots | None = None
) -> Budget:
    """Make the budget of an account; with ``slots`` it is shared with other processes."""
    if limit is None:
        return UnlimitedBudget(clock)
    interval_s = limit.per_s / limit.calls / SAFETY

    def paced(operation: str = "") -> Budget:
        if slots is None:
            return PacedBudget(limit, clock)
        name = f"{account} {operation}" if operation else account

        async def reserve(calls: int) -> float:
            return await slots(name, calls=calls, interval_s=interval_s)

        return PacedBudget(limit, clock, reserve=reserve)

    if limit.by_operation:
        return OperationBudgets(paced, UnlimitedBudget(clock))
    return paced()
