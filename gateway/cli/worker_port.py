"""Worker's port: probes and metrics of a process that serves no calls, by the standard library.

It answers in threads of its own and asks the event loop, so that a loop that hangs is seen as such
and not as a port that is silent.
"""

from __future__ import annotations

import asyncio
import socket
import socketserver
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import orjson

from gateway.config import WorkSection
from gateway.contract import ConfigInvalid
from gateway.ingress.door import Door
from gateway.ops.health import HealthReport
from gateway.ops.scrape import scraped
from gateway.telemetry.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

LOOP_ANSWER_S = 10.0
"""Seconds for the event loop to answer; then it hangs, as far as a probe is concerned."""
_CLIENT_S = 5.0
_END_POLL_S = 0.1
_JSON = "application/json"
_PROBLEM = "application/problem+json"


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """A bound socket and a thread for each call."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking the name service who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    """Probes come every few seconds: no line for each, and no time for a slow one."""

    timeout = _CLIENT_S

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


def bound(section: WorkSection, index: int) -> Server:
    """Bind the port of worker ``index``. Raises ``ConfigInvalid`` when it cannot be had."""
    port = (section.metrics_port or 0) + (index if section.metrics_port else 0)
    try:
        family, _, _, _, address = socket.getaddrinfo(
            section.metrics_host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        kind = type("Server", (Server,), {"address_family": family})
        server: Server = kind(address[:2], _Quiet)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        msg = (
            f"work: cannot listen on {section.metrics_host} port {port} ({reason}): "
            "choose another [work] metrics_port, or end what listens there"
        )
        raise ConfigInvalid(msg) from None
    return server


@asynccontextmanager
async def answering(server: Server, door: Door) -> AsyncIterator[None]:
    """Answer probes until the end; the server is closed by whoever bound it."""
    server.set_app(_Answers(door, asyncio.get_running_loop()))
    thread = threading.Thread(
        target=server.serve_forever, args=(_END_POLL_S,), name="worker-port", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        await asyncio.to_thread(thread.join)
        server.server_close()


class _Answers:
    """The application: three addresses."""

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        self._door = door
        self._loop = loop
        self._pages: dict[str, Callable[[], Coroutine[Any, Any, tuple[HTTPStatus, str, bytes]]]] = {
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call, in a thread of its own."""
        page = self._pages.get(environ.get("PATH_INFO", ""))
        if page is None or environ.get("REQUEST_METHOD") not in {"GET", "HEAD"}:
            answer = _problem(HTTPStatus.NOT_FOUND, "not-found", "GET /healthz, /readyz, /metrics")
        else:
            answer = self._of_loop(page())
        status, kind, body = answer
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _of_loop(
        self, page: Coroutine[Any, Any, tuple[HTTPStatus, str, bytes]]
    ) -> tuple[HTTPStatus, str, bytes]:
        """Let the loop make the answer."""
        try:
            asked = asyncio.run_coroutine_threadsafe(page, self._loop)
        except RuntimeError:
            page.close()
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "stopping", "the process ends")
        try:
            return asked.result(LOOP_ANSWER_S)
        except (TimeoutError, CancelledError):
            asked.cancel()
            detail = f"the event loop did not answer within {LOOP_ANSWER_S:.0f} s"
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-alive", detail)
        except Exception as error:  # noqa: BLE001 - a probe is answered whatever happened
            self._door.log.warning("probe.failed", error=type(error).__name__)
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "a fault of the gateway")

    async def _healthz(self) -> tuple[HTTPStatus, str, bytes]:
        report = await self._door.health.live()
        return _told(report, "not-alive", "a part hangs: restart this process")

    async def _readyz(self) -> tuple[HTTPStatus, str, bytes]:
        report = await self._door.health.ready()
        return _told(report, "not-ready", "work cannot be taken now: see `checks`")

    async def _metrics(self) -> tuple[HTTPStatus, str, bytes]:
        text = await scraped(self._door.health, self._door.gauges, self._door.metrics)
        return HTTPStatus.OK, CONTENT_TYPE, text


def _told(report: HealthReport, code: str, detail: str) -> tuple[HTTPStatus, str, bytes]:
    if not report.ok:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, code, detail, checks=report.texts())
    body = orjson.dumps({"status": "ok", "checks": report.texts()})
    return HTTPStatus.OK, _JSON, body


def _problem(
    status: HTTPStatus, code: str, detail: str, **more: object
) -> tuple[HTTPStatus, str, bytes]:
    told = {"type": "about:blank", "title": status.phrase, "status": status.value}
    body = orjson.dumps({**told, "code": code, "detail": detail, **more})
    return status, _PROBLEM, body
