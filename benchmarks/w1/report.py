"""The table: medians per contestant, ratios to the best peer and to the twin, and the ledger."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.w1.contestants import Contestant
from benchmarks.w1.measure import Run
from benchmarks.w1.referee import PERCENTILES

_HEAD = (
    f"{'contestant':<16}{'events/s':>9}{'x peer':>8}{'x twin':>8}"
    f"{'p50 s':>8}{'p95 s':>8}{'p99 s':>8}"
    f"{'CPU s/1000':>12}{'PSS MiB':>9}{'commits/ev':>12}{'lost':>6}{'rep.':>6}{'stale':>6}"
    f"{'order':>6}{'bad':>5}{'unack':>7}{'runs':>6}"
)


def machine(postgres: str, rabbitmq: str) -> str:
    """One line: what the numbers were measured on."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next(
        (line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line),
        platform.machine(),
    )
    return (
        f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python"
        f" {platform.python_version()}, PostgreSQL {postgres}, RabbitMQ {rabbitmq}"
    )


def table(runs: Sequence[Run], contestants: Sequence[Contestant]) -> str:
    """Format the runs of one delay; the ledger's columns are sums over all runs."""
    by_name = {one.name: [run for run in runs if run.contestant == one.name] for one in contestants}
    rates = {name: median(run.rate for run in rows) for name, rows in by_name.items() if rows}
    peers = [rates[one.name] for one in contestants if one.is_peer and one.name in rates]
    best, twin = max(peers, default=0.0), rates.get("twin", 0.0)
    lines = [_HEAD]
    lines += [_row(name, by_name[name], rate, best, twin) for name, rate in rates.items()]
    return "\n".join(lines)


def _row(name: str, runs: Sequence[Run], rate: float, best: float, twin: float) -> str:
    def of(value: Callable[[Run], float]) -> float:
        return median(value(run) for run in runs)

    def total(value: Callable[[Run], int]) -> int:
        return sum(value(run) for run in runs)

    after = [_after(runs, share) for share in PERCENTILES]
    return (
        f"{name:<16}{rate:>9.0f}{_ratio(rate, best):>8}{_ratio(rate, twin):>8}"
        + "".join(f"{value / 1000:>8.2f}" for value in after)
        + f"{of(lambda run: run.cpu_s_per_1000):>12.2f}{of(lambda run: run.pss_mib):>9.0f}"
        f"{of(lambda run: run.commits / run.events):>12.3f}"
        f"{total(lambda run: run.verdict.lost):>6}{total(lambda run: run.verdict.repeated):>6}"
        f"{total(lambda run: run.verdict.stale):>6}{total(lambda run: run.verdict.out_of_order):>6}"
        f"{total(lambda run: run.verdict.malformed):>5}{total(lambda run: run.unacknowledged):>7}"
        f"{len(runs):>6}"
    )


def _after(runs: Sequence[Run], share: int) -> float:
    return median(run.verdict.after_ms.get(share, 0.0) for run in runs)


def _ratio(rate: float, other: float) -> str:
    return f"{rate / other:.2f}" if other else "-"


def document(runs: Sequence[Run], machine_line: str) -> dict[str, Any]:
    """The runs as JSON-ready data, one by one."""
    rows = [{**asdict(run), "rate": run.rate, "cpu_s_per_1000": run.cpu_s_per_1000} for run in runs]
    return {"machine": machine_line, "runs": rows}
