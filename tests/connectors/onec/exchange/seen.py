"""What the gateway has learned, as a test looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.canonical import Kind
from gateway.sync.pull import end_of
from tests.gateway.ingress.test_door import Served
from tests.gateway.ops.house import eventually, letters


async def products(served: Served, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of goods by their id in 1C."""
    return await entities(served, Kind.PRODUCT, ids)


async def entities(served: Served, kind: Kind, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the fields of snapshots by their id at 1C."""
    store = served.gateway.foundation.store
    links = await store.read(lambda tx: tx.links("erp", kind, list(ids)))
    rows = await store.read(lambda tx: tx.entities([one.entity_id for one in links.values()]))
    return {id_: dict(rows[link.entity_id].fields) for id_, link in links.items()}


async def happenings(served: Served) -> dict[str, int]:
    """Count what became of the records that 1C brought: outcome → how often."""
    counts = await served.gateway.foundation.store.read(lambda tx: tx.count_journal())
    return {
        outcome: count
        for (account, event, outcome), count in counts.items()
        if (account, event) == ("erp", "received")
    }


async def causes(served: Served) -> dict[str, str]:
    """Return the open letters: subject → cause."""
    return {one.subject: one.cause for one in await letters(served.gateway.foundation)}


async def read_once(served: Served, account: str, kind: Kind) -> None:
    """Wait until all that an account holds of a kind was read once: nothing is made there before.

    What comes earlier is told five seconds later.
    """

    async def looked() -> object:
        store = served.gateway.foundation.store
        return await store.read(lambda tx: tx.checkpoint(account, end_of(kind)))

    await eventually(looked, lambda found: found is not None)
