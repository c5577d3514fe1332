"""Health: alive by progress, ready by what work needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from gateway.bus import BusHealth, LinkHealth
from gateway.contract import StoreError
from gateway.ops import health as module
from gateway.ops.health import STALL_S, Health, Vitals
from gateway.store import SchemaState
from tests.gateway.contract.fakes import FakeClock

R = TypeVar("R")


class FakeStore:
    """A store that commits, refuses or hangs."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.hangs = False
        self.asked = 0

    async def run(self, work: Callable[[Any], R]) -> R:
        """Commit nothing."""
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble:
            raise self.trouble
        return work(None)

    read = run

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Never wait."""
        return 0.0

    async def close(self) -> None:
        """Hold nothing."""


class Parts:
    """A process whose parts a test can break."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.clock = FakeClock()
        self.bus = BusHealth(connected=True, last_progress_s=0.1, consuming=[0])
        self.idle_s = 0.0
        self.schema = SchemaState("0002", "0002")
        vitals = Vitals(lambda: self.schema, lambda: self.bus, lambda: self.idle_s)
        self.health = Health(self.store, vitals, self.clock)


async def test_a_process_with_all_parts_is_alive_and_ready() -> None:
    """A false alarm restarts a healthy process."""
    parts = Parts()
    assert (await parts.health.live()).ok
    assert (await parts.health.ready()).texts() == {"store": "ok", "schema": "ok", "bus": "ok"}


async def test_a_store_that_refuses_is_not_ready_but_alive() -> None:
    """A restart does not bring a database back, it only adds an outage."""
    parts = Parts()
    parts.store.trouble = StoreError("no space left for the database; free its disk")
    parts.idle_s = 2 * STALL_S
    ready = await parts.health.ready()
    assert (ready.ok, ready.findings["store"].text) == (False, str(parts.store.trouble))
    assert (await parts.health.live()).ok


async def test_an_engine_or_bus_without_progress_is_not_alive() -> None:
    """A hung process whose port still answers would never be restarted."""
    parts = Parts()
    parts.idle_s = STALL_S + 1
    assert not (await parts.health.live()).findings["engine"].ok
    parts.idle_s = 0.0
    parts.bus = BusHealth(connected=True, last_progress_s=STALL_S + 1, consuming=[])
    assert not (await parts.health.live()).findings["bus"].ok


async def test_a_hanging_store_is_first_not_ready_and_then_not_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A store thread that died would take no work for ever."""
    monkeypatch.setattr(module, "STORE_ANSWER_S", 0.01)
    parts = Parts()
    parts.store.hangs = True
    assert not (await parts.health.ready()).ok
    assert (await parts.health.live()).ok
    parts.clock.seconds += STALL_S + 1
    assert not (await parts.health.live()).findings["store"].ok


async def test_a_broker_or_schema_that_does_not_fit_is_not_ready() -> None:
    """Work sent to such a process would wait or fail."""
    parts = Parts()
    parts.bus = BusHealth(connected=False, last_progress_s=0.0, consuming=[])
    parts.schema = SchemaState("0003", "0002", known=False)
    findings = (await parts.health.ready()).findings
    assert "check [bus] url" in findings["bus"].text
    assert "newer program" in findings["schema"].text


async def test_many_probes_cost_one_commit() -> None:
    """A balancer that probes every second must not write the disk for each."""
    parts = Parts()
    await asyncio.gather(*(parts.health.ready() for _ in range(50)))
    assert parts.store.asked == 1


@pytest.mark.parametrize(
    ("name", "setting"), [("intake:orders", "accounts.orders.queue"), ("events", "events.url")]
)
async def test_other_connections_to_brokers_are_told_by_name(name: str, setting: str) -> None:
    """A shop's orders would stay in their queue while every probe says that all is well."""
    link = LinkHealth(connected=False, last_error="ConnectionRefusedError")
    vitals = Vitals(lambda: SchemaState("0002", "0002"), links={name: lambda: link})
    health = Health(FakeStore(), vitals, FakeClock())
    assert (await health.live()).ok, "a restart does not bring a broker back"
    report = await health.ready()
    assert not report.ok
    text = report.findings[name].text
    assert text == (
        f"not connected (last trouble: ConnectionRefusedError): check {setting} and that the "
        "broker runs"
    )
    link = LinkHealth(connected=True)
    assert (await health.ready()).ok
    link = LinkHealth(connected=True, silent_s=STALL_S + 1)
    assert not (await health.live()).findings[name].ok


async def test_messages_in_hand_while_the_store_is_away_are_no_hang() -> None:
    """Restarting readers of queues would not bring the database back."""
    parts, link = Parts(), LinkHealth(connected=True, silent_s=STALL_S + 1)
    parts.store.trouble = StoreError("away")
    vitals = Vitals(lambda: parts.schema, links={"intake:orders": lambda: link})
    assert (await Health(parts.store, vitals, parts.clock).live()).ok
