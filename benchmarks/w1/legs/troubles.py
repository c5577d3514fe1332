"""Troubles: what goes wrong during a run, told by how much of the work has arrived."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Protocol

from benchmarks.w1.legs.supervisor import Supervisor

KILL_EVERY_S = 3.0
MOST_KILLS = 8
"""Of one run: what needs as long to start as it lives would never come to an end."""
_MARKS = (0.25, 0.5, 0.75)
_HALF = 0.5


class Service(Protocol):
    """A server that may be taken away; see ``tests.services.process.PrivateService``."""

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""

    def start(self) -> None:
        """Start it and return when it answers."""

    def stop(self) -> None:
        """End it gracefully."""

    def kill(self) -> None:
        """End it by SIGKILL."""


class Trouble(Protocol):
    """Something that goes wrong; made anew for each run."""

    def step(self, share: float, supervisor: Supervisor) -> None:
        """Act if it is time; ``share`` of the needed arrivals have come, 0 to 1. May block."""

    def mend(self) -> None:
        """Leave everything as it was before."""

    def figures(self) -> Mapping[str, float]:
        """What the trouble was, for the table."""


class Calm:
    """Nothing goes wrong but what the sink does."""

    def step(self, share: float, supervisor: Supervisor) -> None:
        """Do nothing."""

    def mend(self) -> None:
        """Nothing is broken."""

    def figures(self) -> Mapping[str, float]:
        """Nothing."""
        return {}


class Kills:
    """``kill -9`` every few seconds, and at each quarter of the work so that fast ones die too."""

    def __init__(self, every_s: float = KILL_EVERY_S, *, most: int = MOST_KILLS) -> None:
        self._every_s = every_s
        self._left = most
        self._last = 0.0
        self._marks = [*_MARKS]

    def step(self, share: float, supervisor: Supervisor) -> None:
        """Kill if it is time; not before the first arrival."""
        now = time.monotonic()
        if (share <= 0 and not self._last) or not self._left:
            return
        self._last = self._last or now
        is_marked = bool(self._marks) and share >= self._marks[0]
        if not is_marked and now - self._last < self._every_s:
            return
        self._marks = [mark for mark in self._marks if mark > share]
        supervisor.kill()
        self._last = now
        self._left -= 1

    def mend(self) -> None:
        """The supervisor has started everything again."""

    def figures(self) -> Mapping[str, float]:
        """The supervisor counts the kills."""
        return {}


class Absence:
    """A service goes away when half of the work has arrived, once.

    Shape: ``by_kill`` ends it by SIGKILL, else gracefully. Units: ``away_s`` until it is started
    again; starting takes its time besides.
    """

    def __init__(self, service: Service, *, away_s: float = 0.0, by_kill: bool = False) -> None:
        self._service = service
        self._away_s = away_s
        self._by_kill = by_kill
        self._missing_s = 0.0

    def step(self, share: float, supervisor: Supervisor) -> None:
        """Take it away and bring it back; returns when it answers again."""
        del supervisor
        if share < _HALF or self._missing_s:
            return
        began = time.monotonic()
        (self._service.kill if self._by_kill else self._service.stop)()
        threading.Event().wait(self._away_s)
        self._service.start()
        self._missing_s = time.monotonic() - began

    def mend(self) -> None:
        """Start it if a run was cut off meanwhile."""
        if self._service.pid is None:
            self._service.start()

    def figures(self) -> Mapping[str, float]:
        """How long nobody could reach it."""
        return {"away s": round(self._missing_s, 1)}
