"""Phases: pull everybody, edit everybody, create as many new ones, as the gateway would."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from benchmarks.vendors.people import cut, person
from benchmarks.vendors.stand import Stand
from gateway.canonical import Customer, Kind
from gateway.canonical.paths import folded, known, spoken
from gateway.contract import Change, Failed, Observed, Written
from gateway.sync.merge import changes

LANES = 8
"""Batches of one account under way at once: the gateway's default."""
PAGE = 100
"""Records that the gateway asks for in a pull."""
_POLL_S = 0.02
_KEY = "c-01jbench{number:015d}"


@dataclass(slots=True)
class Done:
    """What one phase did. Units: seconds from its start to its last answer."""

    phase: str
    wanted: int
    records: int = 0
    seconds: float = 0.0
    failed: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    busy_s: float = 0.0
    refused: int = 0
    share: float | None = None
    peak: int = 0
    operations: Counter[str] = field(default_factory=Counter)

    @property
    def is_whole(self) -> bool:
        """Whether all that was wanted was done in time."""
        return self.records + sum(self.failed.values()) >= self.wanted


async def pull(
    stand: Stand, done: Done, *, seconds: float, kind: Kind = Kind.CUSTOMER
) -> list[Observed[Any]]:
    """Read everybody, or all of another kind, by the feed's first load."""
    reader = stand.connector.readers[kind]
    deadline = monotonic() + seconds
    found: dict[str, Observed[Any]] = {}
    cursor: str | None = None
    while len(found) < done.wanted and monotonic() < deadline:
        page = await reader.pull(cursor, limit=PAGE)
        cursor = page.cursor
        found |= {one.external_id: one for one in page.items}
        done.failed.update(type(one.error).__name__ for one in page.rejected)
        if not page.has_more:
            # Only an export that is still being made: the gateway would come back later.
            await asyncio.sleep(_POLL_S)
    done.records = len(found)
    return list(found.values())


def edits(stand: Stand, seen: Sequence[Observed[Customer]]) -> list[Change[Customer]]:
    """Return an edit of the first name of each that was read."""
    writer, made = stand.connector.writers[Kind.CUSTOMER], []
    for one in seen:
        before = one.entity
        if before.name is None or before.name.first is None:
            continue
        name = before.name.model_copy(update={"first": f"{before.name.first}-Мария"})
        desired = spoken(writer.held(before.model_copy(update={"name": name}), before))
        held = known(spoken(before))
        made.append(
            Change(
                key=f"c-{one.external_id}"[:36].lower(),
                entity=folded(Customer, desired),
                changed=frozenset(changes(desired, held, Kind.CUSTOMER)),
                external_id=one.external_id,
                known=folded(Customer, held),
                version=one.version,
            )
        )
    return made


def creations(stand: Stand, numbers: Sequence[int]) -> list[Change[Customer]]:
    """Return the creation of each person."""
    writer, made = stand.connector.writers[Kind.CUSTOMER], []
    for number in numbers:
        desired = spoken(writer.held(person(number), None))
        made.append(
            Change(
                key=_KEY.format(number=number),
                entity=folded(Customer, desired),
                changed=frozenset(changes(desired, {}, Kind.CUSTOMER)),
            )
        )
    return made


async def write(
    stand: Stand, done: Done, wanted: Sequence[Change[Customer]], *, seconds: float
) -> None:
    """Write in the vendor's batches, as many at once as the gateway's lane; none begins late."""
    writer = stand.connector.writers[Kind.CUSTOMER]
    size = stand.connector.manifest.write_batch[Kind.CUSTOMER]
    batches = iter([wanted[part[0] : part[-1] + 1] for part in cut(range(len(wanted)), size)])
    deadline = monotonic() + seconds

    async def lane() -> None:
        for batch in batches:
            for outcome in await writer.write(batch):
                if isinstance(outcome, Written):
                    done.records += 1
                else:
                    error = outcome.error if isinstance(outcome, Failed) else outcome
                    done.failed[type(error).__name__] += 1
            if monotonic() >= deadline:
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(LANES):
            group.create_task(lane())
