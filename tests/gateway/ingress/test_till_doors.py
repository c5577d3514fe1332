"""The door of tills' own protocols, served by the real server: nothing is altered on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from gateway.contract import Services, StoreError, TillReply, TillRequest, TillService
from gateway.ingress.door import Door
from gateway.ingress.till_doors import MOST_BYTES, query_of
from tests.gateway.ingress.test_door import Served, opened, problem_of
from tests.gateway.ops.house import House

SERVICE = cast("TillService", "the service of the tills")


@dataclass
class Protocol:
    """A protocol that notes what it is asked."""

    calls: list[TillRequest] = field(default_factory=list)
    service: Any = None

    async def answer(self, request: TillRequest, service: TillService) -> TillReply:
        """Answer in the encoding of an old till."""
        self.calls.append(request)
        self.service = service
        if request.path == "full":
            message = "no space left on device"
            raise StoreError(message)
        return TillReply(
            "Списано".encode("windows-1251"), status=207, headers={"Content-Type": "text/x"}
        )


def tills(
    house: House, protocol: Protocol | None, service: TillService | None = SERVICE
) -> AbstractAsyncContextManager[Served]:
    """Open the door of a gateway of which one account speaks this protocol."""

    def change(door: Door) -> Door:
        connector: Any = door.accounts["shop"].connector
        connector.services = Services(till=protocol)
        till: Any = None if service is None else SimpleNamespace(service=service)
        return replace(door, till=till)

    return opened(house, change)


async def test_call_reaches_the_protocol_as_it_came_and_so_does_the_answer(house: House) -> None:
    """A till asks with a body in a GET, and a framework dropped it, or rewrote the answer."""
    protocol = Protocol()
    async with tills(house, protocol) as served:
        answer = await served.http.request(
            "GET",
            "/till/shop/hs/loyaltyservice/calculatediscounts/?A=1",
            content="тело".encode(),
            headers={"X-Own": "Own"},
        )

    (call,) = protocol.calls
    assert (call.method, call.path) == ("GET", "hs/loyaltyservice/calculatediscounts/")
    assert call.body == "тело".encode()
    assert call.headers["x-own"] == "Own"
    assert protocol.service is SERVICE
    assert answer.status_code == httpx.codes.MULTI_STATUS
    assert answer.content == "Списано".encode("windows-1251")
    assert answer.headers["content-type"] == "text/x"


async def test_query_is_handed_on_raw(house: House) -> None:
    """The plus of a phone that a till did not encode became a space."""
    protocol = Protocol()
    async with tills(house, protocol) as served:
        await served.http.get("/till/shop/x?Phone=+79991234567&N=50%25&wsdl&N=2")

    assert protocol.calls[0].query == {"Phone": "+79991234567", "N": "2", "wsdl": ""}


def test_bytes_that_are_no_utf8_are_kept() -> None:
    """A name in windows-1251 was lost before the protocol could look at it."""
    value = query_of(b"Client=" + "Лапина".encode("windows-1251"))["Client"]
    assert value.encode("utf-8", "surrogateescape").decode("windows-1251") == "Лапина"


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_beyond_the_limit_is_refused(house: House, *, chunked: bool) -> None:
    """Unbounded bodies let anybody fill the memory; a length header may lie or be absent."""
    protocol = Protocol()
    large = b"x" * (MOST_BYTES + 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    async with tills(house, protocol) as served:
        answer = await served.http.post("/till/shop/x", content=pieces() if chunked else large)
        problem_of(answer, 413, "too-large")
    assert not protocol.calls


async def test_calls_that_cannot_be_taken_are_problems(house: House) -> None:
    """A till is told success for what nobody took."""
    async with tills(house, Protocol()) as served:
        problem_of(await served.http.get("/till/shop/full"), 503, "store-unavailable")
        problem_of(await served.http.get("/till/crm/x"), 404, "no-till")
        problem_of(await served.http.get("/till/nobody/x"), 404, "unknown-account")
        problem_of(await served.http.put("/till/shop/x"), 405, "method-not-allowed")
    async with tills(house, Protocol(), None) as served:
        problem_of(await served.http.get("/till/shop/x"), 503, "tills-not-served")
