"""Readiness of a whole process: what keeps work from coming in or going out is told by name."""

from __future__ import annotations

import socket

import httpx

from tests.gateway.cli.run import running
from tests.gateway.ops.house import House, eventually

_ACCOUNT = """\
[events]
url = "amqp://127.0.0.1:{port}//"

[accounts.orders]
connector = "canonical"
reads = ["order"]

[accounts.orders.queue]
url = {{ file = "{url_file}" }}
name = "orders"

[accounts.shop]
"""


async def test_a_broker_of_a_queue_or_of_listeners_that_is_away_is_told(house: House) -> None:
    """Orders stay in their queue and listeners wait, while all else of the process is well."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    url_file = house.folder / "amqp-url"
    url_file.write_text(f"amqp://127.0.0.1:{port}//", "utf-8")
    house.edit_config("[accounts.shop]\n", _ACCOUNT.format(port=port, url_file=url_file))
    async with running(house, "run") as gateway:
        http_port = (await gateway.event("run.started"))["port"]
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{http_port}", trust_env=False
        ) as http:

            async def checks() -> dict[str, str]:
                answer = await http.get("/readyz")
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
                found: dict[str, str] = answer.json()["checks"]
                return found

            told = await eventually(checks, lambda found: "trouble" in found["intake:orders"])
            assert "check accounts.orders.queue and that the broker runs" in told["intake:orders"]
            assert "check events.url and that the broker runs" in told["events"]
            assert {told[part] for part in ("store", "schema", "bus")} == {"ok"}
            assert (await http.get("/healthz")).status_code == httpx.codes.OK
            text = (await http.get("/metrics")).text
    assert 'gateway_ready{part="intake:orders"} 0.0' in text
    assert 'gateway_bus_connected{link="events"} 0.0' in text
    assert 'gateway_bus_connected{link="wakes"} 1.0' in text
