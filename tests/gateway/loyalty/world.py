"""World: the service over a ledger and a log in memory, with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

from gateway.canonical import Money, OrderLine, ProductRef
from gateway.contract import Caller, MemberKey, Refund, Sale, StoreError
from gateway.loyalty.advance import Advancer
from gateway.loyalty.book import Book
from gateway.loyalty.endings import Endings
from gateway.loyalty.processor import Processor
from gateway.loyalty.proofs import Proofs, TillCodes
from gateway.loyalty.routes import Route, Routes
from gateway.loyalty.seen import Seen
from gateway.loyalty.service import LoyaltyService
from gateway.loyalty.serving import Serving, Terms
from gateway.loyalty.settle import Settler
from gateway.loyalty.shadow import Shadow
from gateway.loyalty.switches import Switches
from gateway.loyalty.turns import Turns
from gateway.ports import JournalRow, SaleProgress, SaleRow, Store, SwitchRow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.policy import RetryPolicy
from gateway.telemetry import Metrics
from tests.gateway.loyalty.entries import points
from tests.gateway.loyalty.ledger import Ledger
from tests.gateway.sync.stepping import HeldClock, SilentLog

R = TypeVar("R")
TILL = Caller("till-1", shop="north", brand="blue", deadline_s=5.0)
ANNA = MemberKey(phone="+79160000001")
HOLD_S = 900.0


class Killed(BaseException):
    """The process is gone: nothing that it does from here on has an effect."""


@dataclass
class Disk:
    """A log of sales in memory: what is here survives the service.

    ``lives`` counts down with each write: at 0 the process is killed, after the write or before it.
    Without ``free`` a write waits until it is set.
    """

    alone: bool = True
    lives: int | None = None
    dies_before: bool = False
    rows: dict[str, SaleRow] = field(default_factory=dict)
    versions: list[SaleRow] = field(default_factory=list)
    is_full: bool = False
    writes: int = 0
    free: asyncio.Event | None = None

    @property
    def is_alone(self) -> bool:
        """See ``SaleLog``."""
        return self.alone

    async def write(self, rows: Sequence[SaleRow]) -> Sequence[bool]:
        """Compare and set; a process that is alone must never be too late."""
        await asyncio.sleep(0)
        if self.free is not None:
            await self.free.wait()
        if self.is_full:
            raise StoreError
        self.check_alive()
        self.writes += 1
        if self.lives is not None:
            self.lives -= 1
            if self.dies_before:
                self.check_alive()
        flags = []
        for row in rows:
            stored = self.rows.get(row.id)
            fits = row.version == (stored.version if stored is not None else 0) + 1
            assert fits or not self.alone, f"{row.id} jumps to version {row.version}"
            if fits:
                self.rows[row.id] = row
                self.versions.append(row)
            flags.append(fits)
        self.check_alive()
        return flags

    def check_alive(self) -> None:
        """Kill what comes after the last write."""
        if self.lives is not None and self.lives <= 0:
            raise Killed

    async def find(self, ids: Sequence[str]) -> Mapping[str, SaleRow]:
        """Rows by id."""
        if self.is_full:
            raise StoreError
        return {one: self.rows[one] for one in ids if one in self.rows}

    async def close(self) -> None:
        """Nothing is open."""

    async def unfinished(self) -> Sequence[SaleRow]:
        """See ``Past``."""
        return [row for row in self.rows.values() if row.due_at is not None]

    async def finished(self, *, limit: int) -> Sequence[SaleRow]:
        """See ``Past``."""
        rows = [row for row in self.rows.values() if row.due_at is None]
        return sorted(rows, key=lambda row: row.changed_at, reverse=True)[:limit]

    async def due(self, *, now: datetime, limit: int) -> Sequence[SaleRow]:
        """See ``Past``."""
        rows = [row for row in self.rows.values() if row.due_at is not None and row.due_at <= now]
        return rows[:limit]


@dataclass
class TurnTable:
    """The part of a store that switches and the journal need."""

    rows: list[SwitchRow] = field(default_factory=list)
    journal: list[JournalRow] = field(default_factory=list)
    is_away: bool = False

    def turns(self, *, after: int = 0) -> Sequence[SwitchRow]:
        """All turns."""
        return [row for row in self.rows if row.id > after]

    def turn(self, row: SwitchRow) -> int:
        """Append a turn."""
        self.rows.append(replace(row, id=len(self.rows) + 1))
        return len(self.rows)

    def write_journal(self, rows: Sequence[JournalRow]) -> None:
        """Append sentences."""
        self.journal += rows

    async def run(self, work: Callable[[Any], R]) -> R:
        """Run a work."""
        if self.is_away:
            raise StoreError
        return work(self)

    async def read(self, work: Callable[[Any], R]) -> R:
        """Run a work."""
        return await self.run(work)

    @property
    def store(self) -> Store:
        """Itself, as the port."""
        return cast("Store", self)


@dataclass
class World:
    """Everything; ``restart`` forgets what is only in memory."""

    clock: HeldClock = field(default_factory=HeldClock)
    disk: Disk = field(default_factory=Disk)
    table: TurnTable = field(default_factory=TurnTable)
    terms: Terms = field(default_factory=lambda: Terms(hold_s=HOLD_S, invitation="Join us"))
    code_needed: bool = False
    proofs: Proofs | None = None
    codes: TillCodes | None = None
    circuit: CircuitPolicy = field(default_factory=lambda: CircuitPolicy(failures=1000))
    stale_s: float = 3600.0
    routes: tuple[Route, ...] = (Route("main"),)

    def __post_init__(self) -> None:
        """Make the processors and a first process."""
        names = {name for one in self.routes for name in (one.processor, one.shadow) if name}
        self.ledgers = {name: Ledger(self.clock) for name in sorted(names)}
        for ledger in self.ledgers.values():
            ledger.alive = self.disk.check_alive
        self.metrics = Metrics()
        self.build()

    @property
    def ledger(self) -> Ledger:
        """The processor called ``main``."""
        return self.ledgers["main"]

    def build(self) -> None:
        """Make a process; nothing of an earlier one is in its memory."""
        log = SilentLog()
        self.processors = {
            name: Processor(name, ledger, Circuit(self.circuit, self.clock))
            for name, ledger in self.ledgers.items()
        }
        self.book, self.turns = Book(self.disk), Turns(self.clock, log)
        policy = RetryPolicy(first_s=1.0, cap_s=60.0, unexplained=6)
        self.advancer = Advancer(
            self.book, self.turns, self.processors,
            Endings(policy, self.terms.hold_s, lambda: 0.5), self.clock, log,
        )  # fmt: skip
        self.switches = Switches(self.table.store, self.clock, log, self.code_needed)
        self.shadow = Shadow(self.table.store, self.clock, log, self.metrics.tills)
        self.serving = Serving(
            Routes(self.routes), self.processors, self.switches, self.book, self.turns,
            self.advancer, Seen(self.stale_s), self.shadow, self.terms, self.clock, log,
            self.metrics.tills, lambda: "corr", self.proofs, self.codes,
        )  # fmt: skip
        self.settler = Settler(self.book, self.turns, self.advancer, self.disk, self.clock, log)
        self.service = LoyaltyService(self.serving)

    async def restart(self) -> None:
        """Die and begin again from the disk."""
        self.disk.lives = None
        self.build()
        self.book.load((await self.disk.finished(limit=1000))[::-1])
        self.book.load(await self.disk.unfinished())

    async def settle(self, *, seconds: float = 3600.0, steps: int = 60) -> None:
        """Let time pass and the settler work until nothing is due any more, or it never ends."""
        for _ in range(steps):
            await self.pass_time(seconds / steps)
            if not any(row.due_at for row in self.disk.rows.values()):
                return

    async def pass_time(self, seconds: float) -> None:
        """Move the clock, let late effects come, and settle what is due."""
        self.clock.move(seconds)
        for ledger in self.ledgers.values():
            ledger.arrive()
        await self.settler.refresh()
        for _ in range(3):
            self.settler.begin()
            await self.settler.settled()

    def progress(self, sale_id: str, caller: str = TILL.name) -> SaleProgress:
        """How far a row is on disk."""
        return self.disk.rows[f"{caller}:{sale_id}"].progress

    def sale(
        self, sale_id: str, *, spends: Decimal | int = 0, price: int = 100, quantity: int = 2,
        member: MemberKey | None = ANNA,
    ) -> Sale:  # fmt: skip
        """Return a sale of one line."""
        line = OrderLine(
            id="1", product=ProductRef(sku="A"), quantity=Decimal(quantity), price=Money.of(price),
            base_price=Money.of(price),
        )  # fmt: skip
        spent = points(spends) if spends else None
        return Sale(sale_id, [line], self.clock.now(), member, points=spent)

    def refund(self, refund_id: str, sale_id: str, quantity: int | None = None) -> Refund:
        """Return a return of a part, or of the whole."""
        lines = None
        if quantity is not None:
            lines = [OrderLine(id="1", quantity=Decimal(quantity), price=Money.of(100))]
        return Refund(refund_id, sale_id, "", self.clock.now(), lines)
