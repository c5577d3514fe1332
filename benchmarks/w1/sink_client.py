"""The driver's side of the sink: starts it, sets it to zero, asks what it saw."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from typing import Any, Self

from benchmarks.w1.starting import Process, end, start

_TIMEOUT_S = 10.0


class SinkProcess:
    """A running sink; use it as a context manager.

    Units: ``delay_ms`` before each answer; ``limit`` calls in any second, 0 for none; ``port`` 0
    for any free one.
    """

    def __init__(
        self, *, delay_ms: float = 0.0, faults: str = "", limit: int = 0, port: int = 0
    ) -> None:
        self._options = (
            "--port", str(port), "--delay-ms", str(delay_ms), "--faults", faults,
            "--limit", str(limit),
        )  # fmt: skip
        self._process: Process | None = None
        self._port = port

    @property
    def url(self) -> str:
        """Base URL without a path."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        process = start("benchmarks.w1.sink", *self._options, environment={}, piped=True)
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
