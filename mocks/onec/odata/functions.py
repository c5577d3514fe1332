"""Functions of ``$filter``: name, kinds of the arguments, kind of the result (reference, 1.4).

Anything else (``tolower``, ``length``, ``indexof`` …) does not exist.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Function:
    """A function over plain values; an argument that is None makes the result None."""

    takes: tuple[str, ...]
    gives: str
    work: Callable[..., Any]


def _part(read: Callable[[datetime], int]) -> Function:
    return Function(("date",), "number", lambda text: read(datetime.fromisoformat(text)))


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    signs = {"%": ".*", "_": "."}
    return re.compile("".join(signs.get(one, re.escape(one)) for one in text), re.DOTALL)


def _add(text: str, unit: str, count: float) -> str | None:
    moment = datetime.fromisoformat(text)
    if unit in _SECONDS:
        return (moment + timedelta(seconds=_SECONDS[unit] * int(count))).isoformat()
    if unit not in _MONTHS:
        return None
    month = moment.year * 12 + moment.month - 1 + _MONTHS[unit] * int(count)
    year, month = divmod(month, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day).isoformat()


def _difference(first: str, second: str, unit: str) -> int | None:
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(second)
    if unit in _MONTHS:
        step = _MONTHS[unit]
        months = [(one.year * 12 + one.month - 1) // step for one in (start, end)]
        return months[1] - months[0]
    if unit not in _SECONDS:
        return None
    step = _SECONDS[unit]
    base = datetime(1, 1, 1)  # noqa: DTZ001 - times of an infobase have no zone
    counts = [int((one - base).total_seconds()) // step for one in (start, end)]
    return counts[1] - counts[0]


_TWO_STRINGS = ("string", "string")

FUNCTIONS: Mapping[str, Function] = {
    "concat": Function(_TWO_STRINGS, "string", lambda first, second: first + second),
    "endswith": Function(_TWO_STRINGS, "bool", lambda text, end: text.endswith(end)),
    "startswith": Function(_TWO_STRINGS, "bool", lambda text, start: text.startswith(start)),
    "substringof": Function(_TWO_STRINGS, "bool", lambda part, text: part in text),
    "like": Function(
        _TWO_STRINGS, "bool", lambda text, mask: _pattern(mask).fullmatch(text) is not None
    ),
    "substring": Function(
        ("string", "number", "number"),
        "string",
        lambda text, start, count=None: text[
            int(start) - 1 : None if count is None else int(start) - 1 + int(count)
        ],
    ),
    "year": _part(lambda moment: moment.year),
    "quarter": _part(lambda moment: (moment.month + 2) // 3),
    "month": _part(lambda moment: moment.month),
    "day": _part(lambda moment: moment.day),
    "hour": _part(lambda moment: moment.hour),
    "minute": _part(lambda moment: moment.minute),
    "second": _part(lambda moment: moment.second),
    "dayofweek": _part(lambda moment: moment.isoweekday()),
    "dayofyear": _part(lambda moment: moment.timetuple().tm_yday),
    "dateadd": Function(("date", "string", "number"), "date", _add),
    "datedifference": Function(("date", "date", "string"), "number", _difference),
    "round": Function(("number", "number"), "number", lambda value, digits=0: round(value, digits)),
}
OPTIONAL_LAST = frozenset({"substring", "round"})
