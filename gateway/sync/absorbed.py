"""Absorbed: who somebody is now, after merges of persons here and at vendors (identity map)."""

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


def living_records(tx: Tx, account: str, external_ids: Iterable[str]) -> dict[str, str]:
    """Return the record into which a vendor joined each of these, for those that it did join."""
    into: dict[str, str] = {}
    asked = set(external_ids)
    wanted = asked
    while wanted:
        found = tx.vendor_merges(account, sorted(wanted))
        into |= found
        wanted = set(found.values()) - into.keys()
    return {one: _last(into, one) for one in into.keys() & asked}


def one_person(tx: Tx, entity_id: str) -> list[str]:
    """Return who somebody is now, himself first, and all who were absorbed by him."""
    found = [survivors(tx, [entity_id]).get(entity_id, entity_id)]
    for one in found:
        merges = (row for row in tx.merges_of([one]) if row.state is MergeState.DONE)
        found += [row.absorbed for row in merges if row.survivor == one]
    return found


def _last(into: dict[str, str], entity_id: str) -> str:
    seen = {entity_id}
    while (further := into.get(entity_id)) is not None and further not in seen:
        seen.add(further)  # a vendor may have joined two records in both directions
        entity_id = further
    return entity_id
