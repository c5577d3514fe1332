"""Whatever happens in whatever order, nobody hears of two beginnings without an end between."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.ops.alerts.duty import SharedDuty
from tests.gateway.ops.alerts.bench import Bench, alternate, bench_at, section_of

SUBJECTS = st.sampled_from(["crm", "shop"])
PLACES = st.integers(0, 1)


class Schedule(RuleBasedStateMachine):
    """Two processes, a vendor that comes and goes, a mail server that fails, and deaths."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.bench: Bench
        self.duties: list[SharedDuty]

    @initialize(flap_s=st.sampled_from([0.0, 600.0]), group_s=st.sampled_from([0.0, 20.0]))
    def start(self, flap_s: float, group_s: float) -> None:
        """Start two processes."""
        self.runner.run(self._start(flap_s, group_s))

    async def _start(self, flap_s: float, group_s: float) -> None:
        self.bench = bench_at(Path(self.folder.name), section_of(flap_s=flap_s, group_s=group_s))
        self.duties = [self.bench.duty(), self.bench.duty()]

    @rule(name=SUBJECTS, parked=st.booleans())
    def turn(self, name: str, parked: bool) -> None:  # noqa: FBT001 - hypothesis gives it
        """Let something go wrong or be well again."""
        self.runner.run(self.bench.park(name, parked=parked))

    @rule(seconds=st.sampled_from([1, 15, 61, 200, 4000]))
    def wait(self, seconds: int) -> None:
        """Let time go by; long enough for a lease to end, or not."""
        self.bench.clock.move(seconds)

    @rule(place=PLACES)
    def look(self, place: int) -> None:
        """Let a process look, and die or live on: what it did not commit did not happen."""
        self.runner.run(self.duties[place].round())

    @rule(place=PLACES)
    def die(self, place: int) -> None:
        """Start a process again; it remembers nothing."""
        self.duties[place] = self.bench.duty()

    @rule(fails=st.sampled_from(["", "", "away"]))
    def post(self, fails: str) -> None:
        """Let the mail go out, or not."""
        self.bench.postman.fails = fails
        self.runner.run(self.bench.perform())

    @rule()
    def heal(self) -> None:
        """Let all be well for long: each beginning that was told is told to be over."""
        self.bench.postman.fails = ""
        for name in ("crm", "shop"):
            self.runner.run(self.bench.park(name, parked=False))
        for _ in range(4):
            self.bench.clock.move(8000)
            self.runner.run(self.duties[0].round())
            self.bench.clock.move(700)
            self.runner.run(self.duties[0].round())
            self.runner.run(self.bench.perform())
        lines = self.bench.lines()
        began = sum(line.startswith("ALERT: ") for line in lines)
        assert began == sum(line.startswith("OVER: ") for line in lines)
        assert not self.runner.run(self.bench.store.read(lambda tx: tx.open_notes()))

    @invariant()
    def beginnings_and_ends_alternate(self) -> None:
        """Never two beginnings without an end between."""
        if hasattr(self, "bench"):
            assert alternate(self.bench.lines()), self.bench.lines()

    def teardown(self) -> None:
        """Close."""
        if hasattr(self, "bench"):
            self.runner.run(self.bench.store.close())
        self.runner.close()
        self.folder.cleanup()


Schedule.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestSchedule = Schedule.TestCase
