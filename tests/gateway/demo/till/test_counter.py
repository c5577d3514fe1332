"""A till worked by hand: each command does what the cashier means, with or without a line."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import orjson

from gateway.demo.till.api import TillApi
from gateway.demo.till.counter import Counter
from gateway.demo.till.goods import Shelf
from gateway.demo.till.words import EN, RU

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
MEMBER = {"member_id": "m-1", "name": {"first": "Ольга", "last": "Ёлкина"}, "accounts": []}
QUOTE: dict[str, Any] = {
    "lines": [], "total": "100.00", "points_earned": "3.00", "points_spent": "0",
    "available": "600", "spendable": "50", "allowed": {"spending": True}, "receipt_texts": ["Ура"],
    "cashier_hints": [], "offers": [], "invitation": None, "degraded": None,
}  # fmt: skip


class Desk:
    """A gateway by script: what it was asked, and what it answers next by path."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.is_down = False
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {
            "/identify": (200, {"found": True, "member": MEMBER, "degraded": None}),
            "/quote": (200, QUOTE),
            "/codes": (200, {"reference": "ref-1"}),
            "/codes/confirm": (200, {"confirmed": True, "proof": "proof-1"}),
            "reserve": (200, {"stage": "reserved", "points_spent": "50"}),
            "commit": (200, {
                "stage": "committed", "points_earned": "2.50", "balance": {"available": "552.5"},
            }),
            "cancel": (200, {"stage": "cancelled"}),
            "/returns": (200, {"stage": "committed"}),
        }  # fmt: skip

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        if self.is_down:
            raise httpx.ConnectError("down", request=request)  # noqa: EM101 - httpx's own
        path = request.url.path.removeprefix("/pos/v1")
        body = orjson.loads(request.content) if request.content else {}
        self.asked.append((path, body))
        name = path if path in self.answers else path.rsplit("/", 1)[-1]
        status, told = self.answers.get(name, self.answers["/returns"])
        return httpx.Response(status, json=told)

    def bodies(self, end: str) -> list[dict[str, Any]]:
        """Return the bodies of calls to paths that end so."""
        return [body for path, body in self.asked if path.endswith(end)]


class Worked:
    """A counter with what it said and printed."""

    def __init__(self, http: httpx.AsyncClient, desk: Desk, *, english: bool = False) -> None:
        numbers = count(1)
        self.desk = desk
        self.said: list[str] = []
        self.slips: list[str] = []
        self.counter = Counter(
            TillApi(http, "http://gateway", "key"),
            Shelf.filled(random.Random(1)),
            EN if english else RU,
            "S-01",
            lambda: NOON,
            lambda: f"sale-{next(numbers)}",
            self.said.append,
            self.slips.append,
        )

    async def type(self, *lines: str) -> bool:
        """Type lines; True while the counter goes on."""
        goes_on = True
        for line in lines:
            goes_on = await self.counter.do(line)
        return goes_on


@asynccontextmanager
async def opened(*, english: bool = False) -> AsyncIterator[Worked]:
    """Open a counter on a scripted gateway."""
    desk = Desk()
    async with httpx.AsyncClient(transport=httpx.MockTransport(desk.handle)) as http:
        yield Worked(http, desk, english=english)


async def test_a_sale_from_scan_to_receipt() -> None:
    """Points would be taken that nobody asked for, or the receipt show others."""
    async with opened() as till:
        await till.type("1 x2", "+7 916 000 00 01", "код", "код 1234", "баллы все", "оплата")
        assert till.desk.bodies("/identify") == [{"phone": "+7 916 000 00 01"}]
        (reserve,) = till.desk.bodies("/reserve")
        (commit,) = till.desk.bodies("/commit")
        assert (reserve["points"], reserve["proof"]) == ("50", "proof-1")
        assert "proof" not in commit
        assert commit["points"] == "50"
        paid = sum(float(one["amount"]) for one in commit["payments"])
        assert paid == float(commit["total"]) - 50
        (slip,) = till.slips
        for part in ("Оплачено баллами", "-50.00", "2.5", "552.5", "Ура"):
            assert part in slip
        assert any("Ольга Ёлкина" in text for text in till.said)


async def test_no_points_now_is_sold_without() -> None:
    """A customer would pay by points that were never blocked."""
    async with opened() as till:
        till.desk.answers["reserve"] = (200, {"stage": "unavailable"})
        await till.type("1", "+79160000001", "баллы 50", "оплата")
        (commit,) = till.desk.bodies("/commit")
        assert "points" not in commit
        assert RU.not_now in till.said
        assert "Оплачено баллами" not in till.slips[0]


async def test_without_a_line_the_receipt_is_printed_and_told_later() -> None:
    """A customer would wait for the line, or the receipt be forgotten."""
    async with opened() as till:
        await till.type("1")
        till.desk.is_down = True
        await till.type("оплата")
        assert len(till.slips) == 1
        assert till.desk.bodies("/commit") == []
        till.desk.is_down = False
        await till.type("товары")
        assert len(till.desk.bodies("/commit")) == 1
        await till.type("товары")
        assert len(till.desk.bodies("/commit")) == 1


async def test_a_part_and_the_whole_come_back() -> None:
    """Goods would come back that were not sold, or another sale's."""
    async with opened(english=True) as till:
        await till.type(
            "1 x3", "2", "pay", "return sale-1 1 2", "return sale-1 1 9", "return sale-1"
        )
        parts, whole = [body for path, body in till.desk.asked if path.startswith("/returns/")]
        assert [(line["id"], line["quantity"]) for line in parts["lines"]] == [("1", "2")]
        assert "lines" not in whole
        assert till.said.count(EN.not_understood) == 1
        assert "RETURN" in till.slips[1]


async def test_who_is_unknown_is_told_apart_from_who_cannot_be_asked() -> None:
    """A member would be offered to join because the processor is away."""
    async with opened() as till:
        till.desk.answers["/identify"] = (200, {"member": None, "degraded": None})
        await till.type("+79160000009")
        assert till.said[-1] == RU.unknown_member
        till.desk.answers["/identify"] = (200, {"member": None, "degraded": {"reason": "away"}})
        await till.type("+79160000009")
        assert till.said[-1] == RU.member_doubtful


async def test_refusals_and_nonsense_are_said_and_the_end_is_the_end() -> None:
    """A typing error would end the till, or a refusal look like success."""
    async with opened(english=True) as till:
        till.desk.answers["/quote"] = (422, {"type": "urn:gateway:problem:invalid-request"})
        assert await till.type("1", "bogus", "1 xx", "pay now?", "cancel", "code", "?")
        assert f"{EN.refused}: invalid-request" in till.said
        assert till.said.count(EN.not_understood) == 2
        assert EN.given_up in till.said
        assert not await till.type("quit")


async def test_a_wrong_code_is_no_proof() -> None:
    """Points would be spent with a code that was never right."""
    async with opened() as till:
        till.desk.answers["/codes/confirm"] = (200, {"confirmed": False, "proof": None})
        await till.type("1", "+79160000001", "код", "код 1111", "баллы 50", "оплата")
        assert RU.code_wrong in till.said
        (reserve,) = till.desk.bodies("/reserve")
        assert "proof" not in reserve
