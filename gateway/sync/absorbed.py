"""Absorbed: who somebody is now, after merges of persons (identity map)."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.ports import MergeState, Tx


def survivors(tx: Tx, entity_ids: Iterable[str]) -> dict[str, str]:
    """Return who each of the given is now, for those who were absorbed, also more than once."""
    into: dict[str, str] = {}
    wanted = set(entity_ids)
    while wanted:
        found = tx.absorbed_into(sorted(wanted))
        into |= found
        wanted = set(found.values()) - into.keys()
    return {one: _last(into, one) for one in into}


def one_person(tx: Tx, entity_id: str) -> list[str]:
    """Return who somebody is now, himself first, and all who were absorbed by him."""
    found = [survivors(tx, [entity_id]).get(entity_id, entity_id)]
    for one in found:
        merges = (row for row in tx.merges_of([one]) if row.state is MergeState.DONE)
        found += [row.absorbed for row in merges if row.survivor == one]
    return found


def _last(into: dict[str, str], entity_id: str) -> str:
    while entity_id in into:
        entity_id = into[entity_id]
    return entity_id
