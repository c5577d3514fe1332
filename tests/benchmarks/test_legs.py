"""The fault legs: limit, judging, supervision and troubles, without any contestant."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
import pytest

from benchmarks.w1.ledger import Ledger
from benchmarks.w1.legs.__main__ import CONTESTANTS, LEGS, arguments
from benchmarks.w1.legs.outage import edited
from benchmarks.w1.legs.report import table
from benchmarks.w1.legs.simulated import SimulatedClock
from benchmarks.w1.legs.supervisor import Supervisor
from benchmarks.w1.legs.trial import Row
from benchmarks.w1.legs.troubles import Absence, Kills
from benchmarks.w1.legs.verdict import Effects, Wanted, effects, greatest_burst
from benchmarks.w1.limit import Limit
from benchmarks.w1.shape import FIELDS, checksum
from benchmarks.w1.sink_client import SinkProcess
from benchmarks.w1.starting import Process, end, start
from benchmarks.w1.work import generate
from gateway.canonical import Order

WITHIN_S = 20.0


def test_a_limit_holds_in_every_second() -> None:
    """A burst over the edge of a second would pass, and a budget that bursts would look kept."""
    limit = Limit(2)
    assert [limit.admits(at) for at in (0.5, 0.75, 1.0, 1.25, 1.5, 1.625, 1.75)] == [
        True, True, False, False, True, False, True,
    ]  # fmt: skip


def test_the_sink_refuses_what_is_over_its_limit() -> None:
    """The gateway's budget would be judged by a vendor that takes everything."""
    order = {**dict.fromkeys(FIELDS, ""), "externalId": "a", "version": 1, "items": []}
    with SinkProcess(limit=1) as sink:
        connection = http.client.HTTPConnection("127.0.0.1", int(sink.url.rpartition(":")[2]))
        answers = []
        for _ in range(2):
            body = json.dumps(order).encode()
            connection.request("POST", "/orders", body, {"Idempotency-Key": "a:1"})
            answer = connection.getresponse()
            answer.read()
            answers.append((answer.status, answer.headers["Retry-After"]))
        connection.close()
        seen = sink.ledger()
    assert answers == [(200, None), (429, "1")]
    assert (seen["refused"], seen["orders"], len(seen["calls_at"])) == (1, 1, 2)


def _judged(*arrivals: tuple[str, int, int], **final: int) -> Effects:
    ledger = Ledger()
    for at, (order, version, content) in enumerate(arrivals):
        ledger.arrive(order, version, float(at), content=content)
    contents = {f"{order}:{version}": 7 for order, version in final.items()}
    return effects(ledger.whole(), Wanted(final, contents))


def test_what_the_key_absorbs_is_no_fault() -> None:
    """A contestant would be blamed for what the vendor does not even notice."""
    seen = _judged(("a", 1, 5), ("a", 2, 7), ("a", 2, 7), ("a", 1, 5), a=2)
    assert (seen.again, seen.repeated, seen.stale, seen.out_of_order) == (2, 0, 0, 0)
    assert seen.is_clean


@pytest.mark.parametrize(
    ("arrivals", "fault"),
    [
        pytest.param([("a", 2, 7), ("a", 2, 8)], "repeated", id="other content under one key"),
        pytest.param([("a", 2, 7), ("a", 1, 5)], "stale", id="an older version comes last"),
        pytest.param([("a", 2, 7), ("a", 1, 5)], "out_of_order", id="an older version comes late"),
        pytest.param([("a", 2, 8)], "wrong", id="content of another version"),
        pytest.param([("a", 1, 5)], "lost", id="the last version never came"),
    ],
)
def test_what_has_an_effect_is_a_fault(arrivals: list[tuple[str, int, int]], fault: str) -> None:
    """A contestant would be called clean that leaves the vendor with something else."""
    seen = _judged(*arrivals, a=2)
    assert getattr(seen, fault) == 1
    assert not seen.is_clean


def test_the_greatest_burst_is_counted_over_any_second() -> None:
    """A burst that spans two full seconds would be cut in half."""
    assert greatest_burst([0.0, 0.8, 0.9, 1.1, 1.2, 1.79, 1.8]) == 5
    assert greatest_burst([]) == 0


@dataclass
class Starting:
    """Starts a sink each time it is asked, and counts."""

    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    processes: list[Process] = field(default_factory=list)

    def __call__(self) -> Sequence[Process]:
        """Start one more."""
        self.processes.append(start("benchmarks.w1.sink", environment={}))
        self.started.release()
        return [self.processes[-1]]


def test_what_ends_is_started_again() -> None:
    """A contestant that gives up on a fault would be judged by its absence."""
    starting = Starting()
    try:
        with Supervisor(starting, pause_s=0.0) as supervisor:
            os.kill(supervisor.pids[0], signal.SIGTERM)
            assert starting.started.acquire(timeout=WITHIN_S)
            assert starting.started.acquire(timeout=WITHIN_S)
            supervisor.kill()
            assert starting.started.acquire(timeout=WITHIN_S)
            assert (supervisor.kills, supervisor.restarts) == (1, 1)
            first, second, third = starting.processes
            assert supervisor.pids == [third.pid]
            assert second.returncode == -signal.SIGKILL
            assert first.returncode is not None
        assert third.poll() is None
    finally:
        end(starting.processes)


@pytest.fixture
def supervisor() -> Supervisor:
    """A supervisor that has nothing to start."""
    return Supervisor(list)


def test_a_fast_contestant_is_killed_too(supervisor: Supervisor) -> None:
    """One that is done within three seconds would never have died."""
    kills = Kills(every_s=3600.0)
    for share in (0.0, 0.1, 0.3, 0.4, 0.8, 0.9):
        kills.step(share, supervisor)
    assert supervisor.kills == 2


def test_kills_come_to_an_end(supervisor: Supervisor) -> None:
    """One that starts as long as it lives would be killed for ever."""
    kills = Kills(every_s=0.0, most=3)
    for _ in range(9):
        kills.step(0.1, supervisor)
    assert supervisor.kills == 3


@dataclass
class Written:
    """A service that notes what is done to it."""

    pid: int | None = 1
    done: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Note it."""
        self.pid = 1
        self.done.append("start")

    def stop(self) -> None:
        """Note it."""
        self.pid = None
        self.done.append("stop")

    def kill(self) -> None:
        """Note it."""
        self.pid = None
        self.done.append("kill")


def test_a_service_is_away_once_and_comes_back(supervisor: Supervisor) -> None:
    """A service that stays away would fail the next contestant for nothing."""
    service = Written()
    away = Absence(service, by_kill=True)
    for share in (0.1, 0.6, 0.9):
        away.step(share, supervisor)
    away.mend()
    assert service.done == ["kill", "start"]
    service.stop()
    away.mend()
    assert service.pid is not None


def test_a_simulated_clock_skips_and_translates() -> None:
    """A burst after a skip would be measured in the time before it."""
    clock = SimulatedClock()
    before = clock.monotonic()
    clock.skip(3600.0)
    assert 3600.0 <= clock.monotonic() - before < 3700.0
    assert clock.of(before) == before
    assert clock.of(before + 1000.0) == before + 4600.0


def test_a_later_version_is_a_canonical_order() -> None:
    """The gateway would refuse what it is sent during the outage, and nothing would be due."""
    event = orjson.loads(edited(generate(1).messages[0], 3).body)
    order = Order.model_validate(event["entity"])
    assert (event["version"], order.attributes["source_version"]) == (3, "3")


def test_checksums_see_every_field_and_no_order_of_fields() -> None:
    """A wrong field would pass, or another library's order of fields would count as wrong."""
    assert checksum({"a": 1, "b": "ё"}) == checksum({"b": "ё", "a": 1}) != checksum({"a": 1})


def test_the_table_shows_each_leg_s_own_figures() -> None:
    """A figure that only some rows have would shift the others' columns."""
    rows = [
        Row("F1", "twin", 10, Effects(wall_s=2.0), figures={"kills": 3}),
        Row("F1", "gateway", 10, Effects(lost=1), is_complete=False),
    ]
    head, twin, gateway = (line.split() for line in table(rows).splitlines())
    assert head[-1] == "kills"
    assert (twin[1], twin[-1]) == ("5", "3")
    assert gateway[1:5] == ["-", "never", "1", "0"]
    assert gateway[-1] == "-"


def test_legs_and_contestants_are_chosen_by_name() -> None:
    """A misspelt leg would be left out silently."""
    assert arguments([]).only == [leg.key for leg in LEGS]
    assert tuple(arguments([]).contestants) == CONTESTANTS
    assert arguments(["--only", "F1", "F5", "--orders", "9"]).only == ["F1", "F5"]
    with pytest.raises(SystemExit):
        arguments(["--only", "F9"])
