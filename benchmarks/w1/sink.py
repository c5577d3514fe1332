"""The sink: a vendor that takes orders over HTTP and is the benchmark's referee.

``python -m benchmarks.w1.sink --port 0 --delay-ms 0`` prints one JSON line with its port. It is a
bare asyncio protocol (HTTP/1.1, keep-alive, ``Content-Length`` bodies only), so that it is never
what limits a contestant. It counts for itself and believes nobody's own counters.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import orjson
import uvloop

from benchmarks.w1.ledger import Ledger
from benchmarks.w1.limit import Limit
from benchmarks.w1.shape import FIELDS, checksum

MAX_BATCH = 50
_HEADERS_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of requests, 0 to 1: answered 503 before anything is taken; taken, never answered."""

    busy: float = 0.0
    silent: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read completely; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back; ``None`` in place of an answer means silence. Units: seconds."""

    status: HTTPStatus
    body: bytes = b"{}"
    retry_after_s: int | None = None
    delay_s: float = 0.0


class Malformed(Exception):
    """The request is none that the sink's documentation allows: its text tells why."""


class Sink:
    """The answers: what each request does to the ledger."""

    def __init__(
        self, *, delay_s: float = 0.0, faults: Faults | None = None, limit: Limit | None = None
    ) -> None:
        self._delay_s = delay_s
        self._faults = faults or Faults()
        self._limit = limit
        self._chance = random.Random(1)
        self._ledger = Ledger()

    def answer(self, request: Request) -> Answer | None:
        """Answer one request."""
        if request.method == "POST" and request.path in {"/orders", "/orders/batch"}:
            return self._take(request)
        if request.method == "POST" and request.path == "/reset":
            self._ledger = Ledger()
            self._ledger.expect(orjson.loads(request.body or b"{}").get("needed", ()))
            return Answer(HTTPStatus.OK)
        if request.method == "GET" and request.path == "/counts":
            return Answer(HTTPStatus.OK, orjson.dumps(self._ledger.counts()))
        if request.method == "GET" and request.path == "/ledger":
            return Answer(HTTPStatus.OK, orjson.dumps(self._ledger.whole()))
        return Answer(HTTPStatus.NOT_FOUND)

    def _take(self, request: Request) -> Answer | None:
        ledger, drawn = self._ledger, self._chance.random()
        now = time.monotonic()
        ledger.requests += 1
        ledger.calls_at.append(now)
        if self._limit is not None and not self._limit.admits(now):
            ledger.refused += 1
            return Answer(HTTPStatus.TOO_MANY_REQUESTS, retry_after_s=1)
        if drawn < self._faults.busy:
            ledger.busy += 1
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, retry_after_s=1)
        try:
            orders = _orders(request)
        except (Malformed, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            ledger.malformed += 1
            reason = orjson.dumps({"error": str(error)})
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, reason)
        for order, version, content in orders:
            ledger.arrive(order, version, now, content=content)
        if drawn < self._faults.busy + self._faults.silent:
            ledger.leave_unanswered(f"{order}:{version}" for order, version, _ in orders)
            return None
        return Answer(HTTPStatus.OK, delay_s=self._delay_s)


def _orders(request: Request) -> list[tuple[str, int, int]]:
    """Ids, versions and checksums in a request; the whole request is refused for one bad order."""
    document = orjson.loads(request.body)
    if request.path == "/orders":
        return [_checked(request.headers["idempotency-key"], document)]
    rows = document["orders"]
    if not 0 < len(rows) <= MAX_BATCH:
        msg = f"a batch holds 1 to {MAX_BATCH} orders"
        raise Malformed(msg)
    return [_checked(row["key"], row["order"]) for row in rows]


def _checked(key: str, order: Mapping[str, Any]) -> tuple[str, int, int]:
    if order.keys() != FIELDS:
        msg = f"wrong fields: {sorted(order.keys() ^ FIELDS)}"
        raise Malformed(msg)
    name, version = order["externalId"], order["version"]
    if key != f"{name}:{version}":
        msg = "the idempotency key is not <externalId>:<version>"
        raise Malformed(msg)
    return str(name), int(version), checksum(order)


class Connection(asyncio.Protocol):
    """One keep-alive connection: cuts requests out of the bytes and writes answers in order."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # uvloop's transports are none of asyncio's classes, though they behave as such.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        while (request := self._cut()) is not None:
            answer = self._sink.answer(request)
            if answer is None:
                continue
            if answer.delay_s:
                asyncio.get_running_loop().call_later(answer.delay_s, self._write, answer)
            else:
                self._write(answer)

    def _cut(self) -> Request | None:
        end = self._buffer.find(_HEADERS_END)
        if end < 0:
            return None
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        start = end + len(_HEADERS_END)
        length = int(headers.get("content-length", "0"))
        if len(self._buffer) < start + length:
            return None
        body = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        method, path, *_ = first.split(" ")
        return Request(method, path, headers, body)

    def _write(self, answer: Answer) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        retry = "" if answer.retry_after_s is None else f"Retry-After: {answer.retry_after_s}\r\n"
        head = (
            f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(answer.body)}\r\n{retry}\r\n"
        )
        self._transport.write(head.encode("latin-1") + answer.body)


async def serve(sink: Sink, port: int) -> None:
    """Serve on loopback until SIGTERM or SIGINT; prints the port as one JSON line."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(lambda: Connection(sink), "127.0.0.1", port, backlog=1024)
    sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    await ended.wait()
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.w1.sink")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument(
        "--faults", default="", metavar="busy=0.1,silent=0.03", help="shares of requests that fail"
    )
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N",
        help="answer 429 to more than N calls in any second; 0 is no limit",
    )  # fmt: skip
    asked = parser.parse_args()
    shares = dict(part.split("=") for part in asked.faults.split(",") if part)
    faults = Faults(**{name: float(share) for name, share in shares.items()})
    limit = Limit(asked.limit) if asked.limit else None
    sink = Sink(delay_s=asked.delay_ms / 1000, faults=faults, limit=limit)
    uvloop.run(serve(sink, asked.port))


if __name__ == "__main__":
    main()
