"""Worker's port: a worker is probed and scraped like any process, and ends as before."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import suppress

import httpx
import pytest

from gateway.cli.worker_port import answering, bound
from gateway.config import WorkSection
from gateway.contract import ConfigInvalid
from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import process, running
from tests.gateway.ops.house import CUSTOMER, TOKEN, House, eventually


def _asked(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


@pytest.mark.services
async def test_a_worker_tells_how_it_is_and_ends_in_order(shared: House) -> None:
    """The processes that do all the work would be the ones that nobody sees."""
    assert (await asyncio.to_thread(process, shared, "db", "upgrade")).code == ExitCode.OK
    shared.edit_config("[sync]\n", "[work]\nmetrics_port = 0\n\n[sync]\n")
    shared.vendor("shop").change(customer={"7": CUSTOMER})
    async with running(shared, "work") as worker, running(shared, "serve") as door:
        hooks = f"http://127.0.0.1:{(await door.event('run.started'))['port']}/hooks/shop"
        port = (await worker.event("run.started"))["metrics_port"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:

            async def ready() -> httpx.Response:
                return await http.get("/readyz")

            answer = await eventually(ready, lambda found: found.status_code == httpx.codes.OK)
            assert answer.json() == {
                "status": "ok", "checks": {"store": "ok", "schema": "ok", "bus": "ok"},
            }  # fmt: skip
            assert (await http.get("/healthz")).json()["checks"]["engine"] == "ok"

            call = {"token": TOKEN, "kind": "customer", "id": "7"}
            assert (await http.post(hooks, json=call)).status_code == httpx.codes.OK

            async def delivered() -> str:
                return (await http.get("/metrics")).text

            sent = 'gateway_deliveries_total{account="crm",kind="customer",result="created"} 1.0'
            text = await eventually(delivered, lambda found: sent in found)
            assert 'gateway_ready{part="bus"} 1.0' in text
            assert 'gateway_build_info{role="work"' in text
            assert 'gateway_delivery_lag_seconds_count{account="crm"} 1.0' in text
            assert "gateway_due{" not in text
            assert (await http.get("/ops/v1/letters")).status_code == httpx.codes.NOT_FOUND
            assert (await http.post("/metrics")).status_code == httpx.codes.NOT_FOUND
            assert (await http.head("/healthz")).text == ""
        worker.process.send_signal(signal.SIGTERM)
        assert await worker.ended() == ExitCode.OK
    assert worker.lines[-1]["event"] == "run.stopped"


def two_ports() -> socket.socket:
    """Take a port of which the next one is free as well."""
    while True:
        taken = socket.create_server(("127.0.0.1", 0))
        with suppress(OSError, OverflowError):
            socket.create_server(("127.0.0.1", taken.getsockname()[1] + 1)).close()
            return taken
        taken.close()


def test_each_worker_has_a_port_of_its_own() -> None:
    """The second of two on one machine could not start."""
    with two_ports() as taken:
        base = taken.getsockname()[1]
        section = WorkSection(metrics_port=base)
        with pytest.raises(ConfigInvalid, match=r"choose another \[work\] metrics_port"):
            bound(section, 0)
    for index in (0, 1):
        server = bound(section, index)
        assert server.server_port == base + index
        server.server_close()


async def test_a_loop_that_hangs_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent port looks like a lost network, and is not restarted."""
    from gateway.cli import worker_port  # noqa: PLC0415 - to shorten its patience
    from gateway.cli.processes import door_of  # noqa: PLC0415 - loads much

    monkeypatch.setattr(worker_port, "LOOP_ANSWER_S", 0.2)
    async with house.gateway() as gateway:
        server = bound(WorkSection(metrics_port=0), 0)
        async with answering(server, door_of(gateway, works=True, role="work")):
            url = f"http://127.0.0.1:{server.server_port}/healthz"
            # Called on the loop itself, so that the loop cannot answer meanwhile.
            answer = _asked(url)
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert answer.json()["code"] == "not-alive"
            answer = await asyncio.to_thread(_asked, url)
            assert answer.status_code == httpx.codes.OK
