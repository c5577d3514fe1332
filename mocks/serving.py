"""Serving a double: a uvicorn server on a loopback port inside the running event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

LOOPBACK = "127.0.0.1"
_BACKLOG = 512
_START_LIMIT_S = 15.0
_TICK_S = 1.0
_DRAIN_S = 1.0


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals to whoever started it, and ends when told to.

    uvicorn looks ten times a second whether it should end, and waits as long for its connections:
    a fifth of a second for each of thousands of doubles.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up, self._over = asyncio.Event(), asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing: several doubles share one process and one signal handler."""
        yield

    def end(self) -> None:
        """Let it end."""
        self.should_exit = True
        self._over.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        """Keep the date of the answers until the end."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more calls, and give those under way a moment."""
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, late = await asyncio.wait(self.server_state.tasks, timeout=_DRAIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.lifespan.shutdown()


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
        ssl_certfile=tls.certificate if tls is not None else None,
        ssl_keyfile=tls.key if tls is not None else None,
    )
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await _started(server, task)
        yield address(listening, scheme="http" if tls is None else "https")
    finally:
        server.end()
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


async def _started(server: _QuietServer, task: asyncio.Task[None]) -> None:
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({up, task}, timeout=_START_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
    if not up.done():
        up.cancel()
        msg = "the double did not start; its lifespan failed or took too long"
        raise RuntimeError(msg)
