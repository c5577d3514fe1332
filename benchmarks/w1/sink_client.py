"""The driver's side of the sink: starts it, sets it to zero, asks what it saw."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from typing import Any, Self

from benchmarks.w1.starting import Process, end, start

_TIMEOUT_S = 10.0


class SinkProcess:
    """A running sink; use it as a context manager. Units: ``delay_ms`` before each answer."""

    def __init__(self, *, delay_ms: float = 0.0, faults: str = "") -> None:
        self._delay_ms = delay_ms
        self._faults = faults
        self._process: Process | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Base URL without a path."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        arguments = ("--port", "0", "--delay-ms", str(self._delay_ms), "--faults", self._faults)
        process = start("benchmarks.w1.sink", *arguments, environment={}, piped=True)
        self._process = process
        line = process.stdout.readline() if process.stdout else b""
        self._port = int(json.loads(line)["port"])
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            end([self._process])
            if self._process.stdout:
                self._process.stdout.close()

    def reset(self, needed: Iterable[str] = ()) -> None:
        """Forget everything and await these keys."""
        self._ask("POST", "/reset", json.dumps({"needed": [*needed]}).encode())

    def counts(self) -> dict[str, Any]:
        """Counts and times without the keys."""
        return self._ask("GET", "/counts")

    def ledger(self) -> dict[str, Any]:
        """Everything that it saw."""
        return self._ask("GET", "/ledger")

    def _ask(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return answer
