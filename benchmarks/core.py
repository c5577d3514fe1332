"""Core benchmark: what one change costs from observation to delivery, without network and vendor.

Each order is received, merged, journalled, made due, claimed, handed to a vendor that is a
dictionary, and settled, by the gateway's real parts on a real store. The comparison with peers is
another benchmark; this one shows where the core itself spends its time and that both engines keep
the same pace.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import structlog

from gateway.canonical import (
    Kind,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    PersonName,
    ProductRef,
)
from gateway.contract import (
    NO_SERVICES,
    Change,
    EntityReader,
    EntityWriter,
    Manifest,
    Observed,
    OperationPerformer,
    Outcome,
    ProbeReport,
    Services,
    WebhookSource,
    Written,
)
from gateway.ids import SystemClock, entity_id, sortable_id
from gateway.ports import Wake
from gateway.store import Sealer, SqlStore, open_store, upgrade
from gateway.sync.account import Account, Flow
from gateway.sync.apply import Applied, Applier
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.claim import Claimer
from gateway.sync.deliver import Deliverer
from gateway.sync.endings import Endings
from gateway.sync.incoming import Incoming
from gateway.sync.leases import Leases
from gateway.sync.lookup import Digester
from gateway.sync.ownership import Ownership
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy
from gateway.sync.reconcile import Reconciler
from gateway.sync.settle import Settler

BATCH = 50


@dataclass(slots=True)
class DictVendor:
    """A vendor that holds whatever it is told, at once."""

    records: dict[str, Order] = field(default_factory=dict)

    def held(self, entity: Order, known: Order | None) -> Order:
        """Hold everything but the canonical customer id."""
        del known
        names = entity.model_fields_set - {"customer_id"}
        return Order(**{name: getattr(entity, name) for name in names})

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Take all changes."""
        self.records.update({change.key: change.entity for change in changes})
        return [Written(change.key, created=change.external_id is None) for change in changes]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Find by key."""
        return {key: key for key in keys if key in self.records}


@dataclass(slots=True)
class DictConnector:
    """A connector to ``DictVendor``."""

    vendor: DictVendor = field(default_factory=DictVendor)
    manifest: Manifest = field(
        default_factory=lambda: Manifest(
            "dict", "dict", "1", frozenset(), date(2026, 1, 1),
            write_batch=dict.fromkeys(Kind, BATCH), probes=frozenset(Kind),
        )
    )  # fmt: skip
    readers: Mapping[Kind, EntityReader[Any]] = field(default_factory=dict)
    operations: Mapping[str, OperationPerformer] = field(default_factory=dict)
    webhooks: WebhookSource | None = None
    services: Services = NO_SERVICES

    @property
    def writers(self) -> Mapping[Kind, EntityWriter[Any]]:
        """The vendor takes orders."""
        return {Kind.ORDER: self.vendor}

    async def probe(self) -> ProbeReport:
        """Always there."""
        return ProbeReport(ok=True)

    async def prepare(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True, slots=True)
class Result:
    """One leg. Units: seconds of wall and CPU for ``events`` events."""

    name: str
    events: int
    wall_s: float
    cpu_s: float
    commits: int

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.wall_s


def orders(count: int) -> list[Order]:
    """Make orders of five lines, Cyrillic, with decimals."""
    return [
        Order(
            number=str(number),
            status=OrderStatus.NEW,
            contact=OrderContact(
                name=PersonName(last="Семёнова", first="Алёна"), phone="+79161234567"
            ),
            customer_comment="Позвоните за час",
            lines=tuple(
                OrderLine(
                    id=f"{number}-{line}",
                    product=ProductRef(external_id=str(line), name="Мёд липовый"),
                    quantity=Decimal(line + 1),
                    base_price=Money.of("450.00"),
                    price=Money.of("405.50"),
                )
                for line in range(5)
            ),
        )
        for number in range(count)
    ]


async def leg(name: str, url: str | None, count: int) -> Result:
    """Run one leg on a fresh store."""
    with tempfile.TemporaryDirectory() as folder:
        where = url or f"sqlite:///{folder}/bench.db"
        upgrade(where)
        clock = SystemClock()
        sealer = Sealer.from_environment(Path(folder), {})
        store = open_store(where, sealer=sealer, clock=clock)
        try:
            return await _measured(name, store, count)
        finally:
            await store.close()


async def _measured(name: str, store: SqlStore, count: int) -> Result:
    accounts = {
        account: Account(
            account,
            DictConnector(),
            Flow(frozenset(Kind), frozenset({Kind.ORDER}), frozenset({Kind.ORDER})),
            Circuit(CircuitPolicy(), SystemClock()),
        )
        for account in ("source", "target")
    }
    deliverer, applier = _parts(store, accounts)
    rows = [Observed(f"x{place}", order) for place, order in enumerate(orders(count))]
    commits, cpu, started = store.commits, time.process_time(), time.perf_counter()
    due: list[Wake] = []
    for start in range(0, count, BATCH):
        batch = [
            Incoming("source", Kind.ORDER, row, 0, "bench") for row in rows[start : start + BATCH]
        ]

        def work(tx: Any, batch: list[Incoming] = batch) -> Applied:  # noqa: ANN401 - a Tx
            return applier.apply(tx, batch)

        due += (await store.run(work)).wakes
    for start in range(0, len(due), BATCH):
        await deliverer.deliver(
            accounts["target"], [wake.ref for wake in due[start : start + BATCH]]
        )
    return Result(
        name, count, time.perf_counter() - started, time.process_time() - cpu,
        store.commits - commits,
    )  # fmt: skip


def _parts(store: SqlStore, accounts: Mapping[str, Account]) -> tuple[Deliverer, Applier]:
    clock, log = SystemClock(), structlog.get_logger()
    applier = Applier(accounts, Ownership(), Digester(b"bench"), clock, entity_id, sortable_id)
    settler = Settler(
        store=store, applier=applier, parking=Parking(store, clock, log), clock=clock, log=log,
        endings=Endings(RetryPolicy(), lambda: 0.5), new_id=sortable_id,
        wake=lambda _: None, wake_later=lambda _, __: None,
    )  # fmt: skip
    claimer, leases = Claimer(applier, clock, 30.0, sortable_id), Leases("bench", 30.0)
    reconciler = Reconciler(store, applier, claimer, settler, log)
    deliverer = Deliverer(store, claimer, reconciler, settler, leases, log, lambda _: None)
    return deliverer, applier


def calibration(count: int) -> float:
    """CPU seconds of dumping the same orders to JSON: what the machine is worth today."""
    made = orders(count)
    started = time.process_time()
    for order in made:
        orjson.loads(orjson.dumps(order.model_dump(mode="json")))
    return time.process_time() - started
