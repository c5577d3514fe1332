"""The tables of the console's benchmark, and which pages miss their target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.console.pages import Times
from benchmarks.w1.measure import Run

MOST_MS = 1000.0
MOST_RATIO = 3.0
LEAST_RATE = 0.95
"""Of the events a second without a visitor."""

HEADINGS = (
    "page", "nearly empty, ms", "full, ms", "ratio", "its server: empty", "full", "target",
)  # fmt: skip
RATES = (
    "round", "closed, events/s", "open, events/s", "ratio", "closed, CPU s per 1,000", "open",
    "ratio", "requests", "failed",
)  # fmt: skip


def missed(nearly_empty: Times, full: Times) -> str:
    """Say what a page misses; empty when it misses nothing."""
    if full.paint_ms > MOST_MS:
        return f"over {MOST_MS:g} ms"
    if full.paint_ms > MOST_RATIO * nearly_empty.paint_ms:
        return f"over {MOST_RATIO:g} times"
    return ""


def rows(found: Mapping[str, Sequence[Times]]) -> list[Sequence[str]]:
    """Return the rows of the pages, in their order, and one of the medians over them."""
    made: list[Sequence[str]] = [
        _row(name, small, full, missed(small, full) or "kept")
        for name, (small, full) in found.items()
    ]
    pages = [
        Times([one.paint_ms for one in side], [one.answer_ms for one in side])
        for side in zip(*found.values(), strict=True)
    ]
    return [*made, _row("median of all", pages[0], pages[1], "")]


def _row(name: str, small: Times, full: Times, target: str) -> Sequence[str]:
    ratio = f"{full.paint_ms / small.paint_ms:.2f}"
    times = (small.answer_ms, full.answer_ms)
    return (
        name, f"{small.paint_ms:.0f}", f"{full.paint_ms:.0f}", ratio,
        *(f"{one:.0f}" for one in times), target,
    )  # fmt: skip


def verdict(found: Mapping[str, Sequence[Times]]) -> str:
    """Say which pages miss their target."""
    missing = [name for name, (small, full) in found.items() if missed(small, full)]
    told = ", ".join(missing) if missing else "none"
    return f"target: under {MOST_MS:g} ms and at most {MOST_RATIO:g} times; missed by: {told}"


def rate_rows(
    runs: Sequence[tuple[Run, Run]], requests: Sequence[tuple[int, int]]
) -> list[Sequence[str]]:
    """Return a row for each round with the console closed and open, and one of the medians.

    Shape: ``requests`` are (answered, failed) of the visitors in each round.
    """
    made: list[Sequence[str]] = []
    for number, (pair, asked) in enumerate(zip(runs, requests, strict=True), 1):
        rates = _compared([run.rate for run in pair], 0)
        cpu = _compared([run.cpu_s_per_1000 for run in pair], 2)
        made.append((str(number), *rates, *cpu, *map(str, asked)))
    sides = list(zip(*runs, strict=True))
    rates = _compared(
        [median(run.rate for run in side) for side in sides],
        0,
        median(opened.rate / closed.rate for closed, opened in runs),
    )
    cpu = _compared([median(run.cpu_s_per_1000 for run in side) for side in sides], 2)
    total = [sum(side) for side in zip(*requests, strict=True)]
    return [*made, ("median", *rates, *cpu, *map(str, total))]


def _compared(values: Sequence[float], digits: int, ratio: float | None = None) -> list[str]:
    """Return both values and their ratio, that of the values unless another is given."""
    closed, opened = values
    own = (opened / closed if closed else 0.0) if ratio is None else ratio
    return [*(f"{one:.{digits}f}" for one in values), f"{own:.3f}"]
