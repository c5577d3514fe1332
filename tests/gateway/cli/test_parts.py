"""Several processes on PostgreSQL and RabbitMQ: the same program, the same configuration."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack

import httpx

from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import process, running
from tests.gateway.ops.house import CUSTOMER, TOKEN, House, eventually


async def test_a_door_and_two_workers_are_one_gateway(shared: House) -> None:
    """Scaling out must be more processes and nothing else."""
    shared.vendor("shop").change(customer={"7": CUSTOMER})
    assert (await asyncio.to_thread(process, shared, "db", "upgrade")).code == ExitCode.OK
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(running(shared, "serve"))
        workers = [
            await stack.enter_async_context(running(shared, "work", "--index", index, "--of", "2"))
            for index in "01"
        ]
        port = (await door.event("run.started"))["port"]
        for worker in workers:
            await worker.event("run.started")
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)
        )
        await eventually(
            lambda: http.get("/readyz"), lambda answer: answer.status_code == httpx.codes.OK
        )
        call = {"token": TOKEN, "kind": "customer", "id": "7"}
        assert (await http.post("/hooks/shop", json=call)).status_code == httpx.codes.OK

        async def crm() -> list[object]:
            return list(shared.vendor("crm").read()["customer"].values())

        assert await eventually(crm, bool) == [CUSTOMER]
        for one in (door, *workers):
            one.process.send_signal(signal.SIGTERM)
        assert [await one.ended() for one in (door, *workers)] == [ExitCode.OK] * 3
