"""Periods: months, weeks and days of a report. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gateway.ops.faults import Refused

MOST_PERIODS = 750
"""Two years of days: more make no page and no chart."""
_DEFAULT = {"month": 12, "week": 13, "day": 31}
_YEARS = range(1990, 2100)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


class By(StrEnum):
    """How long a period is."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Period:
    """A period: its first day, and the day after its last."""

    since: date
    until: date


def start_of(day: date, by: By) -> date:
    """Return the first day of the period in which a day lies; weeks begin on Monday."""
    if by is By.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if by is By.WEEK else day


def after(start: date, by: By) -> date:
    """Return the first day of the next period."""
    if by is By.MONTH:
        return (start + timedelta(days=31)).replace(day=1)
    return start + (_WEEK if by is By.WEEK else _DAY)


def periods(since: date | None, until: date | None, by: By, *, today: date) -> tuple[Period, ...]:
    """Return whole periods from the one of ``since`` to the one of ``until``, the last day.

    Without them: the last 12 months, 13 weeks or 31 days. Raises ``Refused``.
    """
    for day in (since, until):
        if day is not None and day.year not in _YEARS:
            msg = f"{day.year} is no year of a shop: name one from {_YEARS[0]} to {_YEARS[-1]}"
            raise Refused(msg)
    last = start_of(until or today, by)
    if since is None:
        since = last
        for _ in range(_DEFAULT[by] - 1):
            since = start_of(since - _DAY, by)
    first = start_of(since, by)
    if first > last:
        msg = "the first day is after the last: swap them"
        raise Refused(msg)
    made: list[Period] = []
    for one in _walked(first, last, by):
        made.append(one)
        if len(made) > MOST_PERIODS:
            msg = f"more than {MOST_PERIODS} periods: choose longer ones, or fewer days"
            raise Refused(msg)
    return tuple(made)


def _walked(first: date, last: date, by: By) -> Iterator[Period]:
    while first <= last:
        following = after(first, by)
        yield Period(first, following)
        first = following
