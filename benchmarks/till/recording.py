"""Recording: what the connector says to the processor for each kind of call, and what it answers.

The real double answers once. What was said is later said again by the bench itself (the direct
leg), and what was answered is what the processor of the measured legs answers.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson

from benchmarks.heard import Heard, Listening, raw
from benchmarks.vendors.meter import MachineClock, Silence
from benchmarks.w1.starting import end, start
from gateway.canonical import BonusPoints, Money, OrderLine, ProductRef
from gateway.contract import ConnectorContext, HttpClient, LoyaltyProcessing, MemberKey, Sale
from gateway.contract.budget import UnlimitedBudget
from gateway.contract.client import TransportClient
from gateway.contract.http import build_client
from gateway.contract.transport import build_transport
from gateway.registry import discover

LINES = 5
PHONE = "79991234567"
POINTS = 500
SPENT = 50
_VENDOR = "mindbox"


@dataclass(slots=True)
class Recording:
    """Calls by step, and answers by operation. Shape: calls are whole HTTP requests."""

    about: Mapping[str, Any]
    member_id: str = ""
    calls: dict[str, list[bytes]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)


def basket(sale_id: str, member_id: str, *, points: int) -> Sale:
    """Return a sale of five lines in the form in which the bench's till sends it."""
    lines = [
        OrderLine(
            id=str(number),
            product=ProductRef(external_id=f"SKU-{number}", name=f"Шампур № {number}"),
            quantity=Decimal(number),
            base_price=Money.of("199.90"),
            price=Money.of("199.90"),
        )
        for number in range(1, LINES + 1)
    ]
    return Sale(
        id=sale_id,
        lines=lines,
        at=datetime.now(UTC),
        member=MemberKey(external_id=member_id),
        points=BonusPoints(points=Decimal(points)),
        shop="msk-1",
        till="msk-1-1",
    )


async def record() -> Recording:
    """Ask the double once for each step."""
    async with _double() as about, httpx.AsyncClient(base_url=about["url"]) as door:
        heard: Heard = []
        made = Recording(about)
        made.member_id = await _member(door)
        loyalty = _loyalty(about, heard)
        sale = basket("bench-0", made.member_id, points=0)
        spending = basket("bench-1", made.member_id, points=SPENT)
        await loyalty.identify(MemberKey(phone=f"+{PHONE}"))
        _keep(made, "identify", heard)
        await loyalty.quote(sale)
        _keep(made, "quote", heard)
        await loyalty.quote(spending)
        _keep(made, "quote of points", heard)
        kept = await loyalty.reserve(spending, key="bench-reserve")
        _keep(made, "reserve", heard)
        await loyalty.commit(spending, kept, key="bench-commit")
        _keep(made, "commit", heard)
        return made


def _keep(made: Recording, step: str, heard: Heard) -> None:
    """Sort what was heard of a step."""
    made.calls[step] = [raw(sending) for sending, _ in heard]
    for sending, text in heard:
        (operation,) = parse_qs(urlsplit(sending.url).query)["operation"]
        made.answers[operation] = text
    heard.clear()


def _loyalty(about: Mapping[str, Any], heard: Heard) -> LoyaltyProcessing:
    clock, log = MachineClock(), Silence()

    def http(
        base_url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float | None = None
    ) -> HttpClient:
        client = build_client(
            base_url, account=_VENDOR, budget=UnlimitedBudget(clock), clock=clock, log=log,
            headers=headers, timeout_s=timeout_s or 15.0,
        )  # fmt: skip
        if isinstance(client, TransportClient):
            client.wire = Listening(build_transport(timeout_s=15.0), heard)
        return client

    factory = discover().factory(_VENDOR)
    settings = factory.settings.model_validate(settings_of(about))
    made = factory.build(ConnectorContext(_VENDOR, settings, http, clock, log))
    loyalty = made.services.loyalty
    if loyalty is None:
        msg = f"{_VENDOR} has no loyalty"
        raise RuntimeError(msg)
    return loyalty


def settings_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the account."""
    return {
        "url": about["url"],
        "endpoint_id": about["endpoint_id"],
        "secret_key": about["secret_key"],
    }


async def _member(door: httpx.AsyncClient) -> str:
    row = {"mobilePhone": PHONE, "firstName": "Ольга", "lots": [{"amount": POINTS}]}
    await _told(door, "seed", {"customers": [row]})
    found = await _told(door, "inspect", {"what": "customers"})
    return str(found["customers"][0]["ids"]["mindboxId"])


async def _told(door: httpx.AsyncClient, what: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    answer = await door.post(f"/__mock__/{what}", content=orjson.dumps(body))
    answer.raise_for_status()
    return answer.json()


@asynccontextmanager
async def _double() -> AsyncIterator[Mapping[str, Any]]:
    process = start("mocks", "--only", _VENDOR, environment=os.environ, piped=True)
    try:
        line = await asyncio.to_thread(process.stdout.readline) if process.stdout else b""
        yield orjson.loads(line)[_VENDOR]
    finally:
        await asyncio.to_thread(end, [process])
        if process.stdout is not None:
            process.stdout.close()


def steps(recording: Recording) -> Sequence[str]:
    """Return the steps that were recorded."""
    return list(recording.calls)
