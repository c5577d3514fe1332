"""The doors of tills, served in memory over the service in memory."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

import httpx
from fastapi import FastAPI

from gateway.canonical import CardRef, Customer, EmailContact, PersonName, PhoneContact
from gateway.config.loyalty import CallerSection
from gateway.contract import Caller, StoreError
from gateway.ids import sortable_id
from gateway.ingress.app import build_http
from gateway.ingress.door import Door
from gateway.ingress.pos.callers import Callers, Guard
from gateway.ingress.pos.part import TillPart
from gateway.loyalty.cards import CardAnswer
from gateway.ops.gauges import Gauges
from gateway.ops.health import Health, Vitals
from gateway.store import SchemaState
from gateway.sync.receive import Receiver
from gateway.telemetry import Metrics, build_log
from tests.gateway.ingress.pos.memory import MemoryTills

R = TypeVar("R")

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
KEY, OTHER_KEY, READER_KEY, SITE_KEY = (
    "till-1-key-0123456789", "till-2-key-0123456789", "reader-key-0123456789",
    "site-key-0123456789ab",
)  # fmt: skip
PHONE, EMAIL, FIRST, LAST = "+79161234567", "alyona@example.ru", "Алёна", "Ёжикова"
CARD = "2100123456789"
PLANTED = (PHONE, "9161234567", "916) 123", EMAIL, FIRST, LAST, CARD, KEY, OTHER_KEY)


class HeldClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Return the held moment."""
        return NOW

    def monotonic(self) -> float:
        """Return the same instant."""
        return 0.0


class NoStore:
    """A store that is away: no till may need it."""

    async def run(self, work: Callable[[Any], R]) -> R:
        """Refuse."""
        reason = "away"
        raise StoreError(reason)

    read = run

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Never wait."""
        return 0.0

    async def close(self) -> None:
        """Hold nothing."""


@dataclass
class MemoryCards:
    """Knows one card. ``asked`` holds whom it was asked for."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)
    trouble: Exception | None = None

    async def check(self, caller: Caller, number: str, *, client: str, session: str) -> CardAnswer:
        """Look the card up."""
        self.asked.append((number, client, session))
        if self.trouble is not None:
            raise self.trouble
        return CardAnswer(number == CARD, Decimal("7.5") if number == CARD else None)


@dataclass
class Served:
    """An open door, and what stands behind it."""

    http: httpx.AsyncClient
    service: MemoryTills
    cards: MemoryCards
    log: io.StringIO

    async def call(
        self,
        path: str,
        body: object = None,
        *,
        key: str = KEY,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Call as a till does; bytes go as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {
            "Authorization": f"Bearer {key}", "Content-Type": "application/json", **(headers or {})
        }  # fmt: skip
        return await self.http.request(
            method, path, content=None if body is None else content, headers=told
        )


def member() -> Customer:
    """Return the member whom all tests know as ``m-1``."""
    return Customer(
        name=PersonName(first=FIRST, last=LAST),
        phones=(PhoneContact(number=PHONE),),
        emails=(EmailContact(address=EMAIL),),
        cards=(CardRef(number=CARD),),
    )


def part_of(
    service: MemoryTills, *, log: io.StringIO, cards: MemoryCards | None, guard: Guard | None = None
) -> TillPart:
    """Return the part of the door over a service."""
    sections = {
        "till-1": CallerSection.model_validate({"key": KEY, "shop": "s-1"}),
        "till-2": CallerSection.model_validate({"key": OTHER_KEY, "zone": "Asia/Yekaterinburg"}),
        "reader": CallerSection.model_validate({"key": READER_KEY, "scopes": ["read"]}),
        "site": CallerSection.model_validate({"key": SITE_KEY}),
    }
    written = build_log(log)
    return TillPart(
        service=service,
        callers=Callers(sections, log=written, guard=guard),
        clock=HeldClock(),
        log=written,
        new_id=sortable_id,
        cards=cards,
    )


def application(part: TillPart | None) -> FastAPI:
    """Return the whole application on a store that is away."""
    log, metrics, store = build_log(io.StringIO()), Metrics(), NoStore()
    vitals = Vitals(schema=lambda: SchemaState("", ""))
    door = Door(
        accounts={},
        # No account, so nobody calls it.
        receiver=cast("Receiver", None),
        desks={},
        health=Health(store, vitals, HeldClock()),
        metrics=metrics,
        gauges=Gauges(store, metrics, accounts={}, clock=HeldClock(), log=log),
        log=log if part is None else part.log,
        till=part,
    )
    return build_http(door)


@asynccontextmanager
async def opened(
    service: MemoryTills | None = None,
    change: Callable[[TillPart], TillPart] = lambda part: part,
    guard: Guard | None = None,
) -> AsyncIterator[Served]:
    """Open the doors of tills."""
    service = service or MemoryTills({"m-1": member()}, {"m-1": Decimal(100)})
    cards, log = MemoryCards(), io.StringIO()
    app = application(change(part_of(service, log=log, cards=cards, guard=guard)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=("10.0.0.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        yield Served(http, service, cards, log)


def basket(**changes: Any) -> dict[str, Any]:
    """Return a basket of two lines, 350 roubles."""
    sale: dict[str, Any] = {
        "id": "s-1",
        "at": "2026-11-30T12:00:00+03:00",
        "member": {"phone": "8 (916) 123-45-67"},
        "lines": [line(), line(id="2", sku="A-2", quantity="2", price="125.00")],
        "total": "350.00",
    }
    return {name: value for name, value in {**sale, **changes}.items() if value is not ...}


def line(**changes: Any) -> dict[str, Any]:
    """Return one line of 100 roubles."""
    told: dict[str, Any] = {"id": "1", "sku": "A-1", "quantity": 1, "price": 100}
    return {name: value for name, value in {**told, **changes}.items() if value is not ...}


def sale(**changes: Any) -> dict[str, Any]:
    """Return a basket whose id stands in the address."""
    return basket(id=..., **changes)


def without_cards(part: TillPart) -> TillPart:
    """Return a part to which no directory of cards is connected."""
    return replace(part, cards=None)
