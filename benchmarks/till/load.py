"""Load: calls that arrive when they arrive, and how long each waited for its whole answer.

Open loop: arrivals are drawn beforehand and a call's time counts from its arrival, whether or not
there was a connection free to send it. A slow answer therefore cannot hide the calls behind it.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
_END = b"\r\n\r\n"


@dataclass(slots=True)
class Times:
    """Times of one leg. Units: seconds, in the order of the answers; ``failed`` calls have none."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    wall_s: float = 0.0

    def share(self, of: float) -> float:
        """Return the time within which ``of`` (0 to 1) of the calls were answered; 0 for none."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(of * len(ordered)))] if ordered else 0.0


class Line:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def call(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return status and body."""
        self._writer.write(request)
        head = await self._reader.readuntil(_END)
        sized = _LENGTH.search(head)
        body = await self._reader.readexactly(int(sized.group(1))) if sized else b""
        return int(head[9:12]), body

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@dataclass(frozen=True, slots=True)
class Lines:
    """Connections to one server; a call takes one that is free, or waits for it."""

    free: asyncio.LifoQueue[Line]
    all: Sequence[Line]

    async def call(self, requests: Sequence[bytes]) -> bool:
        """Send requests one after the other; False when one was not answered with 2xx."""
        line = await self.free.get()
        try:
            answers = [await line.call(request) for request in requests]
        finally:
            self.free.put_nowait(line)
        return all(status // 100 == 2 for status, _ in answers)  # noqa: PLR2004 - of HTTP

    def close(self) -> None:
        """Hang up all."""
        for line in self.all:
            line.close()


async def lines(port: int, count: int) -> Lines:
    """Connect ``count`` times."""
    made = [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
    for line in made:
        free.put_nowait(line)
    return Lines(free, made)


async def open_loop(
    at: Lines, calls: Sequence[Sequence[bytes]], *, rate: float, seed: int
) -> Times:
    """Let calls arrive at random, ``rate`` a second on average; each may be several requests."""
    draw = random.Random(seed)
    times, tasks = Times(), []
    started = perf_counter()
    due = started
    for requests in calls:
        due += draw.expovariate(rate)
        wait = due - perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(_one(at, requests, due, times)))
    await asyncio.gather(*tasks)
    times.wall_s = perf_counter() - started
    return times


async def closed_loop(
    at: Lines, calls: Sequence[Sequence[bytes]], *, tills: int, over_s: float
) -> Times:
    """Let ``tills`` callers work through the calls, each sending its next after its last answer.

    They begin one after the other within ``over_s`` seconds: shops do not scan in step.
    """
    times, waiting = Times(), iter(calls)
    started = perf_counter()

    async def till(number: int) -> None:
        await asyncio.sleep(over_s * number / tills)
        for requests in waiting:
            await _one(at, requests, perf_counter(), times)

    await asyncio.gather(*(till(number) for number in range(tills)))
    times.wall_s = perf_counter() - started
    return times


async def _one(at: Lines, requests: Sequence[bytes], due: float, times: Times) -> None:
    try:
        fine = await at.call(requests)
    except (OSError, asyncio.IncompleteReadError):
        fine = False
    if fine:
        times.seconds.append(perf_counter() - due)
    else:
        times.failed += 1
