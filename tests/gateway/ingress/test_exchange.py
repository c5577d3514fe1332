"""The exchange door, served by the real server: nothing is altered on its way in or out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
import pytest

from gateway.contract import (
    ExchangeDesk,
    ExchangeReply,
    ExchangeRequest,
    Services,
    StoreError,
)
from gateway.ingress.door import Door
from tests.gateway.ingress.test_door import Served, opened, problem_of
from tests.gateway.ops.house import House


@dataclass
class Protocol:
    """A protocol that notes what it is asked."""

    calls: list[tuple[str, dict[str, str], int]] = field(default_factory=list)
    desk: Any = None
    largest: int = 0

    async def answer(self, request: ExchangeRequest, desk: ExchangeDesk) -> ExchangeReply:
        """Answer by the mode of the call."""
        size = 0
        async for part in request.body:
            size += len(part)
            self.largest = max(self.largest, len(part))
        self.calls.append((request.method, dict(request.query), size))
        self.desk = desk
        match request.query.get("mode"):
            case "full":
                message = "no space left on device"
                raise StoreError(message)
            case "query":
                return ExchangeReply(_pieces(), headers={"Content-Type": "text/xml"})
            case _:
                return ExchangeReply(
                    "success\nИмя".encode("windows-1251"), headers={"Set-Cookie": "s=1"}
                )

    async def tidy(self, desk: ExchangeDesk) -> None:
        """Have nothing to remove."""


async def _pieces() -> AsyncIterator[bytes]:
    for number in range(3):
        yield f"<Документ n='{number}'/>".encode("windows-1251")


def exchanging(house: House, protocol: Protocol) -> AbstractAsyncContextManager[Served]:
    """Open the door of a gateway of which one account speaks this protocol."""

    def change(door: Door) -> Door:
        connector: Any = door.accounts["shop"].connector
        connector.services = Services(exchange=protocol)
        return replace(door, desks={"shop": cast("ExchangeDesk", "the desk of shop")})

    return opened(house, change)


async def test_call_reaches_the_protocol_and_its_answer_comes_back_as_it_is(house: House) -> None:
    """1C reads an answer in windows-1251, and a framework turned it into something else."""
    protocol = Protocol()
    async with exchanging(house, protocol) as served:
        answer = await served.http.get("/exchange/shop?type=sale&mode=init")

    assert answer.content == "success\nИмя".encode("windows-1251")
    assert answer.headers["set-cookie"] == "s=1"
    assert protocol.calls == [("GET", {"type": "sale", "mode": "init"}, 0)]
    assert protocol.desk == "the desk of shop"


@pytest.mark.parametrize("path", ["/exchange/shop", "/exchange/shop/bitrix/admin/1c_exchange.php"])
async def test_file_is_passed_on_in_pieces(house: House, path: str) -> None:
    """A catalogue of a gigabyte is read into memory before anybody looks at it."""
    protocol = Protocol()
    size = 5 * 1024 * 1024
    async with exchanging(house, protocol) as served:
        answer = await served.http.post(path, params={"mode": "file"}, content=b"x" * size)

    assert answer.status_code == httpx.codes.OK
    assert protocol.calls == [("POST", {"mode": "file"}, size)]
    assert protocol.largest < size // 4


async def test_answer_may_come_in_pieces(house: House) -> None:
    """All orders of a year are put together in memory before the first byte leaves."""
    async with exchanging(house, Protocol()) as served:
        answer = await served.http.get("/exchange/shop", params={"mode": "query"})

    assert answer.content.decode("windows-1251").count("<Документ") == 3
    assert answer.headers["content-type"] == "text/xml"


async def test_calls_that_cannot_be_taken_are_problems(house: House) -> None:
    """1C is told success for what was stored nowhere."""
    async with exchanging(house, Protocol()) as served:
        full = await served.http.get("/exchange/shop", params={"mode": "full"})
        problem_of(full, 503, "store-unavailable")
        problem_of(await served.http.get("/exchange/crm"), 404, "no-exchange")
        problem_of(await served.http.get("/exchange/nobody"), 404, "unknown-account")
