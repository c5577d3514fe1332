"""Spending: which share of a vendor's limit an account used, from the calls that left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.contract import RateLimit
from gateway.contract.steered import SteeredBudget, per_s
from gateway.ops.tally import CALLS, minute_of
from gateway.ops.usage import CALLS_OF
from gateway.ports import Slowed, TallyRow

WINDOW = timedelta(minutes=60)
_MINUTE_S, _HOUR_S = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls in a time. Units: seconds."""

    calls: int
    per_s: float
    by_operation: bool = False


@dataclass(frozen=True, slots=True)
class Spending:
    """Calls of the last full minute and the last sixty of them, and their share of the limit.

    Shape: shares are of 1 and ``None`` where the vendor names no limit. Where it counts operations
    by themselves, they are those of the busiest one. ``slowed`` is an operator's pace.
    """

    limit: Limit | None
    slowed: Limit | None
    slowed_by: str
    calls_minute: int
    calls_hour: int
    share_minute: float | None
    share_hour: float | None


def spending_of(
    budget: SteeredBudget | None,
    slowed: Slowed | None,
    rows: Iterable[TallyRow],
    *,
    now: datetime,
) -> Spending:
    """Sum up an account's minutes; those of other accounts and other figures are no harm."""
    end = minute_of(now)
    last, hour = Counter[str](), Counter[str]()
    for row in rows:
        if row.what.startswith(CALLS) and end - WINDOW <= row.at < end:
            hour[row.what] += row.count
            if row.at == end - timedelta(minutes=1):
                last[row.what] += row.count
    limit = budget.limit if budget is not None else None
    return Spending(
        limit=limit_of(limit),
        slowed=Limit(slowed.calls, slowed.per_s) if slowed is not None else None,
        slowed_by=slowed.who if slowed is not None else "",
        calls_minute=last[CALLS],
        calls_hour=hour[CALLS],
        share_minute=_share(last, limit, _MINUTE_S),
        share_hour=_share(hour, limit, _HOUR_S),
    )


def limit_of(limit: RateLimit | None) -> Limit | None:
    """Return a limit as people are shown it."""
    return Limit(limit.calls, limit.per_s, limit.by_operation) if limit is not None else None


def _share(calls: Counter[str], limit: RateLimit | None, seconds: float) -> float | None:
    allowed = per_s(limit)
    if limit is None or allowed is None:
        return None
    counted = calls[CALLS]
    if limit.by_operation:
        counted = max((n for what, n in calls.items() if what.startswith(CALLS_OF)), default=0)
    return round(counted / (allowed * seconds), 4)
