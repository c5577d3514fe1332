"""A vendor that books once per key, with a script of what goes wrong, and engines over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from itertools import count
from typing import Any, TypeVar

from gateway.contract import (
    NO_SERVICES,
    Manifest,
    Operation,
    OperationPerformer,
    ProbeReport,
    StoreError,
)
from gateway.ports import DeadLetter, JournalRow, OperationRow, Tx
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.leases import Leases
from gateway.sync.operate import Operations
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy
from tests.gateway.sync.stepping import HeldClock, SilentLog, StepStore, at_once, pause

R = TypeVar("R")
LEASE_S = 30.0
LATER_S = 3600.0


class FillingStore(StepStore):
    """A store whose disk may be full."""

    full = False

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run a work, or refuse it."""
        if self.full:
            msg = "the disk is full"
            raise StoreError(msg)
        return self.now(work)


class Ledger:
    """A vendor that books once per key, and a script of what goes wrong on the way there."""

    def __init__(self) -> None:
        self.booked: dict[str, Mapping[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.before: list[Exception | None] = []
        self.after: list[Exception | None] = []
        self.on_find: list[Exception | None] = []
        self.slow = False
        self.answer: Mapping[str, Any] = {"points": 5}

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Book, unless the script says otherwise."""
        self.calls.append(("perform", operation.key))
        _next(self.before)
        assert operation.key not in self.booked, "booked twice"
        self.booked[operation.key] = operation.payload
        if self.slow:
            await pause()
        _next(self.after)
        return self.answer

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Say what a key did."""
        self.calls.append(("find", key))
        _next(self.on_find)
        return self.answer if key in self.booked else None


def _next(script: list[Exception | None]) -> None:
    error = script.pop(0) if script else None
    if error is not None:
        raise error


class Till:
    """A connector with one operation."""

    def __init__(self, ledger: Ledger) -> None:
        self.manifest = Manifest("till", "Till", "1", frozenset(), documented=date(2026, 3, 2))
        self.readers: Mapping[Any, Any] = {}
        self.writers: Mapping[Any, Any] = {}
        self.operations: Mapping[str, OperationPerformer] = {"points.add": ledger}
        self.services = NO_SERVICES
        self.webhooks = None

    async def probe(self) -> ProbeReport:
        """Be well."""
        return ProbeReport(ok=True)

    async def prepare(self) -> None:
        """Need nothing."""

    async def close(self) -> None:
        """Hold nothing."""


class Core:
    """Engines of operations over one store and one vendor, each with its own account."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.store = FillingStore(self.clock)
        self.ledger = Ledger()
        self._ids = count(1)
        self.unwanted = set[str]()
        self.account, self.operations = self.process("first")

    def process(self, holder: str) -> tuple[Account, Operations]:
        """Return the account and the engine of a process of its own."""
        operations = Operations(
            store=self.store, parking=Parking(self.store, self.clock, SilentLog()),
            policy=RetryPolicy(), clock=self.clock, log=SilentLog(),
            leases=Leases(holder, LEASE_S), draw=lambda: 0.5,
            new_id=lambda: f"letter-{next(self._ids)}",
            withheld=lambda _, row: row.key in self.unwanted,
        )  # fmt: skip
        circuit = Circuit(CircuitPolicy(failures=3), self.clock)
        return Account("loyalty", Till(self.ledger), Flow(), circuit), operations

    def submit(self, *keys: str, name: str = "points.add", points: int = 5) -> list[bool]:
        """Submit operations."""
        rows = [Operation(key, name, {"points": points}) for key in keys]
        return list(
            self.store.now(
                lambda tx: self.operations.submit(tx, "loyalty", rows, correlation_id="c-1")
            )
        )

    def turn(self) -> int:
        """Perform what is due an hour later."""
        self.clock.move(LATER_S)
        return at_once(self.operations.perform(self.account))

    def row(self, key: str = "k1") -> OperationRow:
        """Return an operation as it is stored."""
        return self.store.now(lambda tx: tx.operations([key]))[key]

    def letters(self) -> list[DeadLetter]:
        """Return the open letters."""
        return list(
            self.store.now(lambda tx: tx.dead_letters(state="open", account="loyalty", limit=99))
        )

    def story(self) -> list[JournalRow]:
        """Return the sentences about operations."""
        return [
            row
            for row in self.store.now(lambda tx: tx.story("", limit=99))
            if row.event == "operation"
        ]
