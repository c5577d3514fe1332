"""Signed calls: proved by the receiver, repeated until they are taken, in order."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.contract.budget import account_budget
from gateway.contract.http import build_client
from gateway.ops.alerts.hook import Hook, base_of
from gateway.telemetry import build_log
from tests.gateway.ops.alerts.bench import Bench
from tests.gateway.ops.alerts.conftest import MakeBench
from tests.gateway.ops.alerts.receiver import SECRET, Receiver, receiving
from tests.store.rows import HeldClock


@asynccontextmanager
async def hooked(make_bench: MakeBench, **more: Any) -> AsyncIterator[tuple[Bench, Receiver]]:
    """A bench whose one address is a receiver."""
    clients, bench_log = [], io.StringIO()

    def make(name: str, url: str, secret: str) -> Hook:
        clock = HeldClock()
        client = build_client(
            base_of(url), account=name, budget=account_budget(name, None, clock=clock),
            clock=clock, log=build_log(bench_log), timeout_s=3.0,
        )  # fmt: skip
        clients.append(client)
        return Hook(client, url, secret, clock)

    async with receiving() as receiver:
        to = {"board": {"hook": receiver.url, "secret": SECRET}}
        bench = make_bench(to=to, make_hook=make, **more)
        yield bench, receiver
        for client in clients:
            await client.close()


async def test_a_receiver_can_prove_and_read_it(make_bench: MakeBench) -> None:
    """Anybody could send alarms, or a program could not tell which alarm ended."""
    async with hooked(make_bench, console_url="https://gw.example") as (bench, receiver):
        duty = bench.duty()
        await bench.park("crm")
        await duty.round()
        (body,) = receiver.bodies.values()
        (one,) = body["alerts"]
        assert (one["turn"], one["rule"], one["subject"]) == ("began", "auth", "crm")
        assert one["runbook"] == "docs/how-to/alerts.md#alert-auth"
        assert one["since"] == bench.clock.now().isoformat()
        assert body["console"] == "https://gw.example/alerts"
        assert receiver.forged == 0


async def test_a_call_is_repeated_until_it_is_taken(make_bench: MakeBench) -> None:
    """A receiver that restarts would miss the beginning and hear of the end."""
    async with hooked(make_bench) as (bench, receiver):
        duty = bench.duty()
        receiver.status = 503
        await bench.park("crm")
        for _ in range(3):
            await duty.round()
            bench.clock.move(30)
        assert receiver.calls == 3
        (note,) = await bench.store.read(lambda tx: tx.open_notes())
        assert (note.cause, note.attempts) == ("HTTP 503", 3)
        await bench.park("crm", parked=False)
        await duty.round()
        bench.clock.move(61)
        receiver.status = 200
        for _ in range(3):
            await duty.round()
            bench.clock.move(30)
        assert receiver.turns() == [("began", "auth", "crm"), ("over", "auth", "crm")]
        assert not await bench.store.read(lambda tx: tx.open_notes())


async def test_a_repeated_call_has_the_same_id(make_bench: MakeBench) -> None:
    """A receiver that took it and answered too late would count it twice."""
    async with hooked(make_bench) as (bench, receiver):
        duty = bench.duty()
        receiver.forgets = True
        await bench.park("crm")
        await duty.round()
        receiver.forgets = False
        bench.clock.move(30)
        await duty.round()
        assert (receiver.calls, len(receiver.bodies)) == (2, 1)


async def test_a_receiver_that_is_gone_is_given_up_one_day(make_bench: MakeBench) -> None:
    """One dead address would be called for ever, and the table grow."""
    async with hooked(make_bench) as (bench, receiver):
        duty = bench.duty()
        receiver.status = 410
        await bench.park("crm")
        for _ in range(62):
            await duty.round()
            bench.clock.move(601)
        assert receiver.calls == 60
        assert not await bench.store.read(lambda tx: tx.open_notes())


async def test_the_log_tells_no_secret_and_no_address(make_bench: MakeBench) -> None:
    """Addresses of receivers hold tokens."""
    async with hooked(make_bench) as (bench, receiver):
        receiver.status = 500
        await bench.park("crm")
        await bench.duty().round()
        assert "from=gateway" not in bench.log.getvalue()
        assert SECRET not in repr(bench.ways)
        assert "from=gateway" not in repr(bench.ways)
