"""Cursor: how far somebody has followed the journal, and which numbers may still come.

PostgreSQL gives a sentence its number before its transaction ends, so a later number may be seen
first. A follower notes the numbers that were missing and looks for them again for a while; most of
them never come, because their transaction was undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from gateway.ops.faults import Refused

PATIENCE_S = 60
"""Seconds for which a missing number is looked for: longer than any transaction that writes."""
_LONGEST = 200
"""The most numbers of one gap that are looked for, the last ones."""
_FORM = re.compile(r"\d{1,18}(?:_\d{1,18}-\d{1,18}-\d{1,12}){0,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that were not there, both ends included; ``noted`` in seconds since 1970."""

    low: int
    high: int
    noted: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """All up to ``last`` was looked at, but for the ``gaps``."""

    last: int
    gaps: tuple[Gap, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a cursor. Raises ``Refused`` for what is none."""
        if not _FORM.fullmatch(text):
            msg = "this is no place in the journal: begin again without `cursor`"
            raise Refused(msg)
        last, *rest = text.split("_")
        gaps = (Gap(*map(int, one.split("-"))) for one in rest)
        return cls(
            int(last),
            tuple(replace(one, low=max(one.low, one.high - _LONGEST + 1)) for one in gaps),
        )

    def __str__(self) -> str:
        gaps = "".join(f"_{gap.low}-{gap.high}-{gap.noted}" for gap in self.gaps)
        return f"{self.last}{gaps}"


def unfilled(gaps: Iterable[Gap], ids: Sequence[int], now: datetime) -> tuple[Gap, ...]:
    """Return what is still missing when ``ids`` have come; gaps that are too old are given up."""
    left: list[Gap] = []
    for gap in gaps:
        if now.timestamp() - gap.noted > PATIENCE_S:
            continue
        low = max(gap.low, gap.high - _LONGEST + 1)
        for found in sorted(one for one in ids if low <= one <= gap.high):
            if found > low:
                left.append(replace(gap, low=low, high=found - 1))
            low = found + 1
        if low <= gap.high:
            left.append(replace(gap, low=low))
    return tuple(left)
