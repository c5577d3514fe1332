"""Figures: what happened over time, for charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.contract import Clock
from gateway.ops.tally import (
    CALLS,
    FAILED,
    HOUR,
    LEASE,
    MINUTE,
    RECEIVED,
    RETRIED,
    SOLD,
    TOLD,
    Progress,
    hour_of,
    minute_of,
)
from gateway.ports import Grain, Store, Tx

WHATS = (RECEIVED, TOLD, RETRIED, FAILED, SOLD, CALLS)


class Span(StrEnum):
    """How far a chart looks back."""

    HOUR = "1h"
    THREE_HOURS = "3h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


_LONG = {
    Span.HOUR: timedelta(hours=1), Span.THREE_HOURS: timedelta(hours=3),
    Span.DAY: timedelta(days=1), Span.WEEK: timedelta(days=7), Span.MONTH: timedelta(days=30),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of happening over time: a value per time, ``None`` where none is known yet."""

    what: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """Figures over the same times. ``grain_s``: how many seconds each of them stands for."""

    account: str
    grain_s: int
    times: tuple[datetime, ...]
    figures: tuple[Figure, ...]

    def of(self, what: str) -> tuple[int | None, ...]:
        """Return the values of one kind."""
        return next(one.values for one in self.figures if one.what == what)


@dataclass(frozen=True, slots=True)
class Figures:
    """Reads the tally."""

    store: Store
    clock: Clock

    async def show(
        self, span: Span, *, account: str | None = None, whats: Sequence[str] = WHATS
    ) -> SeriesView:
        """Return the figures of an account, or of all together."""
        return await self.store.read(lambda tx: self.look(tx, span, account=account, whats=whats))

    def look(
        self, tx: Tx, span: Span, *, account: str | None = None, whats: Sequence[str] = WHATS
    ) -> SeriesView:
        """As ``show``, in a transaction."""
        now = self.clock.now()
        is_fine = _LONG[span] <= timedelta(hours=3)
        step = MINUTE if is_fine else HOUR
        # The hour under way is shown as it is; a minute is not: its half would look like a fall.
        end = minute_of(now) if is_fine else hour_of(now) + HOUR
        times = [end - step * back for back in range(_LONG[span] // step, 0, -1)]
        grain = Grain.MINUTE if is_fine else Grain.HOUR
        rows = tx.tally(grain=grain, since=times[0], until=end, whats=whats, account=account)
        counts: dict[tuple[str, datetime], int] = {}
        for row in rows:
            counts[row.what, row.at] = counts.get((row.what, row.at), 0) + row.count
        known = _counted_until(tx)
        figures = tuple(
            Figure(
                what,
                tuple(
                    counts.get((what, at), 0 if known is not None and at < known else None)
                    for at in times
                ),
            )
            for what in whats
        )
        return SeriesView(account or "", int(step.total_seconds()), tuple(times), figures)


def _counted_until(tx: Tx) -> datetime | None:
    found = tx.checkpoint("", LEASE)
    return Progress.read(found.cursor).first if found is not None and found.cursor else None
