"""The tables of the fault legs: the ledger of each contestant and the leg's own figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.w1.legs.setting import Leg
from benchmarks.w1.legs.trial import Row

_HEAD = (
    f"{'contestant':<16}{'events/s':>9}{'finish s':>10}{'lost':>6}{'rep.':>6}{'again':>7}"
    f"{'stale':>7}{'order':>7}{'wrong':>7}{'bad':>5}{'unack':>7}"
)
_NARROWEST = 9


def table(rows: Sequence[Row]) -> str:
    """Format the rows of one leg."""
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    widths = {
        name: 2 + max(_NARROWEST, len(name), *(len(_own(row, name)) for row in rows))
        for name in names
    }
    head = _HEAD + "".join(f"{name:>{widths[name]}}" for name in names)
    return "\n".join([head, *(_row(row) + _tail(row, widths) for row in rows)])


def _row(row: Row) -> str:
    seen = row.seen
    finish = "never" if not row.is_complete else f"{seen.wall_s:.1f}" if seen.wall_s else "-"
    rate = f"{row.rate:.0f}" if row.rate else "-"
    return (
        f"{row.contestant:<16}{rate:>9}{finish:>10}{seen.lost:>6}{seen.repeated:>6}"
        f"{seen.again:>7}{seen.stale:>7}{seen.out_of_order:>7}{seen.wrong:>7}{seen.malformed:>5}"
        f"{row.unacknowledged:>7}"
    )


def _tail(row: Row, widths: dict[str, int]) -> str:
    return "".join(f"{_own(row, name):>{width}}" for name, width in widths.items())


def _own(row: Row, name: str) -> str:
    return str(row.figures.get(name, "-"))


def heading(leg: Leg, rows: Sequence[Row]) -> str:
    """Say what a leg is about."""
    events = f"{rows[0].events} events; " if rows else ""
    return f"{leg.key}  {leg.title}\n    {events}{leg.aim}"


def document(rows: Sequence[Row], machine_line: str) -> dict[str, Any]:
    """The rows as JSON-ready data, one by one."""
    return {
        "machine": machine_line,
        "rows": [{**asdict(row), "rate": row.rate, "is_clean": row.is_clean} for row in rows],
    }
