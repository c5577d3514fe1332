"""Steps: a call about one sale or return, decided, on disk, and begun, within the caller's time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from gateway.contract import Deal, Degraded, Reason, Stage, StoreError, TillBusy, TillRefused
from gateway.loyalty.advance import Advanced
from gateway.loyalty.decide import RESERVE, Ask
from gateway.loyalty.sale import EARNING_OFF, REFUSALS, deal_of
from gateway.loyalty.serving import Counted, Serving
from gateway.ports import SaleProgress, SaleRow

Decide: TypeAlias = Callable[[SaleRow | None, Ask], SaleRow | None]

STORE_FULL, STORE_SLOW, TAKEN = "store-full", "store-slow", "sale-busy"
AGAIN_S = 2.0
MOST_TRIES = 4
ENDING = frozenset({SaleProgress.RESERVING, SaleProgress.COMMITTING, SaleProgress.CANCELLING})
_PENDING = frozenset({Stage.ACCEPTED, Stage.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Steps:
    """Takes steps."""

    serving: Serving

    async def take(self, ask: Ask, decide: Decide, until: float, call: Counted) -> Deal:
        """Take a step and answer in time; what was begun goes on."""
        serving = self.serving
        before = serving.book.known(ask.row_id)
        try:
            advanced, is_new = await serving.turns.run(
                [ask.row_id], partial(self._taken, ask, decide, until), until=until
            )
        except TimeoutError:
            row = serving.book.known(ask.row_id)
            if row is None or row is before:
                msg = "the receipt could not be put on disk in time"
                raise TillBusy(STORE_SLOW, msg, retry_after_s=AGAIN_S) from None
            advanced, is_new = Advanced(row, Reason.SLOW), True
        row = advanced.row
        if not is_new and row.progress in ENDING:
            await serving.turns.quiet(ask.row_id, until=until)
            row = serving.book.known(ask.row_id) or row
        is_refused = row.progress is SaleProgress.CANCELLED and row.cause_code in REFUSALS
        if is_refused and ask.step == RESERVE:
            raise TillRefused(row.cause_code, row.cause)
        deal = deal_of(row, replayed=not is_new)
        call.reason = _reason(row, deal, advanced.reason)
        return replace(deal, degraded=Degraded(call.reason)) if call.reason else deal

    async def _taken(self, ask: Ask, decide: Decide, until: float) -> tuple[Advanced, bool]:
        """Write what a step begins and begin it; False where the same was asked before."""
        serving = self.serving
        for _ in range(MOST_TRIES):
            try:
                row = await serving.book.find(ask.row_id, at=ask.at)
                following = decide(row, ask)
                if following is None:
                    return Advanced(_there(row)), False
                (written,) = await serving.book.write([following])
            except StoreError as error:
                raise full(error) from error
            if not written:
                continue
            if following.progress not in ENDING:
                return Advanced(following), True
            is_undone = following.progress is SaleProgress.CANCELLING
            if is_undone and serving.turns.is_called(following.id):
                # A reserve on its way may still block points; its own answer frees them (settle).
                return Advanced(following, Reason.SLOW), True
            advanced = await serving.advancer.fresh(following, until=until)
            if advanced.row.due_at is not None:
                serving.advancer.wake()
            return advanced, True
        msg = "another process has the sale: repeat the call"
        raise TillBusy(TAKEN, msg, retry_after_s=AGAIN_S)


def _there(row: SaleRow | None) -> SaleRow:
    if row is None:
        msg = "a step was decided to be a repeat of nothing"
        raise AssertionError(msg)
    return row


def _reason(row: SaleRow, deal: Deal, reason: Reason | None) -> Reason | None:
    if row.cause_code == EARNING_OFF:
        return Reason.OFF
    return (reason or Reason.AWAY) if deal.stage in _PENDING else None


def full(error: StoreError) -> TillBusy:
    """Return what a till is told while nothing can be put on disk."""
    del error
    msg = "nothing can be put on disk now: repeat the call with the same key"
    return TillBusy(STORE_FULL, msg, retry_after_s=AGAIN_S)
