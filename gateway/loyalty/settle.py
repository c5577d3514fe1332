"""Settle: end what was begun, in the order of the sale and of the till.

What a caller handed in is told to a processor one after another: the first that cannot be told now
holds the later ones, and one that is refused for good does not. What is to be undone, and a
reservation that nobody closed, wait for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from gateway.contract import Clock, GatewayError, Log, StoreError
from gateway.loyalty.advance import Advancer
from gateway.loyalty.book import Book, Past
from gateway.loyalty.turns import Turns
from gateway.ports import SaleProgress, SaleRow

AT_ONCE = 32
CALL_S = 30.0
"""Seconds that the settler waits for a call before it takes another in its place."""
TICK_S = 1.0
_MOST_READ = 500


@dataclass(slots=True)
class Settler:
    """Looks at rows whose time came, a bounded number at once."""

    book: Book
    turns: Turns
    advancer: Advancer
    past: Past
    clock: Clock
    log: Log
    at_once: int = AT_ONCE
    _lanes: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        """Let late answers wake the settler."""
        self._gate = asyncio.Semaphore(self.at_once)
        self.advancer.wake = self.wake

    def wake(self) -> None:
        """Look soon."""
        self._woken.set()

    async def run(self) -> None:
        """Settle until cancelled."""
        while True:
            self._woken.clear()
            self.begin()
            try:
                async with asyncio.timeout(TICK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def refresh(self) -> None:
        """Take over what others changed: another process, or an operator's hand.

        Raises nothing: a store that is away is asked again later.
        """
        try:
            self.book.load(await self.past.due(now=self.clock.now(), limit=_MOST_READ))
        except StoreError as error:
            self.log.warning("till.refresh_postponed", cause=str(error))

    def begin(self) -> None:
        """Start what is due and not under way."""
        now = self.clock.now()
        for lane, rows in self._waiting(now).items():
            if lane not in self._lanes:
                task = asyncio.create_task(self._walk(rows))
                self._lanes[lane] = task
                task.add_done_callback(partial(self._left, lane))

    async def settled(self) -> None:
        """Wait until what was started has ended."""
        while self._lanes:
            await asyncio.wait(set(self._lanes.values()))
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Start nothing more and end what waits between two rows; calls go on by themselves."""
        for task in self._lanes.values():
            task.cancel()
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    def _waiting(self, now: datetime) -> Mapping[tuple[str, str], Sequence[SaleRow]]:
        """Return what is due by lane: closed ones by caller and processor, others each alone."""
        lanes: dict[tuple[str, str], list[SaleRow]] = {}
        for row in self.book.open_rows():
            if row.progress is SaleProgress.COMMITTING:
                lanes.setdefault((row.caller, row.processor), []).append(row)
            elif _is_due(row, now) and not self.turns.is_busy(row.id):
                lanes["", row.id] = [row]
        for rows in lanes.values():
            rows.sort(key=lambda row: row.place)
        return {lane: rows for lane, rows in lanes.items() if self._may_begin(rows[0], now)}

    def _may_begin(self, row: SaleRow, now: datetime) -> bool:
        processor = self.advancer.processors.get(row.processor)
        rests = processor is not None and processor.circuit.is_open
        return not rests and _is_due(row, now) and not self.turns.is_busy(row.id)

    async def _walk(self, rows: Sequence[SaleRow]) -> None:
        """Settle rows in order until one has to wait."""
        for row in rows:
            known = self.book.known(row.id)
            if known is None or known.due_at is None:
                continue
            if not self._may_begin(known, self.clock.now()):
                return
            async with self._gate:
                await self.turns.run([row.id], partial(self._one, row.id))
                await self.turns.quiet(row.id, until=self.clock.monotonic() + CALL_S)
            left = self.book.known(row.id)
            is_held = left is not None and left.progress is SaleProgress.COMMITTING
            if is_held and not _waits_for_sale(left, self.book):
                return

    async def _one(self, of: str) -> None:
        row = self.book.known(of)
        if row is not None and _is_due(row, self.clock.now()):
            await self.advancer.due(row)

    def _left(self, lane: tuple[str, str], task: asyncio.Task[None]) -> None:
        self._lanes.pop(lane, None)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, GatewayError):
            self.log.warning("till.settling_failed", error=type(error).__name__)


def _is_due(row: SaleRow, now: datetime) -> bool:
    return row.due_at is not None and row.due_at <= now


def _waits_for_sale(row: SaleRow | None, book: Book) -> bool:
    """Tell whether a return waits for its sale, which may be in another till's order."""
    sale = book.known(row.of) if row is not None and row.of else None
    return sale is not None and sale.progress not in {
        SaleProgress.COMMITTED,
        SaleProgress.CANCELLED,
    }
