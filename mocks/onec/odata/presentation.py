"""What people see in place of an object: ``____Presentation`` (reference, sections 1.3, 1.4)."""

from __future__ import annotations

from datetime import datetime

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.schema import NAMESPACE, Attribute, Entity, Row


def presentation(entity: Entity, row: Row) -> str:
    """Return the presentation of an object."""
    if entity.kind != "document":
        return str(row.get("Description") or row.get("Code") or "")
    moment = datetime.fromisoformat(row["Date"])
    return f"{entity.short} {row['Number']} от {moment:%d.%m.%Y %H:%M:%S}"


def attribute_presentation(infobase: Infobase, attribute: Attribute, row: Row) -> str:
    """Return the presentation of an attribute's value."""
    value = row[attribute.wire]
    if attribute.form == "plain":
        return str(value)
    target = attribute.targets[0]
    if attribute.form == "composite":
        target = row[attribute.wires[1]].removeprefix(NAMESPACE)
    entity = infobase.configuration.entities.get(target)
    if entity is None or is_empty(value):
        return "" if entity is not None or attribute.form == "reference" else str(value)
    found = infobase.table(target).get(value)
    return "" if found is None else presentation(entity, found)
