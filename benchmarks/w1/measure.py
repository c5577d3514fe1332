"""One run of one contestant, measured from outside."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.w1.contestants import Contestant
from benchmarks.w1.database import Database
from benchmarks.w1.place import Place
from benchmarks.w1.processes import MemoryWatch, cpu_s
from benchmarks.w1.referee import Verdict, judge
from benchmarks.w1.sink_client import SinkProcess
from benchmarks.w1.starting import Process
from benchmarks.w1.work import Work

_QUEUE = f"gateway_bench_w1_{os.getpid()}"
_SETTLE_S = 1.0
"""How long the contestant stays after the last needed arrival: to acknowledge, and to err."""
_LOOK_S = 0.01
_WATCH_S = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Shape: ``unacknowledged`` messages were still the broker's when the contestant had ended;
    ``is_complete`` is false when the deadline came first.
    ``memory`` are samples of (messages done by then, MiB), from the first arrival to the last.
    Units: ``cpu_s`` of the process tree, from the first arrival at the sink; ``pss_mib`` at the
    peak; ``commits`` in the contestant's database and ``blocks`` touched there, by the server's
    count.
    """

    contestant: str
    delay_ms: float
    events: int
    verdict: Verdict
    unacknowledged: int
    is_complete: bool
    cpu_s: float
    pss_mib: float
    commits: int
    blocks: int = 0
    memory: Sequence[tuple[float, float]] = ()

    @property
    def rate(self) -> float:
        """Messages of the stream a second."""
        return self.events / self.verdict.wall_s if self.verdict.wall_s else 0.0

    @property
    def cpu_s_per_1000(self) -> float:
        """CPU seconds for 1,000 messages of the stream."""
        return self.cpu_s * 1000 / self.events

    @property
    def is_clean(self) -> bool:
        """Whether all of the work was done, as promised."""
        return self.is_complete and self.verdict.is_clean and not self.unacknowledged


@dataclass(frozen=True, slots=True)
class Driver:
    """Runs contestants at one set of services. Units: seconds."""

    database: Database
    broker: str
    deadline_s: float

    def run(self, contestant: Contestant, work: Work, delay_ms: float) -> Run:
        """Run a contestant on a fresh database, which is dropped afterwards; see ``run_here``."""
        self.database.create(peers_schema=not contestant.brings_schema)
        try:
            return self.run_here(contestant, work, delay_ms)
        finally:
            self.database.drop()

    def run_here(self, contestant: Contestant, work: Work, delay_ms: float) -> Run:
        """Run a contestant on the database as it stands, a fresh queue and a fresh sink.

        The clock starts at the first arrival at the sink, so neither loading the queue nor starting
        the processes counts; it stops at the last arrival that is needed.
        """
        left = 0
        with SinkProcess(delay_ms=delay_ms) as sink:
            place = Place(self.database.url, self.broker, sink.url, _QUEUE)
            sink.reset(work.needed)
            contestant.prepare(place, work.messages)
            commits, blocks = self.database.commits(), self.database.blocks()
            try:
                cpu, memory = self._watched(contestant, place, sink)
            finally:
                left = contestant.stop(place)
            ledger = sink.ledger()
        return Run(
            contestant=contestant.name,
            delay_ms=delay_ms,
            events=len(work.messages),
            verdict=judge(ledger, work.final),
            unacknowledged=left,
            is_complete=ledger["missing"] == 0,
            cpu_s=cpu,
            pss_mib=memory.peak_mib,
            commits=self.database.commits() - commits,
            blocks=self.database.blocks() - blocks,
            memory=_progress(memory.samples, sorted(ledger["keys"].values()), len(work.messages)),
        )

    def _watched(
        self, contestant: Contestant, place: Place, sink: SinkProcess
    ) -> tuple[float, MemoryWatch]:
        """Start a contestant and wait for the end of its work; CPU seconds and memory."""
        deadline = time.monotonic() + self.deadline_s
        processes = contestant.start(place)
        roots = [process.pid for process in processes]
        with MemoryWatch(roots) as memory:
            _wait(
                lambda: _is_dead(processes) or sink.counts()["first_at"] is not None,
                _LOOK_S, deadline,
            )  # fmt: skip
            cpu = cpu_s(roots)
            _wait(lambda: _is_dead(processes) or sink.counts()["missing"] == 0, _WATCH_S, deadline)
            threading.Event().wait(_SETTLE_S)
            return cpu_s(roots) - cpu, memory


def _progress(
    samples: Sequence[tuple[float, float]], arrivals: Sequence[float], events: int
) -> list[tuple[float, float]]:
    """Say how far the work was at each sample, by the sink's (sorted) arrivals."""
    return [
        (events * bisect(arrivals, at) / len(arrivals), mib)
        for at, mib in samples
        if arrivals and arrivals[0] <= at <= arrivals[-1]
    ]


def _is_dead(processes: Sequence[Process]) -> bool:
    """Tell whether one has ended by itself: waiting for its work would be in vain."""
    return any(process.poll() is not None for process in processes)


def _wait(is_over: Callable[[], bool], every_s: float, deadline: float) -> None:
    pause = threading.Event()
    while not is_over() and time.monotonic() < deadline:
        pause.wait(every_s)
