"""A shop for those who guess: codes and cards over a real store, a clock that the test moves."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.canonical import Kind
from gateway.config.cards import CardsSection
from gateway.config.codes import CodesSection
from gateway.contract import Caller, Clock, Notice, NoticeChannel
from gateway.loyalty.alarm import Alarm, Watch
from gateway.loyalty.cards import CardDirectory
from gateway.loyalty.codes import Chance, OwnCodes
from gateway.loyalty.limits import Window
from gateway.ports import EntityRow, JournalRow
from gateway.store import Sealer, SqlStore, open_store
from gateway.sync.lookup import Digester
from gateway.telemetry import Metrics
from gateway.testing import RecordingLog
from tests.store.rows import NOON, HeldClock
from tests.stores import upgrade

KEY = b"0123456789abcdef0123456789abcdef"
TILL = Caller("till-1")
SITE = Caller("site")


@dataclass
class PhoneBook:
    """A notifier that keeps what it sent; ``failing`` is raised instead."""

    channels: frozenset[NoticeChannel] = frozenset(NoticeChannel)
    sent: list[Notice] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    failing: Exception | None = None

    async def send(self, notice: Notice, *, key: str) -> str:
        """Keep the message."""
        if self.failing is not None:
            raise self.failing
        self.sent.append(notice)
        self.keys.append(key)
        return key

    def code(self, to: str) -> str:
        """Return the code that was sent there last."""
        return next(one.text[:6] for one in reversed(self.sent) if one.to == to)


@dataclass
class Shop:
    """What is told of guessing, and the store behind it."""

    store: SqlStore
    clock: HeldClock
    ticking: Clock
    log: RecordingLog = field(default_factory=RecordingLog)
    metrics: Metrics = field(default_factory=Metrics)
    phones: PhoneBook = field(default_factory=PhoneBook)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def codes(self, section: CodesSection | None = None, **more: Any) -> OwnCodes:
        """Return the codes of one process."""
        section = section or CodesSection()
        chance = Chance(self.chance.randrange, lambda: f"{self.chance.getrandbits(128):032x}")
        values: dict[str, Any] = {
            "section": section,
            "notifiers": dict.fromkeys(NoticeChannel, self.phones),
            "store": self.store,
            "clock": self.ticking,
            "chance": chance,
            "secret": KEY,
            "sleep": self.sleep,
            "alarm": self.alarm("codes", Kind.CUSTOMER, section.alarm.misses, section.alarm.per_s),
        }
        return OwnCodes(**{**values, **more})

    def cards(self, section: CardsSection | None = None, **more: Any) -> CardDirectory:
        """Return the card checks of one process."""
        section = section or CardsSection()
        values: dict[str, Any] = {
            "section": section,
            "store": self.store,
            "digester": Digester(KEY),
            "clock": self.ticking,
            "alarm": self.alarm("cards", Kind.CARD, section.alarm.misses, section.alarm.per_s),
            "sleep": self.sleep,
        }
        return CardDirectory(**{**values, **more})

    async def sleep(self, seconds: float) -> None:
        """Wait by moving the held clock."""
        self.clock.move(seconds)

    def alarm(self, what: str, kind: Kind, misses: int, per_s: float) -> Alarm:
        """Return an alarm that tells this shop."""
        watch = Watch(Window(misses, per_s))
        return Alarm(what, kind, watch, self.store, self.ticking, self.log, self.metrics.tills)

    async def put_cards(self, *cards: dict[str, Any]) -> None:
        """Put snapshots of cards as the core keeps them."""
        digester = Digester(KEY)
        rows = [
            EntityRow(
                f"k-{number}", Kind.CARD, 1, fields=card, origins={}, created_at=NOON,
                changed_at=NOON,
            )
            for number, card in enumerate(cards)
        ]  # fmt: skip
        digests = {row.id: digester.of_entity(Kind.CARD, row.fields) for row in rows}
        await self.store.run(lambda tx: tx.put_entities(rows))
        await self.store.run(lambda tx: tx.put_matches(digests))

    async def alarms(self) -> Sequence[JournalRow]:
        """Return what the journal tells of guessing."""
        return await self.store.read(lambda tx: tx.story("", limit=1000))


@asynccontextmanager
async def open_shop(url: str, clock: Clock | None = None) -> AsyncIterator[Shop]:
    """Migrate a database and open a shop on it; ``clock`` replaces the held one."""
    upgrade(url)
    held = HeldClock()
    ticking = clock or held
    store = open_store(url, sealer=Sealer([KEY]), clock=ticking)
    try:
        yield Shop(store, held, ticking)
    finally:
        await store.close()


def sqlite(folder: Path) -> str:
    """Return the URL of a database in a folder, which is made."""
    folder.mkdir(exist_ok=True)
    return f"sqlite:///{folder / 'gateway.db'}"
