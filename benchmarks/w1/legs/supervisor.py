"""Supervisor: what keeps a service running on a server, alike for every contestant.

What ends by itself is started again after a short pause, what is killed at once. All processes of a
contestant are one unit: when one of them has ended, the rest is killed and all are started anew.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Self

from benchmarks.w1.starting import Process

PAUSE_S = 0.5
"""Before the start of what has ended by itself: a service that is away must not cost all CPU."""
_LOOK_S = 0.02


class Supervisor:
    """Keeps processes running in a thread of its own; a context manager.

    At the exit it only stops watching: the contestant ends its own processes. ``kills`` counts what
    ``kill`` did, ``restarts`` the ends that nobody asked for. Thread safety: all methods may be
    called from one thread beside the supervisor's.
    """

    def __init__(self, start: Callable[[], Sequence[Process]], *, pause_s: float = PAUSE_S) -> None:
        self._start = start
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._running: Sequence[Process] = ()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self.kills = 0
        self.restarts = 0

    def __enter__(self) -> Self:
        self._running = self._start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def pids(self) -> Sequence[int]:
        """Process ids of the present unit."""
        with self._lock:
            return [process.pid for process in self._running]

    def kill(self) -> None:
        """``kill -9`` all processes with their children, and start them again at once."""
        with self._lock:
            self.kills += 1
            self._sweep()
            self._running = self._start()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_S):
            with self._lock:
                if all(process.poll() is None for process in self._running):
                    continue
                self.restarts += 1
                self._sweep()
            if self._ended.wait(self._pause_s):
                return
            with self._lock:
                # Meanwhile somebody may have killed it, which started it too.
                if any(process.poll() is not None for process in self._running):
                    self._running = self._start()

    def _sweep(self) -> None:
        for process in self._running:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # the session that ``start`` made
            except ProcessLookupError:
                continue
        for process in self._running:
            process.wait()
