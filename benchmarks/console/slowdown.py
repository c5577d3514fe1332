"""Slowdown: the same work by the embedded gateway, with nobody at its console and with visitors.

The gateway serves the console in its own process. Three visitors poll it as their browsers would:
one has the overview open, one the live log, and one looks through the letters.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File

import httpx

from benchmarks.console.place import OPERATOR, answering, free_port, operators
from benchmarks.w1.gateway_contestant import GatewayContestant
from benchmarks.w1.measure import Driver, Run
from benchmarks.w1.place import Place
from benchmarks.w1.starting import Process
from benchmarks.w1.work import Message, Work

_PASSWORD = "benchmark of the console"  # noqa: S105 - of a gateway that lives for a minute
_OVERVIEW_S, _LIVE_S, _LETTERS_S = 5.0, 1.0, 3.0
"""How often the overview and the live log refresh themselves; a person turns pages of letters."""
_PATIENCE_S = 10.0
_FRAGMENT = {"HX-Request": "true"}
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
_CURSOR = re.compile(r'/live/poll\?[^"]*cursor=([^"&]+)')

Pair = tuple[Run, Run]
Polls = Callable[[httpx.Client], Iterator[float]]
"""Asks for something at each step, and yields the seconds until the next."""


def _overview(http: httpx.Client) -> Iterator[float]:
    _get(http, "/")
    while True:
        yield _OVERVIEW_S
        _get(http, "/?span=3h", headers=_FRAGMENT)


def _live(http: httpx.Client) -> Iterator[float]:
    page = _get(http, "/live")
    while True:
        yield _LIVE_S
        found = _CURSOR.search(page)
        page = _get(http, f"/live/poll?cursor={found[1] if found else ''}", headers=_FRAGMENT)


def _letters(http: httpx.Client) -> Iterator[float]:
    while True:
        for path in ("/dead", "/dead/list"):
            _get(http, path)
            yield _LETTERS_S


VISITORS: tuple[Polls, ...] = (_overview, _live, _letters)


@dataclass(slots=True)
class Watched(GatewayContestant):
    """The embedded gateway with operators; ``visited`` says whether they look at it meanwhile.

    Shape: ``answered`` requests of visitors, ``failed`` visitors who left before the end.
    """

    visited: bool = False
    answered: int = 0
    failed: int = 0
    _port: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def prepare(self, place: Place, messages: Sequence[Message]) -> None:
        """Let an operator in, on a port that is known."""
        GatewayContestant.prepare(self, place, messages)
        self._port = free_port()
        config = File(self.config)
        text = config.read_text("utf-8").replace("port = 0", f"port = {self._port}", 1)
        config.write_text(text + operators(_PASSWORD), "utf-8")

    def start(self, place: Place) -> Sequence[Process]:
        """Start it, and let the visitors come in."""
        processes = GatewayContestant.start(self, place)
        for polls in VISITORS if self.visited else ():
            thread = threading.Thread(target=self._visit, args=(polls, processes[0]))
            self._threads.append(thread)
            thread.start()
        return processes

    def stop(self, place: Place) -> int:
        """Let the visitors go, and end it."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return GatewayContestant.stop(self, place)

    def _visit(self, polls: Polls, process: Process) -> None:
        try:
            address = answering(f"http://127.0.0.1:{self._port}/console", process)
            with httpx.Client(base_url=address, trust_env=False, timeout=_PATIENCE_S) as http:
                _log_in(http)
                for every_s in polls(http):
                    self.answered += 1
                    if self._over.wait(every_s):
                        return
        except (httpx.HTTPError, RuntimeError) as error:
            self.failed += 1
            sys.stderr.write(f"  a visitor left: {type(error).__name__}\n")


def _log_in(http: httpx.Client) -> None:
    token = _TOKEN.search(_get(http, "/login"))
    form = {"csrf": token[1] if token else "", "name": OPERATOR, "password": _PASSWORD}
    answer = http.post("/login", data=form)
    if answer.status_code != httpx.codes.SEE_OTHER:
        msg = f"the console answers {answer.status_code} to a login"
        raise RuntimeError(msg)


def _get(http: httpx.Client, path: str, *, headers: dict[str, str] | None = None) -> str:
    return http.get(path, headers=headers).raise_for_status().text


def compare(driver: Driver, work: Work, rounds: int) -> tuple[list[Pair], list[tuple[int, int]]]:
    """Run both in turn, each first in every other round; return the runs and what was asked.

    Shape: runs are (closed, open), requests (answered, failed), one for each round.
    """
    runs: list[Pair] = []
    requests: list[tuple[int, int]] = []
    for number in range(rounds):
        closed = Watched("closed", embedded=True)
        opened = Watched("open", embedded=True, visited=True)
        turn = (closed, opened) if number % 2 == 0 else (opened, closed)
        made: dict[str, Run] = {}
        for one in turn:
            run = made[one.name] = driver.run(one, work, 0.0)
            state = "" if run.is_clean else "  NOT CLEAN"
            sys.stderr.write(f"  round {number + 1}, {one.name}: {run.rate:.0f}/s{state}\n")
        runs.append((made["closed"], made["open"]))
        requests.append((opened.answered, opened.failed))
    return runs, requests
