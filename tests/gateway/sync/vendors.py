"""Vendors that are dictionaries, with connectors of the real contract's shape.

Each reduces what it is told in its own way, pauses where a test may interfere, and fails as it is
told to: an attempt's effect and its answer are two different things.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    NO_SERVICES,
    Change,
    EntityReader,
    EntityWriter,
    Manifest,
    Observed,
    OperationPerformer,
    Outcome,
    OutcomeUnknown,
    Page,
    ProbeReport,
    Reading,
    Services,
    Unavailable,
    WebhookSource,
    Written,
)
from tests.gateway.sync.stepping import HeldClock, pause

Reduce = Callable[[Any, Any], Any]


class Fate(StrEnum):
    """What becomes of one call of ``write``."""

    DONE = "done"
    SURELY_NOT = "surely_not"
    DONE_UNANSWERED = "done_unanswered"
    LOST_UNANSWERED = "lost_unanswered"


@dataclass(slots=True)
class Record:
    """A record of a vendor: what it holds, our key, and when it last changed."""

    entity: Any
    key: str | None
    changed_at: datetime


@dataclass(slots=True)
class Vendor:
    """One vendor's records of one kind.

    ``reduce`` is the connector's ``held``; ``only_read`` names fields that it shows and cannot be
    told. ``gated`` makes its calls pause. ``fates`` are used up by calls of ``write``.
    ``writes`` counts those calls, ``told`` the records that they changed.
    """

    name: str
    kind: Kind
    clock: HeldClock
    reduce: Reduce
    only_read: frozenset[str] = frozenset()
    records: dict[str, Record] = field(default_factory=dict)
    feed: list[str] = field(default_factory=list)
    fates: deque[Fate] = field(default_factory=deque)
    creations: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    told: int = 0
    gated: bool = False
    made: int = 0

    def create(self, entity: Any, key: str | None = None) -> str:  # noqa: ANN401 - any kind
        """A person's own record, or a creation of ours, as this vendor holds it."""
        self.made += 1
        external_id = f"{self.name}-{self.made}"
        self.put(external_id, entity, key)
        return external_id

    def put(self, external_id: str, entity: Any, key: str | None) -> None:  # noqa: ANN401
        """Hold ``entity`` from now on, as far as this vendor can."""
        shown = {n: v for n, v in _fields(entity).items() if n in self.only_read}
        held = type(entity)(**{**_fields(self.reduce(entity, None)), **shown})
        self.records[external_id] = Record(held, key, self.clock.now())
        self.feed.append(external_id)

    def edit(self, external_id: str, **values: Any) -> None:
        """A person's edit of whole fields."""
        record = self.records[external_id]
        entity = type(record.entity)(**{**_fields(record.entity), **values})
        self.put(external_id, entity, record.key)

    def seen(self, external_id: str) -> Observed[Any]:
        """Show a record."""
        record = self.records[external_id]
        return Observed(external_id, record.entity, key=record.key, changed_at=record.changed_at)

    async def pull(self, cursor: str | None, *, limit: int) -> Page[Any]:
        """Show what changed since, each record once, as it is when the call has arrived."""
        if self.gated:
            await pause()
        start = int(cursor or 0)
        changed = dict.fromkeys(self.feed[start : start + limit])
        page = Page([self.seen(one) for one in changed], str(start + limit), has_more=False)
        end = min(start + limit, len(self.feed))
        page = Page(page.items, str(end), has_more=end < len(self.feed))
        if self.gated:
            await pause()
        return page

    async def get(self, external_ids: Sequence[str]) -> Reading[Any]:
        """Show records by id, as they are when the call has arrived."""
        if self.gated:
            await pause()
        reading = Reading([self.seen(one) for one in external_ids])
        if self.gated:
            await pause()
        return reading

    def held(self, entity: Any, known: Any) -> Any:  # noqa: ANN401 - any kind
        """Reduce to what this vendor would hold."""
        return self.reduce(entity, known)

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        """Write, or not, and answer, or not."""
        fate = self.fates.popleft() if self.fates else Fate.DONE
        self.writes += 1
        if self.gated:
            await pause()
        if fate is Fate.SURELY_NOT:
            msg = "the vendor is busy"
            raise Unavailable(msg)
        outcomes = [] if fate is Fate.LOST_UNANSWERED else [self._take(one) for one in changes]
        if self.gated:
            await pause()
        if fate is not Fate.DONE:
            msg = "no answer came"
            raise OutcomeUnknown(msg)
        return outcomes

    def _take(self, change: Change[Any]) -> Written[Any]:
        """Hold the changed fields of a change; the others stay as they are here."""
        self.told += 1
        if change.external_id is None:
            self.creations[change.key] += 1
            return Written(self.create(change.entity, change.key), created=True)
        record = self.records[change.external_id]
        names = {path.partition("/")[0] for path in change.changed} - self.only_read
        told = {name: getattr(change.entity, name) for name in sorted(names)}
        whole = type(record.entity)(**{**_fields(record.entity), **told})
        held = _fields(self.reduce(whole, record.entity))
        self.put(change.external_id, type(whole)(**{**_fields(whole), **held}), record.key)
        return Written(change.external_id)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Find what was created for our keys."""
        if self.gated:
            await pause()
        found = {record.key: one for one, record in self.records.items()}
        return {key: found[key] for key in keys if key in found}


def _fields(entity: Any) -> dict[str, Any]:  # noqa: ANN401 - any kind
    return {name: getattr(entity, name) for name in entity.model_fields_set}


@dataclass(slots=True)
class DictConnector:
    """A connector to one vendor."""

    vendor: Vendor
    batch: int = 10
    operations: Mapping[str, OperationPerformer] = field(default_factory=dict)
    webhooks: WebhookSource | None = None
    services: Services = NO_SERVICES

    @property
    def manifest(self) -> Manifest:
        """All kinds can be looked up by key."""
        size = dict.fromkeys(Kind, self.batch)
        return Manifest(
            "dict", "dict", "1", frozenset(), date(2026, 1, 1),
            write_batch=size, read_batch=size, probes=frozenset(Kind),
        )  # fmt: skip

    @property
    def readers(self) -> Mapping[Kind, EntityReader[Any]]:
        """One kind."""
        return {self.vendor.kind: self.vendor}

    @property
    def writers(self) -> Mapping[Kind, EntityWriter[Any]]:
        """One kind."""
        return {self.vendor.kind: self.vendor}

    async def probe(self) -> ProbeReport:
        """Always there."""
        return ProbeReport(ok=True)

    async def prepare(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Nothing to close."""
