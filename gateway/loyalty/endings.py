"""Endings: what an outcome makes of a row. Pure, but for the draw of the jitter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.contract import Missing
from gateway.loyalty.perform import (
    Counted,
    Denied,
    Freed,
    Held,
    Lapsed,
    Later,
    NotYet,
    Outcome,
)
from gateway.loyalty.sale import (
    MEMBER_UNKNOWN,
    PROCESSOR_REFUSED,
    UNAVAILABLE,
    begun_again,
    committed,
    dead,
    looked,
    not_reserved,
    postponed,
    reserved,
    undone,
)
from gateway.ports import SaleProgress, SaleRow
from gateway.sync.policy import RetryPolicy

LOOK_AGAIN_S = 10.0
"""Seconds after which a second look that finds nothing is believed."""

UNEXPLAINED = "unexplained"
_REPORT = "Report the fault of the connector; retry the sale when it is mended, or drop it."


@dataclass(frozen=True, slots=True)
class Endings:
    """Ends attempts. Units: ``hold_s`` seconds; ``draw`` gives a number in [0, 1)."""

    policy: RetryPolicy
    hold_s: float
    draw: Callable[[], float]

    def after(self, row: SaleRow, outcome: Outcome, *, now: datetime) -> SaleRow:
        """Return the version of a row that an outcome leads to."""
        match outcome:
            case Denied():
                return self._denied(row, outcome, now)
            case Later():
                return self._later(row, outcome, now)
            case NotYet():
                return looked(row, now=now, again_s=LOOK_AGAIN_S)
            case Held(kept):
                return reserved(row, kept, now=now, hold_s=self.hold_s)
            case Counted() | Freed() | Lapsed():
                return _done(row, outcome, now)

    def _denied(self, row: SaleRow, denied: Denied, now: datetime) -> SaleRow:
        if row.progress is SaleProgress.RESERVING:
            code = MEMBER_UNKNOWN if denied.code == Missing.__name__ else PROCESSOR_REFUSED
            return not_reserved(row, code, denied.cause, now=now, sent=False)
        if row.progress in {SaleProgress.COMMITTING, SaleProgress.CANCELLING}:
            return dead(row, denied.code, denied.cause, denied.remedy, now=now)
        # What a counted sale may hold from before is no reason to call the sale itself refused.
        return postponed(
            row, now=now, after_s=self.policy.cap_s, unknown=row.unknown, cause=denied.cause
        )

    def _later(self, row: SaleRow, later: Later, now: datetime) -> SaleRow:
        if row.progress is SaleProgress.RESERVING:
            return not_reserved(row, UNAVAILABLE, later.cause, now=now, sent=later.unknown)
        if later.is_unexplained and row.attempts + 1 >= self.policy.unexplained:
            return dead(row, UNEXPLAINED, later.cause, _REPORT, now=now)
        after_s = self.policy.delay_s(row.attempts + 1, draw=self.draw, asked_s=later.retry_after_s)
        return postponed(
            row, now=now, after_s=after_s, unknown=row.unknown or later.unknown, cause=later.cause
        )


def _done(row: SaleRow, outcome: Counted | Freed | Lapsed, now: datetime) -> SaleRow:
    match outcome:
        case Counted(kept):
            return committed(row, kept, now=now)
        case Freed():
            return undone(row, now=now)
        case Lapsed():
            return begun_again(row, now=now)
