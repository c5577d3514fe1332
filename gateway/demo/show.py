"""Show: the day on the screen: rich bars on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass(slots=True)
class Screen:
    """Shows progress and the verdict. ``quiet`` shows nothing (``--json``)."""

    quiet: bool = False
    console: Console = field(default_factory=lambda: Console(file=sys.stderr))
    _progress: Progress | None = None
    _bars: dict[str, TaskID] = field(default_factory=dict)
    _said: dict[str, int] = field(default_factory=dict)
    _started: float = field(default_factory=time.monotonic)

    def __enter__(self) -> Self:
        if not self.quiet and self.console.is_terminal:
            self._progress = Progress(
                TextColumn("{task.description:<34}"), BarColumn(),
                TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn(),
                console=self.console,
            )  # fmt: skip
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def say(self, text: str) -> None:
        """Show one line."""
        if not self.quiet:
            elapsed = time.monotonic() - self._started
            self.console.print(f"{elapsed:6.1f} s  {text}", highlight=False, markup=False)

    def bar(self, name: str, done: int, total: int) -> None:
        """Move a bar; in a pipe, print a line at every tenth."""
        if self.quiet:
            return
        if self._progress is not None:
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(name, total=total)
            self._progress.update(self._bars[name], completed=done, total=total)
            return
        tenth = 10 * done // max(total, 1)
        if self._said.get(name) != tenth:
            self._said[name] = tenth
            self.say(f"{name}: {done}/{total}")

    def verdict(self, result: Mapping[str, Any], findings: list[str]) -> None:
        """Show the end of the day."""
        if self.quiet:
            return
        table = Table(title="The day, counted from the vendors' own state", title_justify="left")
        for heading in ("account", "sent", "unchanged", "retried", "held", "dead"):
            table.add_column(heading, justify="left" if heading == "account" else "right")
        for account, row in result["deliveries"].items():
            table.add_row(account, *(str(row[name]) for name in row))
        self.console.print(table)
        for name in ("customers", "orders", "received", "duplicates_dropped", "echoes_ignored"):
            self._line(name.replace("_", " "), result[name])
        self._line("gateway kill -9", result["kills"])
        for name in ("lost", "repeated", "stale", "differences"):
            self._line(name.upper(), result[name])
        for finding in findings:
            self.console.print(f"  {finding}", highlight=False, markup=False)
        self._line("seconds", result["seconds"])

    def _line(self, name: str, value: object) -> None:
        self.console.print(f"{name:<20}{value!s:>8}", highlight=False, markup=False)
