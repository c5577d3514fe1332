"""What a contestant's processes use, read from /proc: CPU time and memory of the whole tree."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

_PROC = Path("/proc")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_EVERY_S = 0.5
_PPID, _CPU_FROM, _CPU_TO = 1, 11, 15
"""Places in /proc/<pid>/stat after the command: parent; utime, stime, cutime and cstime."""


def tree(roots: Sequence[int]) -> frozenset[int]:
    """The processes themselves and all their descendants that are alive."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[_PPID]), []).append(int(folder.name))
    found: set[int] = set()
    waiting = [*roots]
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return frozenset(found)


def cpu_s(roots: Sequence[int]) -> float:
    """CPU seconds that the tree has used since its start, children that ended included."""
    return _TICK_S * sum(
        int(ticks) for pid in tree(roots) for ticks in _stat(pid)[_CPU_FROM:_CPU_TO]
    )


def pss_mib(roots: Sequence[int]) -> float:
    """Proportional set size of the tree: pages that several share count once. Units: MiB."""
    total = 0
    for pid in tree(roots):
        try:
            text = (_PROC / str(pid) / "smaps_rollup").read_text()
        except (OSError, ProcessLookupError):  # it has just ended
            continue
        total += next((int(line.split()[1]) for line in text.splitlines() if "Pss:" in line), 0)
    return total / 1024


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the command; empty when the process has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (OSError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


class MemoryWatch:
    """Samples a tree's memory twice a second in a thread; a context manager.

    Shape: ``samples`` are (second of the machine's monotonic clock, MiB), oldest first.
    """

    def __init__(self, roots: Sequence[int]) -> None:
        self.samples: list[tuple[float, float]] = []
        self._roots = roots
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory-watch", daemon=True)

    @property
    def peak_mib(self) -> float:
        """The largest sample; 0 before the first."""
        return max((mib for _, mib in self.samples), default=0.0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self.samples.append((time.monotonic(), pss_mib(self._roots)))
