"""Account: one configured account at run time, with what the core knows of it in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Canonical, Kind
from gateway.canonical.paths import Fields, spoken
from gateway.contract import Connector, EntityReader, EntityWriter
from gateway.contract.steered import SteeredBudget
from gateway.ports import EntityRow
from gateway.sync.circuit import Circuit
from gateway.sync.remarks import Remarks
from gateway.sync.required import NOTHING, Required


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows between the gateway and one account.

    Shape: ``reads`` kinds are received from it, ``updates`` kinds are told to it once it has a
    copy,
    ``creates`` kinds are made there when it has none; ``required`` is what a customer must have
    for that. Units: ``poll_s`` seconds between pulls.
    """

    reads: frozenset[Kind] = frozenset()
    updates: frozenset[Kind] = frozenset()
    creates: frozenset[Kind] = frozenset()
    poll_s: float = 60.0
    required: Required = NOTHING


@dataclass(frozen=True, slots=True)
class Desired:
    """What an account shall hold of a snapshot, as its connector says. ``fields`` is the same."""

    entity: Canonical = field(repr=False)
    fields: Fields = field(repr=False)


@dataclass(slots=True)
class Account:
    """A connector with its flow and its circuit.

    ``parked`` and ``paused`` mirror the stored account state: credentials are refused, an operator
    wants it to rest. ``ready`` is false until the connector prepared what it needs at the vendor;
    ``read_once`` are kinds whose feed was read to its end before.
    """

    name: str
    connector: Connector
    flow: Flow
    circuit: Circuit
    parked: bool = False
    ready: bool = True
    read_once: set[Kind] = field(default_factory=set)
    remarks: Remarks | None = None
    paused: bool = False
    budget: SteeredBudget | None = None

    @property
    def stands(self) -> bool:
        """True while it rests until that is taken back: parked, or paused by an operator."""
        return self.parked or self.paused

    @property
    def rests(self) -> bool:
        """True while the vendor must not be called: stands, circuit open, not prepared."""
        return self.stands or self.circuit.is_open or not self.ready

    @property
    def is_fetched(self) -> bool:
        """True when the vendor comes for what is due to it: nothing is ever sent there."""
        return self.connector.services.exchange is not None

    def reader(self, kind: Kind) -> EntityReader[Any] | None:
        """Return the reader of a kind when the flow receives it."""
        return self.connector.readers.get(kind) if kind in self.flow.reads else None

    def writer(self, kind: Kind) -> EntityWriter[Any] | None:
        """Return the writer of a kind when the flow tells it."""
        return self.connector.writers.get(kind) if kind in self.flow.updates else None

    def desired(self, snapshot: EntityRow, copy: Canonical | None) -> Desired | None:
        """Return what the account shall hold of ``snapshot``, ``None`` for nothing of the kind."""
        writer = self.writer(snapshot.kind)
        if writer is None:
            return None
        held = writer.held(snapshot.entity, copy)
        return Desired(held, snapshot.fields if held is snapshot.entity else spoken(held))
