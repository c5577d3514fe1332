"""Telling: the core's part in miniature: changes made as the core makes them, feeds walked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Canonical, Kind
from gateway.canonical.paths import MODELS, folded, spoken
from gateway.canonical.paths import known as valued
from gateway.contract import (
    Change,
    Connector,
    EntityReader,
    Observed,
    RejectedRecord,
    Written,
)
from gateway.sync.merge import changes, updated_known
from gateway.testing.claims import claim, only, written

PAGES = 200
"""A feed that has not ended after so many pages does not end."""


def creation(
    connector: Connector,
    kind: Kind,
    key: str,
    entity: Canonical,
    *,
    customer_external_id: str | None = None,
) -> Change[Canonical]:
    """Return the change of a record that the vendor lacks.

    A kind without a writer is handed out at an exchange door, and is not reduced.
    """
    writer = connector.writers.get(kind)
    held = spoken(entity if writer is None else writer.held(entity, None))
    return Change(
        key=key,
        entity=folded(MODELS[kind], held),
        changed=frozenset(valued(held)),
        customer_external_id=customer_external_id,
    )


def edit(
    connector: Connector,
    kind: Kind,
    observed: Observed[Any],
    entity: Canonical,
    *,
    key: str,
    assign_key: bool = False,
) -> Change[Canonical]:
    """Return the change that makes the vendor hold ``entity`` over what it was read to hold."""
    known = valued(spoken(observed.entity))
    held = spoken(connector.writers[kind].held(entity, observed.entity))
    return Change(
        key=key,
        entity=folded(MODELS[kind], held),
        changed=frozenset(changes(held, known, kind)),
        external_id=observed.external_id,
        known=observed.entity,
        version=observed.version,
        customer_external_id=observed.customer_external_id,
        assign_key=assign_key,
    )


async def told(connector: Connector, kind: Kind, change: Change[Any]) -> Written[Any]:
    """Write one change that must succeed. Raises the error of its failure."""
    outcomes = await connector.writers[kind].write([change])
    return written(only(outcomes, "outcome"))


async def looked(connector: Connector, kind: Kind, external_id: str) -> Observed[Any]:
    """Read one record that must be there."""
    reading = await connector.readers[kind].get([external_id])
    for record in reading.rejected:
        raise record.error
    return only(reading.items, f"{kind} read by its id")


def news(
    kind: Kind, change: Change[Any], outcome: Written[Any], observed: Observed[Any]
) -> Mapping[str, Any]:
    """Return what the core would take for a change made at the vendor: empty after a write.

    A field that was written and of which the vendor is silent afterwards is news too: ``None``.
    """
    known = valued(spoken(change.entity))
    if outcome.held is not None:
        known = updated_known(known, spoken(outcome.held), kind)
    read = spoken(observed.entity)
    silent = {path: None for path in known if path not in read}
    return {**silent, **changes(read, known, kind)}


@dataclass(slots=True)
class Walk:
    """What a walk through a feed met. ``cursors`` are those of its pages, the start's first."""

    cursors: list[str]
    items: list[Observed[Any]] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def cursor(self) -> str:
        """The position at the end."""
        return self.cursors[-1]

    @property
    def ids(self) -> set[str]:
        """The external ids of all that was met, rejected ones too."""
        found = {item.external_id for item in self.items}
        return found | {record.external_id for record in self.rejected}


async def started(reader: EntityReader[Any], *, limit: int) -> str:
    """Start a feed, walk it to its end and return the position there."""
    page = await reader.pull(None, limit=limit)
    return (await walked(reader, page.cursor, limit=limit)).cursor


async def walked(reader: EntityReader[Any], cursor: str, *, limit: int) -> Walk:
    """Pull from a position until nothing is left."""
    walk = Walk([cursor])
    for _ in range(PAGES):
        page = await reader.pull(walk.cursor, limit=limit)
        walk.items += page.items
        walk.rejected += page.rejected
        walk.sizes.append(len(page.items) + len(page.rejected))
        walk.cursors.append(page.cursor)
        if not page.has_more:
            return walk
    claim(holds=False, otherwise=f"the feed does not end: has_more after {PAGES} pages")
    return walk
