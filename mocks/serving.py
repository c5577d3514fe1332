"""Serving a double: a uvicorn server on a loopback port inside the running event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

LOOPBACK = "127.0.0.1"
_BACKLOG = 512
_START_LIMIT_S = 15.0


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing: several doubles share one process and one signal handler."""
        yield


def listen(port: int = 0) -> socket.socket:
    """Return a listening socket on the loopback address; port 0 lets the system choose.

    The protocol is named because asyncio switches Nagle's delay off only where it is.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((LOOPBACK, port))
    sock.listen(_BACKLOG)
    return sock


def address(sock: socket.socket, *, scheme: str = "http") -> str:
    """Return the URL under which a listening socket is reached."""
    return f"{scheme}://{LOOPBACK}:{sock.getsockname()[1]}"


@dataclass(frozen=True)
class Certificate:
    """Files of a server certificate and its key, both PEM."""

    certificate: Path
    key: Path


@asynccontextmanager
async def serve(
    app: Any,
    *,
    port: int = 0,
    sock: socket.socket | None = None,
    tls: Certificate | None = None,
) -> AsyncIterator[str]:
    """Serve an ASGI application until the block ends and yield its URL.

    With ``tls`` over HTTPS, for clients that speak nothing else.

    Connections that still hang at the end are closed rather than waited for, so a test of a hanging
    fault ends at once.

    Raises:
        RuntimeError: the application did not start.
    """
    listening = sock if sock is not None else listen(port)
    # A cut connection is a fault that the plan asked for; uvicorn would report each of them as an
    # error of the app.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        ssl_certfile=tls.certificate if tls is not None else None,
        ssl_keyfile=tls.key if tls is not None else None,
    )
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await _started(server, task)
        yield address(listening, scheme="http" if tls is None else "https")
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        await _cut(server)
        listening.close()


async def _cut(server: uvicorn.Server) -> None:
    """Drop the connections whose TLS farewell the peer does not answer any more."""
    left = [
        transport
        for connection in server.server_state.connections
        if (transport := getattr(connection, "transport", None)) is not None
    ]
    for transport in left:
        transport.abort()
    # The loop closes an aborted connection in the turns that follow.
    for _ in range(2 if left else 0):
        await asyncio.sleep(0)


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    deadline = asyncio.get_running_loop().time() + _START_LIMIT_S
    while not server.started:
        if task.done() or asyncio.get_running_loop().time() > deadline:
            msg = "the double did not start; its lifespan failed or took too long"
            raise RuntimeError(msg)
        await asyncio.sleep(0.005)
