"""A wire between client and server that can be cut at a chosen message."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

BLOCK = 65_536


class CuttingProxy:
    """Forwards TCP to PostgreSQL.

    ``cut`` is asked for each block that the client sends: ``""`` passes it, ``"before"`` cuts the
    wire instead of passing it, ``"after"`` passes it and cuts the wire when the server answers.
    ``closed`` refuses new connections.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.cut: Callable[[bytes], str] = lambda _: ""
        self.closed = False
        self.refused = threading.Event()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop and cut all wires."""
        for wire in (self._server, *self._sockets):
            _shut(wire)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return  # closed
            if self.closed:
                client.close()
                self.refused.set()
                continue
            server = socket.create_connection(self._target)
            self._sockets += [client, server]
            answered = threading.Event()
            for job in (self._up, self._down):
                threading.Thread(target=job, args=(client, server, answered), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, answered: threading.Event) -> None:
        with suppress(OSError):
            while block := client.recv(BLOCK):
                where = self.cut(block)
                if where == "before":
                    break
                if where == "after":
                    answered.set()
                server.sendall(block)
        if not answered.is_set():
            _shut(client)
            _shut(server)

    @staticmethod
    def _down(client: socket.socket, server: socket.socket, answered: threading.Event) -> None:
        with suppress(OSError):
            while block := server.recv(BLOCK):
                if answered.is_set():
                    break
                client.sendall(block)
        _shut(client)
        _shut(server)


def _shut(wire: socket.socket) -> None:
    with suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
