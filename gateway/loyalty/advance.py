"""Advance: take one row as far as its processor lets it, writing each step before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract import Clock, GatewayError, Log, Reason, StoreError
from gateway.loyalty.book import Book
from gateway.loyalty.endings import Endings
from gateway.loyalty.perform import (
    Counted,
    Denied,
    Held,
    Later,
    Outcome,
    close,
    free,
    give_back,
    hold,
)
from gateway.loyalty.processor import Processor, no_answer
from gateway.loyalty.sale import (
    EARNING_OFF,
    UNAVAILABLE,
    claimed,
    following,
    hold_ended,
    hold_of,
    not_reserved,
    not_told,
    points_of,
    round_of,
    undo_of,
    was_looked_up,
    with_kept,
)
from gateway.loyalty.turns import Turns
from gateway.ports import SaleKind, SaleProgress, SaleRow
from gateway.telemetry import NO_SPANS, Place, Spans, Subject

TURN_S = 0.2
"""Seconds for which the settler keeps a row to itself; its call goes on, and a till may step in."""

_MOST_STEPS = 6
_SETTLED = frozenset({SaleProgress.COMMITTED, SaleProgress.CANCELLED, SaleProgress.DEAD})
_AGREE = "Look why the sale was cancelled; sell it anew or drop the return."


class _Overtaken(Exception):
    """Another process has the row."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """How far a row came; ``reason`` why no further, ``None`` when it is settled or waits."""

    row: SaleRow
    reason: Reason | None = None


@dataclass(slots=True)
class Advancer:
    """Advances rows. ``wake`` is called when a row became due by itself."""

    book: Book
    turns: Turns
    processors: Mapping[str, Processor]
    endings: Endings
    clock: Clock
    log: Log
    wake: Callable[[], None] = lambda: None
    spans: Spans = NO_SPANS
    _late: set[asyncio.Task[None]] = field(default_factory=set)

    async def fresh(self, row: SaleRow, *, until: float) -> Advanced:
        """Advance a row that was written a moment ago and not sent yet, for a caller who waits."""
        return await self._guarded(row, until=until, is_fresh=True)

    async def due(self, row: SaleRow) -> Advanced:
        """Advance a row that was found on disk."""
        with self.spans.step(Place.SETTLE, row.processor) as step:
            about = {"sale": row.id, "progress": str(row.progress)}
            step.about([Subject(row.correlation_id, about)])
            return await self._guarded(row, until=self.clock.monotonic() + TURN_S, is_fresh=False)

    async def _guarded(self, row: SaleRow, *, until: float, is_fresh: bool) -> Advanced:
        try:
            if not is_fresh:
                row = await self._woken(row)
            return await self._advance(row, until=until, is_fresh=is_fresh)
        except _Overtaken:
            return Advanced(self.book.known(row.id) or row)
        except StoreError as error:
            # What the processor did is looked up when the row can be written again.
            self.log.warning("till.not_written", cause=str(error))
            return Advanced(self.book.known(row.id) or row, Reason.AWAY)

    async def _woken(self, row: SaleRow) -> SaleRow:
        """Return a row whose caller went away as one that is to be undone."""
        now = self.clock.now()
        if row.progress is SaleProgress.RESERVING:
            return await self._put(not_reserved(row, UNAVAILABLE, "", now=now, sent=True))
        if row.progress is SaleProgress.RESERVED:
            return await self._put(hold_ended(row, now=now))
        return row

    async def _advance(self, row: SaleRow, *, until: float, is_fresh: bool) -> Advanced:
        inline = is_fresh
        for _ in range(_MOST_STEPS):
            processor = self.processors.get(row.processor)
            if processor is None or processor.circuit.is_open:
                return Advanced(await self._given_up(row, sent=False), Reason.AWAY)
            sale = await self.book.look(row.of) if row.of else None
            if sale is not None and _must_wait_for(sale):
                return Advanced(row)
            unsent = self._unsent(row, sale)
            if unsent is not None:
                return Advanced(await self._put(unsent))
            probe = row.unknown and not is_fresh
            if not is_fresh and (_needs_claim(row) or not self.book.is_alone):
                row = await self._put(claimed(row, now=self.clock.now()))
            began = self.clock.monotonic()
            outcome = await self.turns.call(
                row.id, _work(processor, row, sale, probe=probe), until=until,
                late=self._late_end(row),
            )  # fmt: skip
            if outcome is None:
                processor.was_slow(until - began)
                return Advanced(await self._given_up(row, sent=True), Reason.SLOW)
            row, is_fresh = await self._ended(row, outcome), False
            if _is_over(row, self.clock) or (inline and row.progress in _SETTLED):
                reason = no_answer(outcome.error).reason if isinstance(outcome, Later) else None
                return Advanced(row, reason)
        return Advanced(row)

    def _unsent(self, row: SaleRow, sale: SaleRow | None) -> SaleRow | None:
        """Return how a return ends whose sale was never told to the processor."""
        if sale is None:
            return None
        now = self.clock.now()
        if sale.progress is SaleProgress.CANCELLED:
            gone = Denied("sale-cancelled", "the sale that is given back was cancelled", _AGREE)
            return self.endings.after(row, gone, now=now)
        return not_told(row, now=now) if sale.cause_code == EARNING_OFF else None

    async def _ended(self, row: SaleRow, outcome: Outcome) -> SaleRow:
        after = self.endings.after(row, outcome, now=self.clock.now())
        closes = isinstance(outcome, Counted) and row.progress is SaleProgress.COMMITTING
        if closes and self.book.is_alone:
            self.book.notes.put(after, instead_of=row)
            return after
        return await self._put(after)

    async def _given_up(self, row: SaleRow, *, sent: bool) -> SaleRow:
        """Return a row after its caller waited in vain: what it reserves is undone later."""
        if row.progress is not SaleProgress.RESERVING:
            return row
        now = self.clock.now()
        return await self._put(not_reserved(row, UNAVAILABLE, "", now=now, sent=sent))

    def _late_end(self, row: SaleRow) -> Callable[[Outcome], None]:
        def late(outcome: Outcome) -> None:
            task = asyncio.create_task(self._end_late(row, outcome))
            self._late.add(task)
            task.add_done_callback(self._late.discard)

        return late

    async def _end_late(self, row: SaleRow, outcome: Outcome) -> None:
        """Take an answer in that nobody waits for any more, unless the row has moved on."""
        try:
            await self.turns.run([row.id], lambda: self._reconciled(row, outcome))
        except (GatewayError, _Overtaken) as error:
            self.log.warning("till.late_answer_lost", error=type(error).__name__)
        self.wake()

    async def _reconciled(self, row: SaleRow, outcome: Outcome) -> None:
        known = self.book.known(row.id) or row
        if known.version == row.version:
            await self._ended(known, outcome)
        elif isinstance(outcome, Held) and _is_undoing(known, round_of(row)):
            now = self.clock.now()
            await self._put(following(known, now, kept=with_kept(known, outcome.kept), due_at=now))

    async def _put(self, row: SaleRow) -> SaleRow:
        (written,) = await self.book.write([row])
        if not written:
            raise _Overtaken
        return row


def _work(
    processor: Processor, row: SaleRow, sale: SaleRow | None, *, probe: bool
) -> Coroutine[Any, Any, Outcome]:
    """Return the call that a row needs next.

    What an earlier round holds is freed before points are blocked anew, and after a sale that needs
    none is counted.
    """
    closing = row.progress is SaleProgress.COMMITTING
    frees = undo_of(row) is not None and (not closing or bool(points_of(row.content)))
    if row.progress is SaleProgress.RESERVING:
        return hold(processor, row)
    if frees or not closing:
        return free(processor, row, believes_none=was_looked_up(row))
    if row.kind is SaleKind.REFUND:
        return give_back(processor, row, sale, probe=probe)
    return close(processor, row, probe=probe)


def _must_wait_for(sale: SaleRow) -> bool:
    """Tell whether a return has to wait: its sale is not counted yet, or a person decides."""
    return sale.progress not in {SaleProgress.COMMITTED, SaleProgress.CANCELLED}


def _needs_claim(row: SaleRow) -> bool:
    return row.progress is SaleProgress.COMMITTING and not row.unknown


def _is_over(row: SaleRow, clock: Clock) -> bool:
    return row.due_at is None or row.due_at > clock.now()


def _is_undoing(row: SaleRow, nth: int) -> bool:
    return row.progress is SaleProgress.CANCELLING and round_of(row) == nth and hold_of(row) is None
