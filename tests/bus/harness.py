"""What the bus tests share: a log to wait on, a handler, and a broker that can be cut off."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gateway.bus import BusOptions, KombuBus, open_bus
from gateway.ports import Wake

DEADLINE_S = 20.0
FAST = BusOptions(
    backoff_s=0.05,
    backoff_max_s=0.3,
    retry_pause_s=0.02,
    standby_after_s=0.2,
    connect_timeout_s=3.0,
    stall_timeout_s=5.0,
)


class WallClock:
    """The real time: the tests run against real sockets."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()


class Watch:
    """Lets a test wait until something holds, without sleeping; safe to note from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def note(self) -> None:
        """Tell that something may have changed."""
        self._loop.call_soon_threadsafe(self._changed.set)

    async def until(self, holds: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
        """Wait until ``holds`` is true, looking again at every note; fail at the deadline."""
        async with asyncio.timeout(deadline_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


class RecordingLog:
    """Keeps events, and notes each in a watch."""

    def __init__(self, watch: Watch) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self._watch = watch

    def info(self, event: str, **values: object) -> None:
        """Keep an event."""
        self.events.append((event, values))
        self._watch.note()

    def warning(self, event: str, **values: object) -> None:
        """Keep an event."""
        self.info(event, **values)

    def count(self, event: str, **values: object) -> int:
        """Count events of a name that carry these values."""
        return sum(name == event and values.items() <= found.items() for name, found in self.events)


class Collector:
    """A handler that keeps what it gets; ``gate`` holds it inside, ``failures`` makes it raise."""

    def __init__(self, watch: Watch) -> None:
        self.batches: list[list[Wake]] = []
        self.done: list[Wake] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures = 0
        self.overlaps: list[str] = []
        self._inside: set[str] = set()
        self._watch = watch

    async def __call__(self, wakes: Sequence[Wake]) -> None:
        """Keep a batch."""
        keys = {wake.key for wake in wakes}
        self.overlaps += keys & self._inside
        self._inside |= keys
        self.batches.append(list(wakes))
        self._watch.note()
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if self.failures > 0:
                self.failures -= 1
                msg = "the store is away"
                raise OSError(msg)
        finally:
            self._inside -= keys
        self.done += wakes
        self._watch.note()

    @property
    def refs(self) -> list[str]:
        """References of what was handled to the end, in order."""
        return [wake.ref for wake in self.done]


def wakes(count: int, *, keys: int = 1, start: int = 0) -> list[Wake]:
    """Make wakes with numbered references, spread over keys."""
    return [
        Wake("route", str(number), "магазин", f"ключ-{number % keys}", f"c-{number}")
        for number in range(start, start + count)
    ]


def first_times(pairs: Sequence[tuple[str, str]]) -> dict[str, list[int]]:
    """Reduce (key, reference) pairs to each key's references in order of their first coming."""
    seen: dict[str, dict[int, None]] = defaultdict(dict)
    for key, ref in pairs:
        seen[key].setdefault(int(ref))
    return {key: list(numbers) for key, numbers in seen.items()}


def out_of_order(found: Sequence[Wake]) -> list[str]:
    """Name the keys whose wakes came for the first time in another order than they were sent."""
    order = first_times([(wake.key, wake.ref) for wake in found])
    return [key for key, numbers in order.items() if numbers != sorted(numbers)]


class Scene:
    """One test's stage: a prefix, something to wait on, a log, a handler, and the buses."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.watch = Watch()
        self.log = RecordingLog(self.watch)
        self.collector = Collector(self.watch)
        self._buses: list[KombuBus] = []

    def open(
        self,
        url: str,
        *,
        shards: int = 8,
        worker: tuple[int, int] = (0, 1),
        options: BusOptions = FAST,
    ) -> KombuBus:
        """Open a bus; ``worker`` is its index and the number of workers."""
        bus = open_bus(
            url,
            prefix=self.prefix,
            shards=shards,
            worker_index=worker[0],
            workers=worker[1],
            clock=WallClock(),
            log=self.log,
            options=options,
        )
        self._buses.append(bus)
        return bus

    async def clear(self) -> None:
        """Close all buses, then delete their queues."""
        self.collector.gate.set()
        for bus in self._buses:
            await bus.close()
        for bus in self._buses:
            await bus.delete_queues()


class BrokerProxy:
    """A relay between a bus and the broker that can be cut, stalled and mended."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.port = 0
        self.connections = 0

    async def mend(self) -> None:
        """Accept connections, always on the same port."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse new connections and break those that are open, without a farewell."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        self._flowing.set()
        if self._pumps:
            await asyncio.wait(self._pumps)

    def stall(self) -> None:
        """Keep connections open and let nothing through."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let everything through again."""
        self._flowing.set()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            self._writers.add(sink)
            pump = asyncio.create_task(self._pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
        self._writers.discard(sink)
        sink.close()
        with contextlib.suppress(ConnectionError):
            await sink.wait_closed()
