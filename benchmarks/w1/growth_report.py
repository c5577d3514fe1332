"""The tables of the growth benchmark: small store against large one, and memory over a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import linear_regression, median
from typing import Any

from benchmarks.w1.measure import Run

TARGET = 0.9
"""Of the small store's events a second."""

_WARM = 1 / 3
"""Share of a run before its memory counts for the slope: caches and pools fill up in it."""

_HEAD = (
    f"{'entities':>10}{'journal':>10}{'size MiB':>10}{'events/s':>10}{'ratio':>7}{'CPU s/1000':>12}"
    f"{'p95 s':>8}{'PSS start':>11}{'middle':>8}{'end':>7}{'MiB/10,000':>12}"
    f"{'commits':>9}{'blocks/ev':>11}{'runs':>6}{'faults':>8}"
)


@dataclass(frozen=True, slots=True)
class Store:
    """What a filled store holds before the run. Units: ``size_mib`` of the whole database."""

    entities: int
    journal: int
    size_mib: float


def table(runs: Mapping[Store, Sequence[Run]]) -> str:
    """Format medians per store; a ratio is to the first store's run of the same round."""
    first = next(iter(runs.values()), ())
    return "\n".join([_HEAD, *(_row(store, rows, first) for store, rows in runs.items() if rows)])


def _row(store: Store, runs: Sequence[Run], first: Sequence[Run]) -> str:
    def of(value: Callable[[Run], float]) -> float:
        return median(value(run) for run in runs)

    rounds = zip(runs, first, strict=False)
    ratios = [run.rate / small.rate for run, small in rounds if small.rate]
    start, middle, end = (
        median(memory_at(run, share) for run in runs) for share in (0.0, 0.5, 1.0)
    )
    return (
        f"{store.entities:>10}{store.journal:>10}{store.size_mib:>10.0f}"
        f"{of(lambda run: run.rate):>10.0f}{median(ratios or [0.0]):>7.2f}"
        f"{of(lambda run: run.cpu_s_per_1000):>12.2f}"
        f"{of(lambda run: run.verdict.after_ms.get(95, 0.0)) / 1000:>8.2f}"
        f"{start:>11.0f}{middle:>8.0f}{end:>7.0f}{of(slope):>12.1f}"
        f"{of(lambda run: run.commits):>9.0f}{of(lambda run: run.blocks / run.events):>11.1f}"
        f"{len(runs):>6}"
        f"{sum(not run.is_clean for run in runs):>8}"
    )


def memory_at(run: Run, share: float) -> float:
    """The sample next to a share of the run; 0 without samples. Units: MiB."""
    if not run.memory:
        return 0.0
    return min(run.memory, key=lambda sample: abs(sample[0] - share * run.events))[1]


def slope(run: Run) -> float:
    """How much memory grows, by least squares over all but the start. Units: MiB per 10,000."""
    warm = [sample for sample in run.memory if sample[0] >= _WARM * run.events]
    if len({done for done, _ in warm}) <= 1:
        return 0.0
    return 10_000 * linear_regression(*zip(*warm, strict=True)).slope


def memory_table(run: Run, every: int) -> str:
    """Format the worker's memory whenever ``every`` further messages were done."""
    lines = [f"{'messages':>10}{'PSS MiB':>10}"]
    due = 0.0
    for done, mib in run.memory:
        if done >= due:
            lines.append(f"{done:>10.0f}{mib:>10.1f}")
            due = (done // every + 1) * every
    if run.memory:
        lines.append(f"{run.memory[-1][0]:>10.0f}{run.memory[-1][1]:>10.1f}  the end")
    return "\n".join([*lines, f"slope after the first third: {slope(run):+.2f} MiB per 10,000"])


def document(runs: Mapping[Store, Sequence[Run]], machine_line: str) -> dict[str, Any]:
    """The runs as JSON-ready data, one by one."""
    rows = [
        {**asdict(store), **asdict(run), "rate": run.rate, "slope_mib_per_10000": slope(run)}
        for store, of_store in runs.items()
        for run in of_store
    ]
    return {"machine": machine_line, "runs": rows}
