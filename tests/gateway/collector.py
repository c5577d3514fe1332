"""A collector of spans for tests: OTLP over HTTP, decoded by OpenTelemetry's own messages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One span as it came. Shape: ids in hex, ``parent`` empty for a root."""

    name: str
    trace: str
    id: str
    parent: str
    facts: Mapping[str, Any]
    process: str
    links: Sequence[tuple[str, str]]
    began: int
    ended: int
    trouble: str


@dataclass
class Collector:
    """What has come so far. ``status`` is what it answers."""

    url: str = ""
    status: HTTPStatus = HTTPStatus.OK
    spans: list[Seen] = field(default_factory=list)
    calls: int = 0
    arrived: threading.Condition = field(default_factory=threading.Condition)

    async def waited(self, is_whole: Callable[[list[Seen]], bool], *, trace: str) -> list[Seen]:
        """Wait until a trace is whole; return its spans."""

        def is_there() -> bool:
            return is_whole(self.of(trace))

        def wait() -> bool:
            with self.arrived:
                return self.arrived.wait_for(is_there, DEADLINE_S)

        there = await asyncio.to_thread(wait)
        assert there, [(one.name, one.process) for one in self.of(trace)]
        return self.of(trace)

    def of(self, trace: str) -> list[Seen]:
        """Return the spans of a trace, or all."""
        return [one for one in self.spans if not trace or one.trace == trace]

    def take(self, body: bytes) -> None:
        """Decode a batch."""
        with self.arrived:
            self.calls += 1
            if self.status is HTTPStatus.OK:
                self.spans += _decoded(body)
            self.arrived.notify_all()


def _decoded(body: bytes) -> Iterator[Seen]:
    request = ExportTraceServiceRequest.FromString(body)
    for part in request.resource_spans:
        process = _facts(part.resource.attributes)
        for scope in part.scope_spans:
            for one in scope.spans:
                yield Seen(
                    one.name, one.trace_id.hex(), one.span_id.hex(), one.parent_span_id.hex(),
                    _facts(one.attributes), str(process["service.instance.id"]),
                    [(link.trace_id.hex(), link.span_id.hex()) for link in one.links],
                    one.start_time_unix_nano, one.end_time_unix_nano, one.status.message,
                )  # fmt: skip


def _facts(attributes: Iterable[Any]) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value")
        for one in attributes
    }


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        """Takes batches at the path of the protocol."""

        def do_POST(self) -> None:
            """Take one."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_right = self.path == "/v1/traces"
            if is_right:  # before the answer: who has it looks at once for what came
                collector.take(body)
            status = collector.status if is_right else HTTPStatus.NOT_FOUND
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
