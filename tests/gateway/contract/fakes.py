"""Fakes of the contract's small ports, and a server of raw sockets that misbehaves on demand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Seen"], Awaitable[None]]


class FakeClock:
    """A clock that moves only when it is told to; ``oversleep_s`` makes each sleep too long."""

    def __init__(self, *, start: datetime = datetime(2026, 11, 25, 12, tzinfo=UTC)) -> None:
        self._start = start
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.oversleep_s: Callable[[], float] = lambda: 0.0

    def now(self) -> datetime:
        """Return the fixed start: tests of durations use ``monotonic``."""
        return self._start

    def monotonic(self) -> float:
        """Return the moved time."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Move the time instead of waiting, and let other tasks run."""
        self.slept.append(seconds)
        self.seconds += seconds + self.oversleep_s()
        await asyncio.sleep(0)


class FakeBudget:
    """A budget that never waits and remembers what it was told."""

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


class FakeLog:
    """A log that keeps its lines."""

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


@dataclass
class Seen:
    """What a server saw: whole requests in order, and connections counted."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    closed_by_client: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """Read one whole request and remember it."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length.group(1))) if length else b""
        self.requests.append(head + body)
        return head + body


@asynccontextmanager
async def raw_server(behaviour: Behaviour, *, port: int = 0) -> AsyncIterator[Seen]:
    """Serve connections by ``behaviour`` on a port of 127.0.0.1; each is closed at its end."""
    seen = Seen()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            await behaviour(reader, writer, seen)
        except (ConnectionError, asyncio.IncompleteReadError):
            seen.closed_by_client.set()
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(serve(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await server.wait_closed()
