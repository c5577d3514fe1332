"""The failure table of the HTTP client, against real sockets and both transports.

Each row is a way in which a vendor's server fails; what counts is whether the request may have
arrived. A wrong answer here repeats somebody's order.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import pytest

from gateway.contract import OutcomeUnknown, Unavailable
from gateway.contract.http import TransportClient, TransportKind, build_client, build_transport
from tests.gateway.contract.failing_servers import (
    OK,
    Reader,
    Writer,
    closes_after_reading,
    closes_at_once,
    closes_in_a_chunk,
    closes_in_a_long_body,
    closes_in_the_body,
    closes_in_the_head,
    dribbles,
    keeps_silent,
    keeps_silent_in_the_body,
    resets_after_reading,
    second_call_unanswered,
    speaks_nonsense,
)
from tests.gateway.contract.fakes import Behaviour, FakeBudget, FakeClock, FakeLog, Seen, raw_server

TIMEOUT_S = 0.9
SECRET = "s3cr3tw3bh00k"


class WallClock:
    """The real time, for tests that meet real sockets."""

    def now(self) -> datetime:
        """Return the present."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic time."""
        return time.monotonic()


@asynccontextmanager
async def a_client(
    port: int,
    kind: TransportKind,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    log: FakeLog | None = None,
) -> AsyncIterator[TransportClient]:
    """Yield a client of a local port, closed at the end."""
    client = build_client(
        f"http://127.0.0.1:{port}/rest/1/{SECRET}/",
        account="shop",
        budget=FakeBudget(),
        clock=WallClock(),
        log=log or FakeLog(),
        timeout_s=TIMEOUT_S,
        transport=build_transport(kind, timeout_s=TIMEOUT_S),
        sleep=sleep,
    )
    try:
        yield client
    finally:
        await client.close()


async def post(client: TransportClient, *, repeatable: bool = False) -> str:
    """Create an order with personal data in it and return the answer's text."""
    response = await client.call(
        "POST",
        "orders/create",
        operation="orders.create",
        repeatable=repeatable,
        form=[("phone", "8 (916) 123-45-67"), ("name", "Пётр Ёлкин")],
    )
    return response.text


MAY_HAVE_ARRIVED = [
    closes_at_once,  # the kernel took the bytes; nobody can say who read them
    closes_after_reading,
    resets_after_reading,
    closes_in_the_head,
    closes_in_the_body,
    closes_in_a_long_body,
    closes_in_a_chunk,
    speaks_nonsense,
    keeps_silent,
    keeps_silent_in_the_body,
    dribbles,
]


@pytest.mark.parametrize("kind", TransportKind)
@pytest.mark.parametrize("behaviour", MAY_HAVE_ARRIVED)
async def test_a_creation_that_may_have_arrived_is_unknown_and_sent_once(
    behaviour: Behaviour, kind: TransportKind
) -> None:
    """A vendor that got an order and did not say so would get it twice."""
    async with raw_server(behaviour) as seen, a_client(seen.port, kind) as client:
        with pytest.raises(OutcomeUnknown):
            await post(client)
        assert (seen.connections, len(seen.requests) <= 1) == (1, True)


@pytest.mark.parametrize("kind", TransportKind)
@pytest.mark.parametrize("behaviour", [closes_after_reading, closes_in_the_body, keeps_silent])
async def test_a_repeatable_call_that_may_have_arrived_is_left_to_the_caller(
    behaviour: Behaviour, kind: TransportKind
) -> None:
    """A read would be held for reconciling, or the client would repeat what is not its business."""
    async with raw_server(behaviour) as seen, a_client(seen.port, kind) as client:
        with pytest.raises(Unavailable):
            await post(client, repeatable=True)
        assert seen.connections == 1


@pytest.mark.parametrize("kind", TransportKind)
async def test_a_kept_connection_that_breaks_after_writing_is_unknown(kind: TransportKind) -> None:
    """A transport that repeats on a fresh connection would double the second order."""
    async with raw_server(second_call_unanswered) as seen, a_client(seen.port, kind) as client:
        assert await post(client) == "ok"
        with pytest.raises(OutcomeUnknown):
            await post(client)
        assert (seen.connections, len(seen.requests)) == (1, 2)


@pytest.mark.parametrize("kind", TransportKind)
async def test_connections_that_the_server_closes_between_calls_double_nothing(
    kind: TransportKind,
) -> None:
    """The race between an idle close and the next call would be lost on either side."""

    async def answers_and_closes(reader: Reader, writer: Writer, seen: Seen) -> None:
        await seen.read(reader)
        writer.write(OK)
        await writer.drain()

    calls = 60
    unknown = 0
    async with raw_server(answers_and_closes) as seen, a_client(seen.port, kind) as client:
        for _ in range(calls):
            try:
                await post(client)
            except OutcomeUnknown:
                unknown += 1
        arrived = len(seen.requests)
    assert calls - unknown <= arrived <= calls


@pytest.mark.parametrize("kind", TransportKind)
async def test_a_refused_port_is_tried_three_times_and_is_unavailable(kind: TransportKind) -> None:
    """A vendor that restarts for a moment would cost a delivery its whole backoff."""
    clock = FakeClock()
    port = unused_port()
    async with a_client(port, kind, sleep=clock.sleep) as client:
        with pytest.raises(Unavailable, match="not made"):
            await post(client)
    assert len(clock.slept) == 2
    assert 0 <= sum(clock.slept) < 2


@pytest.mark.parametrize("kind", TransportKind)
async def test_a_creation_goes_through_once_the_port_listens(kind: TransportKind) -> None:
    """Trying again would be useless if the third try did not really send."""

    async def answers(reader: Reader, writer: Writer, seen: Seen) -> None:
        await seen.read(reader)
        writer.write(OK)
        await writer.drain()

    port = unused_port()
    async with AsyncExitStack() as stack:
        started: list[Seen] = []

        async def start_listening(_: float) -> None:
            if not started:
                started.append(await stack.enter_async_context(raw_server(answers, port=port)))

        async with a_client(port, kind, sleep=start_listening) as client:
            assert await post(client) == "ok"
        assert len(started[0].requests) == 1


@pytest.mark.parametrize("kind", TransportKind)
async def test_a_connection_that_never_opens_is_unavailable(kind: TransportKind) -> None:
    """A firewall that swallows packets would send every creation to reconciling."""
    clock = FakeClock()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(("127.0.0.1", port))
        try:
            async with a_client(port, kind, sleep=clock.sleep) as client:
                with pytest.raises(Unavailable, match="not made"):
                    await post(client)
        finally:
            for filler in fillers:
                filler.close()
    assert len(clock.slept) == 2


@pytest.mark.parametrize("kind", TransportKind)
async def test_an_abandoned_call_closes_its_connection(kind: TransportKind) -> None:
    """Calls that go on behind a time-out would pile up connections and arrive later than told."""
    async with raw_server(keeps_silent) as seen, a_client(seen.port, kind) as client:
        with pytest.raises(OutcomeUnknown):
            await post(client)
        await asyncio.wait_for(seen.closed_by_client.wait(), TIMEOUT_S)


@pytest.mark.parametrize("kind", TransportKind)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_comes_back_as_it_is(kind: TransportKind, status: int) -> None:
    """Following would turn a POST into a GET and look like success."""

    async def redirects(reader: Reader, writer: Writer, seen: Seen) -> None:
        await seen.read(reader)
        writer.write(b"HTTP/1.1 %d x\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n" % status)
        await writer.drain()

    async with raw_server(redirects) as seen, a_client(seen.port, kind) as client:
        answer = await client.call("POST", "x", operation="x", repeatable=False)
        assert (answer.status_code, answer.headers["Location"]) == (status, "/y")
        assert len(seen.requests) == 1


@pytest.mark.parametrize("kind", TransportKind)
async def test_cookies_are_forgotten(kind: TransportKind) -> None:
    """A session cookie would tie calls together that the budget and the vendor count apart."""

    async def sets_a_cookie(reader: Reader, writer: Writer, seen: Seen) -> None:
        while True:
            await seen.read(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()

    async with raw_server(sets_a_cookie) as seen, a_client(seen.port, kind) as client:
        for _ in range(2):
            await client.call("GET", "x", operation="x", repeatable=True)
        assert [b"cookie" in request.lower() for request in seen.requests] == [False, False]


@pytest.mark.parametrize("kind", TransportKind)
async def test_a_closed_client_sends_nothing(kind: TransportKind) -> None:
    """A call after closing would count as sent and wait for a reconciling that finds nothing."""
    async with raw_server(closes_after_reading) as seen, a_client(seen.port, kind) as client:
        await client.close()
        await client.close()
        with pytest.raises(Unavailable, match="closed"):
            await post(client)
        assert seen.connections == 0


@pytest.mark.parametrize("kind", TransportKind)
@pytest.mark.parametrize("behaviour", [closes_after_reading, speaks_nonsense])
async def test_a_failure_tells_no_address_and_no_person(
    behaviour: Behaviour, kind: TransportKind
) -> None:
    """The secret of the webhook's path or a customer's phone would end up in the logs."""
    log = FakeLog()
    async with raw_server(behaviour) as seen, a_client(seen.port, kind, log=log) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            await post(client)
    told = repr(caught.value) + str(caught.value) + repr(vars(caught.value)) + repr(log.lines)
    assert not [secret for secret in (SECRET, "123-45", "lkin", "Ёлкин", "127.0") if secret in told]
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def unused_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
