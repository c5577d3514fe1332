"""Processes: they come up, survive a kill, drain at a signal, and refuse with one clear text."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys

import httpx

from gateway.ops.faults import ExitCode
from gateway.store import schema_state
from tests.gateway.cli.run import process, running
from tests.gateway.ops.house import CUSTOMER, PLANTED, TOKEN, House, eventually


async def test_run_makes_the_database_serves_synchronises_and_drains(house: House) -> None:
    """The one command of a small shop must need no other."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with running(house, "run") as gateway:
        port = (await gateway.event("run.started"))["port"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            assert (await http.get("/healthz")).status_code == httpx.codes.OK
            call = {"token": TOKEN, "kind": "customer", "id": "7"}
            assert (await http.post("/hooks/shop", json=call)).status_code == httpx.codes.OK

            async def crm() -> list[object]:
                return list(house.vendor("crm").read()["customer"].values())

            assert await eventually(crm, bool) == [CUSTOMER]
        gateway.process.send_signal(signal.SIGTERM)
        assert await gateway.ended() == ExitCode.OK
    assert gateway.lines[-1]["event"] == "run.stopped"
    log = json.dumps(gateway.lines, ensure_ascii=False)
    assert not [secret for secret in PLANTED if secret in log]
    assert schema_state(house.url).fits


async def test_a_hint_that_was_acknowledged_survives_a_kill(house: House) -> None:
    """Kill -9 right after the answer is the moment in which work is lost elsewhere."""
    house.vendor("shop").change(customer={"7": CUSTOMER}, mood="away")
    async with running(house, "run") as gateway:
        port = (await gateway.event("run.started"))["port"]
        async with httpx.AsyncClient(trust_env=False) as http:
            call = {"token": TOKEN, "kind": "customer", "id": "7"}
            url = f"http://127.0.0.1:{port}/hooks/shop"
            assert (await http.post(url, json=call)).status_code == httpx.codes.OK
        gateway.process.kill()
        assert await gateway.ended() == -signal.SIGKILL
    house.vendor("shop").change(mood="ok")
    async with running(house, "run") as gateway:
        await gateway.event("run.started")

        async def crm() -> list[object]:
            return list(house.vendor("crm").read()["customer"].values())

        assert await eventually(crm, bool) == [CUSTOMER]


async def test_a_second_signal_ends_at_once(house: House) -> None:
    """A vendor that never answers must not hold an operator who wants to leave."""
    house.vendor("shop").change(mood="hangs")
    async with running(house, "run") as gateway:
        await gateway.event("run.started")
        gateway.process.send_signal(signal.SIGINT)
        await gateway.event("run.stopping")
        gateway.process.send_signal(signal.SIGINT)
        assert await gateway.ended() == 128 + signal.SIGINT
    assert "run.stopped" not in [line["event"] for line in gateway.lines]


async def test_two_gateways_never_share_an_embedded_store(house: House) -> None:
    """Two processes would send everything twice and out of order."""
    async with running(house, "run") as gateway:
        await gateway.event("run.started")
        ended = await asyncio.to_thread(process, house, "run")
    assert ended.code == ExitCode.STORE
    assert "another gateway process works on this file" in ended.err
    assert "Traceback" not in ended.err


def test_help_is_quick_because_it_loads_little() -> None:
    """An operator at a terminal waits for every import."""
    script = (
        "import sys; sys.argv = ['gateway', '--help']\n"
        "from gateway.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'httpx', 'sqlalchemy', 'kombu', 'fastapi'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout
