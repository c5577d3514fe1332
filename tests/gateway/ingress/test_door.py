"""The HTTP door, served by the real server on a real store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import httpx
import pytest

from gateway.bootstrap.running import Gateway
from gateway.cli.http import HttpServer, listen
from gateway.cli.processes import door_of
from gateway.config import HttpSection
from gateway.contract import StoreError
from gateway.ids import sortable_id
from gateway.ingress import hooks
from gateway.ingress.app import build_http
from gateway.ingress.door import Door
from gateway.sync.receive import Receiver
from tests.gateway.ops.house import CUSTOMER, PHONE, PLANTED, TOKEN, House, eventually

R = TypeVar("R")


@dataclass
class Served:
    """A door that is open, and what stands behind it."""

    http: httpx.AsyncClient
    gateway: Gateway
    house: House

    async def hook(self, account: str = "shop", **call: Any) -> httpx.Response:
        """Call a webhook as the vendor does."""
        body = {"token": TOKEN, "kind": "customer", "id": "7", **call}
        return await self.http.post(f"/hooks/{account}", content=json.dumps(body))

    async def inbox(self) -> int:
        """Count hints in the journal, whatever became of them since."""
        counts = await self.gateway.foundation.store.read(lambda tx: tx.count_journal())
        return sum(count for (_, event, _), count in counts.items() if event == "hint")


@asynccontextmanager
async def opened(
    house: House, change: Callable[[Door], Door] = lambda door: door
) -> AsyncIterator[Served]:
    """Open the door of a running gateway."""
    async with house.gateway() as gateway:
        socket = listen(HttpSection(port=0))
        port = socket.getsockname()[1]
        server = HttpServer(build_http(change(door_of(gateway, works=True))), socket)
        base = f"http://127.0.0.1:{port}"
        async with server.serving(), httpx.AsyncClient(base_url=base, trust_env=False) as http:
            yield Served(http, gateway, house)


def problem_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the body after proving that it is a problem of RFC 9457."""
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["status"], body["type"]) == (
        status, status, f"urn:gateway:problem:{code}",
    )  # fmt: skip
    assert body["title"]
    assert body["detail"]
    assert body["correlation_id"] == response.headers["x-correlation-id"]
    return body


async def test_a_webhook_is_in_the_inbox_before_it_is_answered(house: House) -> None:
    """A vendor that was told 200 never repeats; a kill after that would lose the change."""
    async with opened(house) as served:
        answer = await served.hook()
        assert answer.status_code == httpx.codes.OK
        assert answer.json() == {"success": True}
        assert await served.inbox() == 1


async def test_a_webhook_starts_the_synchronisation(house: House) -> None:
    """A door that only stores would leave the change to the next poll."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with opened(house) as served:
        await served.hook()

        async def crm() -> list[Any]:
            return list(house.vendor("crm").read()["customer"].values())

        assert await eventually(crm, bool) == [CUSTOMER]


async def test_a_get_with_a_query_is_a_webhook_too(house: House) -> None:
    """RetailCRM's triggers call addresses, with all they have to say in the query."""
    async with opened(house) as served:
        query = {"token": TOKEN, "kind": "customer", "id": "7"}
        assert (await served.http.get("/hooks/shop", params=query)).status_code == httpx.codes.OK
        assert await served.inbox() == 1


async def test_calls_that_cannot_be_taken_are_problems(house: House) -> None:
    """A platform team would have to parse as many error forms as there are routes."""
    async with opened(house) as served:
        problem_of(await served.hook("nobody"), 404, "unknown-account")
        problem_of(await served.http.get("/nothing"), 404, "not-found")
        wrong_method = await served.http.put("/hooks/shop")
        problem_of(wrong_method, 405, "method-not-allowed")
        assert set(wrong_method.headers["allow"].split(", ")) == {"GET", "POST"}
        problem_of(await served.http.post("/hooks/shop", content=b"{"), 400, "webhook-refused")
        assert await served.inbox() == 0


async def test_a_call_without_proof_learns_nothing(house: House) -> None:
    """An answer that repeats the token, or tells tokens apart, helps to guess it."""
    async with opened(house) as served:
        body = problem_of(await served.hook(token="guess-1"), 403, "webhook-refused")
        assert "guess-1" not in json.dumps(body)
        assert "guess-1" not in house.log.getvalue()
        other = problem_of(await served.hook(token=""), 403, "webhook-refused")
        assert body["detail"] == other["detail"]


async def test_a_bug_is_a_problem_without_a_word_of_the_call(house: House) -> None:
    """An exception that quotes the body would send a phone to whoever calls, and to the log."""
    async with opened(house) as served:
        answer = await served.hook(id="bug", quote=PHONE)
        body = problem_of(answer, 500, "internal")
        assert PHONE not in answer.text
        log = house.log.getvalue()
        assert body["correlation_id"] in log
        assert not [secret for secret in PLANTED if secret in log]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_beyond_the_limit_is_refused(house: House, *, chunked: bool) -> None:
    """Unbounded bodies let anybody fill the memory; a length header may lie or be absent."""
    size = hooks.MOST_BYTES

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (size // 16)

    async with opened(house) as served:
        content: Any = parts() if chunked else b" " * (size + 1)
        problem_of(await served.http.post("/hooks/shop", content=content), 413, "too-large")
        call = json.dumps({"token": TOKEN, "kind": "customer", "id": "7"}).encode()
        fits = await served.http.post("/hooks/shop", content=call.ljust(size))
        assert fits.status_code == httpx.codes.OK


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("bitrix:42.A-7_x", True, id="fit"),
        pytest.param("79161234567", False, id="a phone"),
        pytest.param("a b", False, id="a space"),
        pytest.param("x" * 65, False, id="too long"),
    ],
)
async def test_a_correlation_id_goes_in_and_out(house: House, given: str, *, kept: bool) -> None:
    """Without it a vendor's trace ends at our door; with anything in it, ours holds anything."""
    async with opened(house) as served:
        headers = {"X-Correlation-ID": given}
        answer = await served.http.get("/hooks/nobody", headers=headers)
        assert (answer.headers["x-correlation-id"] == given) is kept
        problem_of(answer, 404, "unknown-account")


class FullStore:
    """A store whose disk is full, or that never answers."""

    def __init__(self, trouble: Exception | None) -> None:
        self.trouble = trouble

    async def run(self, work: Callable[[Any], R]) -> R:
        """Refuse, or hang."""
        if self.trouble is None:
            await asyncio.Event().wait()
        raise self.trouble or RuntimeError

    read = run

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Never wait."""
        return 0.0

    async def close(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize(
    "trouble", [pytest.param(StoreError("no space left"), id="full"), pytest.param(None, id="hung")]
)
async def test_a_store_that_takes_nothing_makes_the_vendor_repeat(
    house: House, monkeypatch: pytest.MonkeyPatch, trouble: Exception | None
) -> None:
    """A 200 for a change that is in no row loses it for good."""
    monkeypatch.setattr(hooks, "COMMIT_S", 0.05)

    def broken(door: Door) -> Door:
        receiver = Receiver(
            FullStore(trouble),
            door.receiver.applier,
            door.receiver.clock,
            sortable_id,
            door.receiver.wake,
        )
        return replace(door, receiver=receiver)

    async with opened(house, broken) as served:
        answer = await served.hook()
        problem_of(answer, 503, "store-unavailable")
        assert int(answer.headers["retry-after"]) > 0


async def test_probes_and_metrics_answer(house: House) -> None:
    """An orchestrator without them restarts nothing, or everything."""
    async with opened(house) as served:
        alive = await served.http.get("/healthz")
        assert alive.json() == {
            "status": "ok",
            "checks": dict.fromkeys(("store", "bus", "engine"), "ok"),
        }
        ready = await eventually(
            lambda: served.http.get("/readyz"), lambda answer: answer.status_code == httpx.codes.OK
        )
        assert set(ready.json()["checks"]) == {"store", "schema", "bus"}
        await served.hook()
        metrics = await served.http.get("/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        expected = 'gateway_received_total{account="shop",kind="customer",result="new"} 1.0'
        assert expected in metrics.text


async def test_a_process_that_is_not_ready_says_why(house: House) -> None:
    """An alarm without a reason costs the first half hour of an outage."""
    async with opened(house) as served:
        await served.gateway.foundation.store.close()
        body = problem_of(await served.http.get("/readyz"), 503, "not-ready")
        assert "store" in body["checks"]


async def test_the_door_describes_itself(house: House) -> None:
    """Platform teams generate their clients from the description."""
    async with opened(house) as served:
        description: Mapping[str, Any] = (await served.http.get("/openapi.json")).json()
        assert {"/hooks/{account}", "/healthz", "/readyz", "/metrics"} <= set(description["paths"])


async def test_nothing_that_came_in_is_left_out_of_the_log_masking(house: House) -> None:
    """One unmasked line is a leak, whichever line it is."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with opened(house) as served:
        await served.hook(quote=PHONE)
        await served.hook(id="bug", quote=PHONE)
        await served.http.get(f"/hooks/{PHONE}?email=a@b.ru")
    assert not [secret for secret in PLANTED if secret in house.log.getvalue()]
