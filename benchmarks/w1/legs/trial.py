"""Trial: one contestant, under supervision, on work during which something goes wrong."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.w1 import broker
from benchmarks.w1.contestants import Contestant
from benchmarks.w1.database import Database
from benchmarks.w1.legs.supervisor import Supervisor
from benchmarks.w1.legs.troubles import Trouble
from benchmarks.w1.legs.verdict import Effects, Wanted, effects
from benchmarks.w1.place import Place
from benchmarks.w1.sink_client import SinkProcess
from benchmarks.w1.work import Message

QUEUE = f"gateway_bench_legs_{os.getpid()}"
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done, and how the sink behaves.

    Shape: ``faults`` as ``sink --faults``; ``limit`` calls a second, 0 for none; ``poison`` how
    many of the messages cannot be read. Units: ``settle_s`` that a contestant stays after the last
    needed arrival: to acknowledge, and to err.
    """

    messages: Sequence[Message]
    wanted: Wanted
    faults: str = ""
    limit: int = 0
    poison: int = 0
    settle_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a leg's table.

    Shape: ``is_complete`` is false when the deadline came first; ``is_kept`` is false when the
    leg's own promise was broken; ``figures`` are the leg's own, by heading; ``unacknowledged``
    messages were still the broker's in the end.
    """

    leg: str
    contestant: str
    events: int
    seen: Effects
    is_complete: bool = True
    unacknowledged: int = 0
    is_kept: bool = True
    figures: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Messages of the stream a second; 0 for work that was not finished."""
        return self.events / self.seen.wall_s if self.is_complete and self.seen.wall_s else 0.0

    @property
    def is_clean(self) -> bool:
        """Whether everything is as promised."""
        return self.is_complete and self.is_kept and self.seen.is_clean and not self.unacknowledged


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a trial: a row without the leg's own figures, and what they are made of."""

    row: Row
    ledger: Mapping[str, Any]
    set_aside: int


@dataclass(frozen=True, slots=True)
class Arena:
    """Where trials take place. Units: ``deadline_s`` of each trial, from its first start."""

    database: Database
    broker: str
    deadline_s: float

    def run(self, leg: str, contestant: Contestant, task: Task, trouble: Trouble) -> Ended:
        """Run one contestant on a fresh database, a fresh queue and a fresh sink."""
        self.database.create(peers_schema=not contestant.brings_schema)
        left = 0
        try:
            with SinkProcess(faults=task.faults, limit=task.limit) as sink:
                place = Place(self.database.url, self.broker, sink.url, QUEUE)
                sink.reset(f"{order}:{version}" for order, version in task.wanted.final.items())
                contestant.prepare(place, task.messages)
                try:
                    supervisor = self._supervised(
                        contestant, place, sink, trouble=trouble, settle_s=task.settle_s
                    )
                    aside = self._set_aside(contestant, place, task.poison)
                finally:
                    try:
                        trouble.mend()
                    finally:
                        left = contestant.stop(place)
                ledger = sink.ledger()
        finally:
            self.database.drop()
        counted = {"kills": supervisor.kills, "restarts": supervisor.restarts}
        row = Row(
            leg, contestant.name, len(task.messages), effects(ledger, task.wanted),
            is_complete=ledger["missing"] == 0, unacknowledged=left,
            figures={**counted, **trouble.figures()},
        )  # fmt: skip
        return Ended(row, ledger, aside)

    def _supervised(
        self,
        contestant: Contestant,
        place: Place,
        sink: SinkProcess,
        *,
        trouble: Trouble,
        settle_s: float,
    ) -> Supervisor:
        """Keep a contestant running until its work is done or the deadline comes."""
        pause = threading.Event()
        needed = sink.counts()["missing"]
        deadline = time.monotonic() + self.deadline_s
        with Supervisor(lambda: contestant.start(place)) as supervisor:
            while (missing := sink.counts()["missing"]) and time.monotonic() < deadline:
                trouble.step(1 - missing / needed, supervisor)
                pause.wait(_LOOK_S)
            pause.wait(settle_s)
        return supervisor

    def _set_aside(self, contestant: Contestant, place: Place, poison: int) -> int:
        name = contestant.invalid(place)
        return broker.waiting(place.broker, name) if poison and name else 0
