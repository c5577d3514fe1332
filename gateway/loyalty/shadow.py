"""Shadow: a second processor is asked for the same, compared, and changes nothing.

A shop that moves to another processor sees before the move where the two differ. It is asked after
the answer was given, one after another and never more than a few wait; what is written down are
counts and names of fields, no values of members.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from gateway.canonical import BonusAccount, Kind
from gateway.contract import Clock, Log, Member, Quote, StoreError, TillRefused
from gateway.loyalty.processor import NoAnswer, Processor
from gateway.ports import JournalRow, Store
from gateway.telemetry.till_metrics import TillMetrics

R = TypeVar("R")
MOST_WAITING = 100
MOST_TOLD = 20
PERIOD_S = 60.0
WITHIN_S = 5.0
EQUAL, DIFFERS, UNANSWERED, LEFT_OUT = "equal", "differs", "unanswered", "left_out"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to ask the shadow, and how its answer differs from the processor's: names of fields."""

    step: str
    processor: str
    shadow: Processor
    differing: Callable[[], Awaitable[Sequence[str]]]
    correlation_id: str = ""


@dataclass(slots=True)
class Shadow:
    """Compares in the background."""

    store: Store
    clock: Clock
    log: Log
    metrics: TillMetrics
    _queue: asyncio.Queue[Comparison] = field(
        default_factory=lambda: asyncio.Queue(maxsize=MOST_WAITING)
    )
    _told: int = 0
    _silent: Counter[str] = field(default_factory=Counter)
    _period_ends: float = float("-inf")

    def compare(
        self,
        step: str,
        processor: str,
        shadow: Processor | None,
        call: Callable[[Processor], Awaitable[R]],
        differing: Callable[[R], Sequence[str]],
        *,
        correlation_id: str = "",
    ) -> None:
        """Compare later, or not at all when too much waits; never waits and never fails."""
        if shadow is None:
            return
        other = shadow

        async def ask() -> Sequence[str]:
            return differing(await other.read(lambda: call(other), within_s=WITHIN_S))

        try:
            self._queue.put_nowait(Comparison(step, processor, shadow, ask, correlation_id))
        except asyncio.QueueFull:
            self._count(shadow.name, LEFT_OUT)

    async def run(self) -> None:
        """Compare until cancelled."""
        while True:
            await self.one(await self._queue.get())

    async def drain(self) -> None:
        """Compare all that waits."""
        while not self._queue.empty():
            await self.one(self._queue.get_nowait())

    async def one(self, comparison: Comparison) -> None:
        """Ask, compare, count, and write a difference down."""
        name = comparison.shadow.name
        try:
            fields = await comparison.differing()
        except (NoAnswer, TillRefused) as error:
            self._count(name, UNANSWERED)
            fields = ["refused"] if isinstance(error, TillRefused) else []
        else:
            self._count(name, DIFFERS if fields else EQUAL)
        if fields:
            await self._tell(comparison, fields)

    async def _tell(self, comparison: Comparison, fields: Sequence[str]) -> None:
        now = self.clock.monotonic()
        if now >= self._period_ends:
            self._told, self._period_ends = 0, now + PERIOD_S
        name = comparison.shadow.name
        if self._told >= MOST_TOLD:
            self._silent[name] += 1
            return
        self._told += 1
        detail: dict[str, Any] = {
            "step": comparison.step, "processor": comparison.processor, "fields": list(fields),
        }  # fmt: skip
        left_out = self._silent.pop(name, 0)
        if left_out:
            detail["not_written"] = left_out
        row = JournalRow(
            self.clock.now(), "", Kind.CUSTOMER, name, "shadow", DIFFERS,
            comparison.correlation_id, detail,
        )  # fmt: skip
        try:
            await self.store.run(lambda tx: tx.write_journal([row]))
        except StoreError:
            self._silent[name] += 1 + left_out

    def _count(self, shadow: str, result: str) -> None:
        self.metrics.shadowed(account=shadow, result=result)


def members_differ(mine: Member | None, other: Member | None) -> Sequence[str]:
    """Name what differs between two processors' members: there or not, and the balances."""
    if mine is None or other is None:
        return [] if mine is other else ["found"]
    return balances_differ(mine.customer.bonuses, other.customer.bonuses)


def balances_differ(mine: Sequence[BonusAccount], other: Sequence[BonusAccount]) -> Sequence[str]:
    """Name what differs between balances; programmes are named differently, so sums count."""
    return [
        name
        for name in ("available", "pending", "blocked")
        if _points(mine, name) != _points(other, name)
    ]


def quotes_differ(mine: Quote, other: Quote) -> Sequence[str]:
    """Name what differs between two quotes."""
    named: list[str] = []
    if mine.total != other.total:
        named.append("total")
    named += [
        name
        for name in ("points_earned", "available", "spendable")
        if getattr(mine, name) != getattr(other, name)
    ]
    if _by_line(mine) != _by_line(other):
        named.append("lines")
    return named


def _points(accounts: Sequence[BonusAccount], name: str) -> Decimal:
    told = (getattr(one, name) for one in accounts)
    return sum((one.points for one in told if one is not None), Decimal(0))


def _by_line(quote: Quote) -> dict[str, list[tuple[Decimal, Decimal]]]:
    lines: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for line in quote.lines:
        earned = line.points_earned.points if line.points_earned is not None else Decimal(0)
        lines.setdefault(line.id, []).append((line.price.amount, earned))
    return lines
