"""Wired: a connector on its double, with what the kit looks at: log, budget, clock and calls."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import BaseModel, SecretStr

from gateway.contract import Connector, ConnectorContext, ConnectorFactory, HttpClient
from gateway.contract.http import build_client


class KitClock:
    """The machine's clock, and as far ahead of it as a test likes."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic() + self.ahead.total_seconds()


class RecordingLog:
    """A log that keeps its lines as they were given, before any redaction."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def debug(self, event: str, **values: object) -> None:
        """Keep a line."""
        self.lines.append((event, values))

    def info(self, event: str, **values: object) -> None:
        """Keep a line."""
        self.lines.append((event, values))

    def warning(self, event: str, **values: object) -> None:
        """Keep a line."""
        self.lines.append((event, values))

    def text(self) -> str:
        """Return all that was told, as one text."""
        return "\n".join(f"{event} {values!r}" for event, values in self.lines)


class RecordingBudget:
    """A budget that never waits and remembers what it was asked."""

    def __init__(self) -> None:
        self.acquired = 0
        self.rests: list[float] = []

    async def acquire(self, calls: int = 1, *, operation: str = "") -> None:
        """Count and go on."""
        del operation
        self.acquired += calls

    def rest(self, seconds: float) -> None:
        """Remember the wish."""
        self.rests.append(seconds)


@dataclass(slots=True)
class Wired:
    """A connector built on its double through the contract's own HTTP client.

    Shape: ``operations`` are the names of the finished calls in order.
    """

    connector: Connector
    settings: BaseModel
    log: RecordingLog = field(default_factory=RecordingLog)
    budget: RecordingBudget = field(default_factory=RecordingBudget)
    clock: KitClock = field(default_factory=KitClock)
    operations: list[str] = field(default_factory=list)

    def secrets(self) -> list[str]:
        """Return the account's secrets, which nothing may tell."""
        return [one for one in _secrets(self.settings) if one]


def wire(
    factory: ConnectorFactory,
    settings: BaseModel | Mapping[str, Any],
    *,
    account: str = "conformance",
    timeout_s: float = 3.0,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Wired:
    """Build a connector as the gateway does, but for a budget that never waits.

    ``transport`` of httpx replaces the network (``httpx.MockTransport``, ``ASGITransport``). The
    caller closes ``Wired.connector``.
    """
    parsed = settings if isinstance(settings, BaseModel) else factory.settings(**settings)
    log, budget, clock = RecordingLog(), RecordingBudget(), KitClock()
    operations: list[str] = []

    def told(*, account: str, operation: str, status: int | None, seconds: float) -> None:
        del account, status, seconds
        operations.append(operation)

    def http(
        base_url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = timeout_s
    ) -> HttpClient:
        return build_client(
            base_url,
            account=account,
            budget=budget,
            clock=clock,
            log=log,
            headers=headers,
            timeout_s=timeout_s,
            transport=transport,
            on_call=told,
        )

    connector = factory.build(ConnectorContext(account, parsed, http, clock, log))
    return Wired(connector, parsed, log, budget, clock, operations)


def _secrets(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value().strip()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _secrets(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _secrets(one)
