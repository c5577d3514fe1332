"""The store is away: people are told past it, once, and again when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import StoreError
from gateway.ids import sortable_id
from gateway.ops.alerts.duty import LocalDuty
from gateway.ops.alerts.outage import FILE, Outage
from gateway.ops.alerts.record import Recorder
from gateway.ports import Store, Tx
from gateway.telemetry import build_log
from tests.gateway.ops.alerts.bench import ADDRESS, Bench
from tests.gateway.ops.alerts.conftest import MakeBench


@dataclass
class Doubtful:
    """A store that takes no work while it is told to be away."""

    store: Store
    away: bool = False

    async def run(self, work: Callable[[Tx], Any]) -> Any:  # noqa: ANN401 - any work's result
        """Work, or refuse."""
        if self.away:
            msg = "the database does not answer"
            raise StoreError(msg)
        return await self.store.run(work)


@dataclass
class Machine:
    """One machine: its folder, and a store that comes and goes."""

    bench: Bench
    folder: Path
    store: Doubtful
    connected: bool = True
    free: dict[str, float] = field(default_factory=dict)

    def duty(self) -> LocalDuty:
        """Return the duty of another process."""
        bench, log = self.bench, build_log(self.bench.log)
        store: Any = self.store
        outage = Outage(
            store, bench.section, bench.ways, clock=bench.clock, log=log, new_id=sortable_id,
            machine="host-1", data_dir=self.folder,
        )  # fmt: skip
        return LocalDuty(
            store, bench.section, Recorder(bench.section, sortable_id), outage, bench.clock, log,
            sortable_id(), "host-1", self.folder,
            lambda: {"connected": self.connected, "last_progress_s": 0.0, "consuming": []},
        )  # fmt: skip

    async def rounds(self, duty: LocalDuty, *seconds: float) -> None:
        """Let time go by, with a look after each."""
        for one in seconds:
            self.bench.clock.move(one)
            await duty.round()


@pytest.fixture
def machine(make_bench: MakeBench, tmp_path: Path) -> Machine:
    """A machine whose rules are those of every configuration."""
    bench = make_bench(disk={"on": False})
    return Machine(bench, tmp_path / "data", Doubtful(bench.store))


async def test_an_outage_is_told_once_and_its_end_too(machine: Machine) -> None:
    """The one thing that nobody could be told is that the database is gone."""
    duty = machine.duty()
    machine.store.away = True
    await machine.rounds(duty, 1, 60, 50)
    assert machine.bench.postman.sent == []
    await machine.rounds(duty, 30, 30, 3600)
    (letter,) = machine.bench.postman.sent
    assert letter.to == ADDRESS
    assert letter.text.startswith("ALERT: host-1: the database takes no work")
    machine.store.away = False
    await machine.rounds(duty, 15, 30)
    assert len(machine.bench.postman.sent) == 1
    await machine.rounds(duty, 60, 60, 60)
    assert [line.partition(":")[0] for line in machine.bench.lines()] == ["ALERT", "OVER"]
    (row,) = await machine.bench.store.read(lambda tx: tx.alerts_over(limit=9))
    assert (row.rule, row.subject) == ("store", "host-1")
    assert not (machine.folder / FILE).exists()


async def test_a_short_absence_is_nobody_s_business(machine: Machine) -> None:
    """Each restart of the database would ring."""
    duty = machine.duty()
    for _ in range(5):
        machine.store.away = True
        await machine.rounds(duty, 15, 15, 15)
        machine.store.away = False
        await machine.rounds(duty, 15, 61, 61)
    assert machine.bench.postman.sent == []
    assert not (machine.folder / FILE).exists()


async def test_two_processes_and_a_restart_tell_it_once(machine: Machine) -> None:
    """A machine with eight workers would send eight messages, and eight more after a kill."""
    machine.store.away = True
    for _ in range(4):
        await asyncio.gather(*(machine.rounds(machine.duty(), 31) for _ in range(3)))
    assert len(machine.bench.postman.sent) == 1
    machine.store.away = False
    for _ in range(4):
        await asyncio.gather(*(machine.rounds(machine.duty(), 31) for _ in range(3)))
    assert [line.partition(":")[0] for line in machine.bench.lines()] == ["ALERT", "OVER"]


async def test_a_message_that_fails_is_tried_again(machine: Machine) -> None:
    """The mail server is often on the same network as the database."""
    duty, machine.store.away = machine.duty(), True
    machine.bench.postman.fails = "away"
    await machine.rounds(duty, 1, 121, 30)
    machine.bench.postman.fails = ""
    await machine.rounds(duty, 15, 15, 60, 60)
    assert len(machine.bench.postman.sent) == 1


async def test_who_never_heard_of_it_hears_no_end(machine: Machine) -> None:
    """'It is over' would be the first that somebody hears."""
    duty, machine.store.away = machine.duty(), True
    machine.bench.postman.fails = "away"
    await machine.rounds(duty, 1, 121)
    machine.store.away, machine.bench.postman.fails = False, ""
    await machine.rounds(duty, 61, 61, 61)
    assert [line.partition(":")[0] for line in machine.bench.lines()] == []


async def test_where_nothing_can_be_written_it_is_told_all_the_same(machine: Machine) -> None:
    """A full disk takes database and file at once."""
    machine.folder.write_text("no folder", "utf-8")
    duty, machine.store.away = machine.duty(), True
    await machine.rounds(duty, 1, 121, 60)
    machine.store.away = False
    await machine.rounds(duty, 61, 61)
    assert [line.partition(":")[0] for line in machine.bench.lines()] == ["ALERT", "OVER"]


async def test_a_broker_that_is_away_is_told(machine: Machine) -> None:
    """Workers would be slow for days with nobody the wiser."""
    duty, shared = machine.duty(), machine.bench.duty()
    machine.connected = False
    for seconds in (1, 200, 200):
        await machine.rounds(duty, seconds)
        await shared.round()
    await machine.bench.perform()
    machine.connected = True
    for seconds in (1, 61):
        await machine.rounds(duty, seconds)
        await shared.round()
    await shared.round()
    await machine.bench.perform()
    assert [line.partition(", ")[0] for line in machine.bench.lines()] == [
        "ALERT: host-1: the broker is not connected",
        "OVER: host-1: the broker is not connected",
    ]


async def test_a_full_disk_is_told_before_it_is_full(make_bench: MakeBench, tmp_path: Path) -> None:
    """The first that anybody hears would be that work is refused."""
    bench = make_bench(disk={"percent": 100.0})
    machine = Machine(bench, tmp_path / "data", Doubtful(bench.store))
    await machine.rounds(machine.duty(), 1)
    (row,) = await bench.store.read(lambda tx: tx.alerts_open())
    assert (row.rule, row.subject, str(row.state)) == ("disk", "host-1", "on")
    assert set(row.value) == {"free_mb", "percent"}


async def test_a_machine_that_is_gone_has_no_alerts(machine: Machine) -> None:
    """A container that was replaced would be on alert for ever."""
    duty, shared = machine.duty(), machine.bench.duty()
    machine.connected = False
    await machine.rounds(duty, 1, 301)
    await shared.round()
    for _ in range(12):
        machine.bench.clock.move(61)
        await shared.round()
    assert not await machine.bench.store.read(lambda tx: tx.alerts_open())
