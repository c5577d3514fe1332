"""Trend: how many came in each of the last days or hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

DAY_S, HOUR_S = 86_400, 3600
DAYS, HOURS = 14, 24


@dataclass(frozen=True, slots=True)
class Trend:
    """Spans of ``span_s`` seconds from ``since`` on, ``spans`` of them; the last is the present."""

    since: datetime
    span_s: int
    spans: int

    @classmethod
    def days(cls, now: datetime, zone: tzinfo | None = None) -> Trend:
        """Return the last two weeks, in days of ``zone``.

        Where clocks are changed in these days, days before that begin an hour off.
        """
        today = now.astimezone(zone or now.tzinfo).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        return cls(today - timedelta(days=DAYS - 1), DAY_S, DAYS)

    @classmethod
    def hours(cls, now: datetime) -> Trend:
        """Return the last day, in full hours."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        return cls(hour - timedelta(hours=HOURS - 1), HOUR_S, HOURS)

    def spread(self, counts: Mapping[int, int]) -> tuple[int, ...]:
        """Return the count of each span, 0 where there was nothing."""
        return tuple(counts.get(span, 0) for span in range(self.spans))
