"""F7: the vendor is away for days, messages keep coming, then it is back.

The gateway runs in this process on a clock that is put forward; its store, its broker and its calls
are real. While the vendor is away nothing listens at its address.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from benchmarks.w1 import broker
from benchmarks.w1.database import Database
from benchmarks.w1.gateway_contestant import GatewayContestant
from benchmarks.w1.legs.setting import GATEWAY, Setting, said, say
from benchmarks.w1.legs.simulated import SimulatedClock
from benchmarks.w1.legs.trial import QUEUE, Row
from benchmarks.w1.legs.verdict import Wanted, effects, greatest_burst
from benchmarks.w1.peers import formats
from benchmarks.w1.place import Place
from benchmarks.w1.shape import checksum, to_sink
from benchmarks.w1.sink_client import SinkProcess
from benchmarks.w1.work import Message, generate
from gateway.bootstrap.foundation import lay_foundation
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.config import load
from gateway.ports import DeliveryState, Tx
from tests.services.process import stable_port

ORDERS = 100
VERSIONS = 9
AWAY_S = 3 * 86_400.0
STEPS = 36
CALLS_PER_S = 50
_RELAY_S = 0.1
"""Real seconds between the gateway's looks for what is due: its waits are not simulated."""
_LOOK_S = 0.05
_IDLE_S = 0.5
_SKIP_S = 5.0


def vendor_away(setting: Setting, *, steps: int = STEPS) -> Sequence[Row]:
    """Run the leg, for the gateway alone; the days pass in so many steps."""
    if not setting.has_gateway:
        return ()
    orders = min(setting.orders or ORDERS, ORDERS)
    first = [m for m in generate(orders, seed=setting.seed).messages if m.version == 1]
    unique = list({message.key: message for message in first}.values())
    versions = [
        [edited(message, number) for message in unique] for number in range(2, VERSIONS + 1)
    ]
    database = Database(setting.postgres)
    contestant = GatewayContestant(GATEWAY, calls_per_s=CALLS_PER_S)
    port = stable_port()
    place = Place(database.url, setting.broker, f"http://127.0.0.1:{port}", QUEUE)
    database.create(peers_schema=False)
    try:
        contestant.prepare(place, unique)
        try:
            outage = Outage(place, port, unique, versions, setting.deadline_s, steps)
            row = asyncio.run(outage.live(contestant))
        finally:
            contestant.stop(place)
    finally:
        database.drop()
    return [said(row)]


def edited(message: Message, version: int) -> Message:
    """Return a later version of an order: the customer has changed his comment."""
    event = orjson.loads(message.body)
    entity = event["entity"]
    entity["customer_comment"] = f"{entity['customer_comment']} ({version})"
    entity["attributes"]["source_version"] = str(version)
    return Message(message.id, version, orjson.dumps({**event, "version": version}))


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the gateway still has to do: rows of the inbox, deliveries by state."""

    unread: int
    deliveries: Mapping[str, int]

    @classmethod
    def read(cls, tx: Tx, *, clock: SimulatedClock) -> Backlog:
        """Read it from the gateway's store."""
        ever = clock.now() + timedelta(days=1)
        counts = {state: count for (name, state), count in tx.count_deliveries().items()
                  if name == "sink"}  # fmt: skip
        return cls(len(tx.due_inbox(now=ever, limit=1000)), counts)

    @property
    def due(self) -> int:
        """Deliveries that the account does not hold yet."""
        return sum(count for state, count in self.deliveries.items() if state != DeliveryState.DONE)

    @property
    def is_still(self) -> bool:
        """Whether nothing is under way, so that the clock may be put forward."""
        return not self.unread and not self.deliveries.get(DeliveryState.SENDING, 0)


@dataclass(slots=True)
class Outage:
    """One run. Units: ``deadline_s`` real seconds for each of its waits."""

    place: Place
    port: int
    first: Sequence[Message]
    versions: Sequence[Sequence[Message]]
    deadline_s: float
    steps: int = STEPS
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    async def live(self, contestant: GatewayContestant) -> Row:
        """Tell everything once, go away, come back, judge."""
        async with _running(contestant, self.place, self.clock) as gateway:
            with SinkProcess(port=self.port) as sink:
                sink.reset(message.key for message in self.first)
                await self._until_told(sink, gateway)
            say("F7: the vendor is away")
            most = await self._away(gateway)
            say(f"F7: the vendor is back; {most} deliveries are due")
            with SinkProcess(port=self.port, limit=CALLS_PER_S) as sink:
                sink.reset(message.key for message in self.versions[-1])
                back_at = self.clock.monotonic()
                await self._until_told(sink, gateway)
                ledger = sink.ledger()
        return self._row(ledger, most, back_at)

    async def _away(self, gateway: Gateway) -> int:
        """Let the days pass while new versions come; return the most that was due."""
        messages = [message for version in self.versions for message in version]
        most = 0
        for step in range(self.steps):
            self.clock.skip(AWAY_S / self.steps)
            share = self._share(len(messages), step)
            outgoing = [formats.plain(message, self.place.queue) for message in messages[share]]
            await asyncio.to_thread(broker.preload, self.place.broker, self.place.queue, outgoing)
            await asyncio.sleep(2 * _RELAY_S)  # what is due now is tried
            most = max(most, (await self._still(gateway)).due)
        return most

    def _share(self, count: int, step: int) -> slice:
        return slice(count * step // self.steps, count * (step + 1) // self.steps)

    async def _still(self, gateway: Gateway) -> Backlog:
        """Wait until every message was taken in and nothing is under way."""
        async with asyncio.timeout(self.deadline_s):
            while True:
                queued = await asyncio.to_thread(
                    broker.waiting, self.place.broker, self.place.queue
                )
                backlog = await self._backlog(gateway)
                if not queued and backlog.is_still:
                    return backlog
                await asyncio.sleep(_LOOK_S)

    async def _backlog(self, gateway: Gateway) -> Backlog:
        return await gateway.foundation.store.read(lambda tx: Backlog.read(tx, clock=self.clock))

    async def _until_told(self, sink: SinkProcess, gateway: Gateway) -> None:
        """Wait for the last arrival, and skip the waits of a gateway that does nothing."""
        loop = asyncio.get_running_loop()
        deadline, seen, since = loop.time() + self.deadline_s, -1, loop.time()
        while loop.time() < deadline:
            counts = await asyncio.to_thread(sink.counts)
            if counts["missing"] == 0:
                return
            if counts["requests"] != seen:
                seen, since = counts["requests"], loop.time()
            elif loop.time() - since > _IDLE_S and (await self._backlog(gateway)).is_still:
                self.clock.skip(_SKIP_S)
                since = loop.time()
            await asyncio.sleep(_LOOK_S)

    def _row(self, ledger: Mapping[str, Any], most: int, back_at: float) -> Row:
        last = self.versions[-1]
        wanted = Wanted(
            {message.id: message.version for message in last},
            {message.key: checksum(to_sink(orjson.loads(message.body))) for message in last},
        )
        ended = ledger["needed_at"]
        figures = {
            "days away": AWAY_S / 86_400,
            "orders": len(self.first),
            "most due": most,
            "calls": len(ledger["calls_at"]),
            "drain s": round(self.clock.of(ended) - back_at, 1) if ended else "never",
            "burst /s": greatest_burst([self.clock.of(at) for at in ledger["calls_at"]]),
            "refused": ledger["refused"],
        }
        return Row(
            "F7", GATEWAY, len(last) * (VERSIONS - 1),
            # Simulated time has its own column: a rate of it would mean nothing.
            replace(effects(ledger, wanted), wall_s=0.0),
            is_complete=ledger["missing"] == 0, is_kept=most <= len(self.first), figures=figures,
        )  # fmt: skip


@asynccontextmanager
async def _running(
    contestant: GatewayContestant, place: Place, clock: SimulatedClock
) -> AsyncIterator[Gateway]:
    """Run the gateway of a configuration in this process, on a clock of ours."""
    env = contestant.environment(place)
    path = Path(contestant.config)
    config = load(path, env=env)
    config = config.model_copy(
        update={"sync": config.sync.model_copy(update={"relay_s": _RELAY_S})}
    )
    with _importable(path.parent), (path.parent / "gateway.log").open("w") as log:
        foundation = await lay_foundation(config, exclusive=False, env=env, log_to=log, clock=clock)
        gateway = build_gateway(foundation)
        try:
            await gateway.start()
            yield gateway
        finally:
            await gateway.stop()


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let entry points in a folder be found, as those of an installed distribution are."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
