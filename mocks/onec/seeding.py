"""Loading a state through the side door, without registration of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.schema import NAMESPACE, Attribute, Row
from mocks.sidedoor import SideDoorRefused


def seed(infobase: Infobase, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Load a state and return how many rows per entity.

    ``rows``: ``{"Catalog_Партнеры": [{…}]}`` under wire names.
    ``records``: ``{register: [{recorder, recorder_type, rows}]}``.
    ``next``: ``{"guids": […], "version": n, "numbers": {entity: last}}``.
    ``register``: true tells the nodes, as an import into 1C would.

    Raises:
        SideDoorRefused: an unknown entity or property.
    """
    silent = not body.get("register", False)
    kept = infobase.changes.snapshot() if silent else None
    try:
        counts = _rows(infobase, body.get("rows", {})) | _records(infobase, body.get("records", {}))
    finally:
        if kept is not None:
            infobase.changes.restore(kept)
    following = body.get("next", {})
    infobase.coming_guids.extend(following.get("guids", []))
    infobase.count_from(version=following.get("version"), **following.get("numbers", {}))
    return {"counts": counts}


def _rows(infobase: Infobase, given: Mapping[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, rows in given.items():
        for row in rows:
            infobase.create(name, checked(infobase, name, row))
        counts[name] = len(rows)
    return counts


def checked(infobase: Infobase, name: str, row: Row) -> Row:
    """Return values for an entity; Int64 may be given as they travel.

    Raises:
        SideDoorRefused: an unknown entity or property.
    """
    entity = infobase.configuration.entities.get(name)
    if entity is None:
        msg = f"no entity is called {name}"
        raise SideDoorRefused(msg)
    unknown = sorted(row.keys() - {*entity.by_wire, *entity.sections})
    if unknown:
        msg = f"{name} has no property {unknown[0]}"
        raise SideDoorRefused(msg)
    found = _whole(entity.attributes, row)
    for part, columns in entity.sections.items():
        if part in found:
            found[part] = [_whole(columns, item) for item in found[part]]
    return found


def _whole(columns: Iterable[Attribute], row: Row) -> Row:
    names = {one.wire for one in columns if one.edm == "Edm.Int64"}
    return {name: int(value) if name in names else value for name, value in row.items()}


def _records(infobase: Infobase, given: Mapping[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for register, sets in given.items():
        for one in sets:
            kind = str(one["recorder_type"]).removeprefix(NAMESPACE)
            infobase.write_records(register, (one["recorder"], kind), one["rows"])
        counts[register] = len(sets)
    return counts
