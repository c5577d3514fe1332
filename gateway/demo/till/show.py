"""Show: the end of a day on the screen."""

from __future__ import annotations

from gateway.demo.show import Screen
from gateway.demo.till.verdict import CLEAN, Verdict

_COUNTS = (
    "processor", "shops", "receipts", "given_up", "anonymous", "spending", "without_points",
    "returns", "repeats", "kills",
)  # fmt: skip
_CALLS = ("calls", "unanswered", "degraded", "usable", "p50_ms", "p99_ms")


def show_day(screen: Screen, verdict: Verdict) -> None:
    """Show the verdict: what there was, how it was answered, and what is wrong with it."""
    result = verdict.result
    for name in _COUNTS:
        _line(screen, name, result[name])
    for name, points in result.get("points", {}).items():
        _line(screen, f"points {name}", points)
    for name in _CALLS:
        _line(screen, name, result[name])
    for name in CLEAN:
        _line(screen, name.upper(), result[name])
    for finding in verdict.findings:
        screen.console.print(f"  {finding}", highlight=False, markup=False)
    _line(screen, "seconds", result["seconds"])
    end = "clean" if verdict.is_clean else "NOT CLEAN"
    _line(screen, "verdict", end)


def _line(screen: Screen, name: str, value: object) -> None:
    text = f"{name.replace('_', ' '):<22}{value!s:>14}"
    screen.console.print(text, highlight=False, markup=False)
