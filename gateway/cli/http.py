"""HTTP server: uvicorn inside the gateway's own event loop, on a socket that is bound beforehand.

Binding first makes a taken port an error of the start, before anything else is touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from gateway.config import HttpSection
from gateway.contract import ConfigInvalid

_BACKLOG = 2048
_DRAIN_S = 10
_IDLE_S = 75
"""Longer than proxies keep a connection: who closes first must not be who is written to."""


def listen(section: HttpSection) -> socket.socket:
    """Bind the door's socket. Raises ``ConfigInvalid`` when the address cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            section.host, section.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        msg = (
            f"http: cannot listen on {section.host} port {section.port} ({reason}): "
            "choose another [http] port, or end what listens there"
        )
        raise ConfigInvalid(msg) from None
    made.settimeout(0)
    return made


class _Uvicorn(uvicorn.Server):
    """uvicorn without signal handlers of its own: the process has one for all of its parts."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """Serves an application on a bound socket."""

    def __init__(self, app: FastAPI, bound: socket.socket) -> None:
        self._bound = bound
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_DRAIN_S,
                timeout_keep_alive=_IDLE_S,
            )
        )

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[asyncio.Task[None]]:
        """Serve; at the end, finish the calls under way. Yields the task, which should not end."""
        task = asyncio.create_task(self._server.serve([self._bound]), name="http")
        try:
            yield task
        finally:
            self._server.should_exit = True
            await task
