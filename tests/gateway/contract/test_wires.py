"""What servers lawfully send and expect, over real sockets and each transport."""

from __future__ import annotations

import gzip

import httpx
import pytest

from gateway.contract import OutcomeUnknown
from gateway.contract.http import TransportClient, TransportKind
from tests.gateway.contract.failing_servers import Reader, Writer
from tests.gateway.contract.fakes import Behaviour, Seen, raw_server
from tests.gateway.contract.test_http_failures import a_client

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\no\xd0\r\n1;x=y\r\n\x9a\r\n0\r\n\r\n"
)
ZIPPED = gzip.compress("Принято".encode())


def answering(answer: bytes, *, closes: bool = False) -> Behaviour:
    """Return a server that answers every request with these bytes."""

    async def behave(reader: Reader, writer: Writer, seen: Seen) -> None:
        while True:
            await seen.read(reader)
            writer.write(answer)
            await writer.drain()
            if closes:
                return

    return behave


async def call(client: TransportClient, method: str = "GET") -> httpx.Response:
    """Call without a body."""
    return await client.call(method, "x", operation="x", repeatable=False)


@pytest.mark.parametrize("kind", TransportKind)
@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        pytest.param(CHUNKED, 200, "oК", id="chunks that cut a letter"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            200,
            "ok",
            id="an interim answer before",
        ),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, "", id="no content"),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, "", id="304"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
            % (len(ZIPPED), ZIPPED),
            200,
            "Принято",
            id="compressed",
        ),
    ],
)
async def test_an_answer_is_read_whole_and_its_connection_serves_again(
    answer: bytes, status: int, text: str, kind: TransportKind
) -> None:
    """A body that is cut wrongly would be somebody else's answer to the next call."""
    async with raw_server(answering(answer)) as seen, a_client(seen.port, kind) as client:
        for _ in range(2):
            response = await call(client)
            assert (response.status_code, response.text) == (status, text)
        assert seen.connections == 1


@pytest.mark.parametrize("kind", TransportKind)
async def test_an_answer_may_end_with_its_connection(kind: TransportKind) -> None:
    """Old servers name no length; the next call needs a connection of its own."""
    server = answering(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 100_000, closes=True)
    async with raw_server(server) as seen, a_client(seen.port, kind) as client:
        for _ in range(2):
            assert len((await call(client)).content) == 100_000
        assert seen.connections == 2


@pytest.mark.parametrize("kind", TransportKind)
async def test_the_answer_to_head_has_no_body(kind: TransportKind) -> None:
    """The length of what is not sent would be waited for."""
    server = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
    async with raw_server(server) as seen, a_client(seen.port, kind) as client:
        for _ in range(2):
            assert (await call(client, "HEAD")).content == b""
        assert seen.connections == 1


@pytest.mark.parametrize("kind", TransportKind)
async def test_a_compressed_body_that_cannot_be_read_is_no_answer(kind: TransportKind) -> None:
    """It would fail in the connector, as a fault of our own, when the order was taken."""
    server = answering(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nBUMS"
    )
    async with raw_server(server) as seen, a_client(seen.port, kind) as client:
        with pytest.raises(OutcomeUnknown):
            await call(client)


@pytest.mark.parametrize("kind", TransportKind)
async def test_a_header_beyond_ascii_does_not_cost_the_answer(kind: TransportKind) -> None:
    """A file name in Cyrillic would turn an order that was taken into a fault of our own."""
    server = answering(
        b"HTTP/1.1 201 Created\r\nContent-Disposition: \xd0\xb7\xd0\xb0.pdf\r\nX-Id: 7\r\n"
        b"Link: a\r\nLink: b\r\nContent-Length: 2\r\n\r\nok"
    )
    async with raw_server(server) as seen, a_client(seen.port, kind) as client:
        response = await call(client, "POST")
    assert (response.status_code, response.headers["X-Id"], response.text) == (201, "7", "ok")
    assert response.headers.get_list("link") == ["a", "b"]


@pytest.mark.parametrize("kind", TransportKind)
@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("PUT", 1), ("GET", 0), ("DELETE", 0)])
async def test_a_post_without_a_body_says_so(method: str, times: int, kind: TransportKind) -> None:
    """Strict servers answer 411 to a POST that does not name its length."""
    server = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    async with raw_server(server) as seen, a_client(seen.port, kind) as client:
        await call(client, method)
    assert seen.requests[0].lower().count(b"content-length: 0") == times
