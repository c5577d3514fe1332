"""Properties and paths through references, as conditions and orders read them (1.2, 1.4)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.odata.errors import no_segment, runtime_error
from mocks.onec.schema import Attribute, Entity, Row

Getter = Callable[[Row], Any]
KINDS = {
    "Edm.Guid": "guid",
    "Edm.DateTime": "date",
    "Edm.Boolean": "bool",
    "Edm.String": "string",
    "Edm.Double": "number",
    "Edm.Int16": "number",
    "Edm.Int32": "number",
    "Edm.Int64": "number",
}


@dataclass(frozen=True)
class Typed:
    """An operand: its kind (guid, date, string, number, bool, composite, typed) and its value.

    ``attribute`` is the property it reads, if it is one.
    """

    kind: str
    get: Getter
    attribute: Attribute | None = None


def property_path(infobase: Infobase, entity: Entity, parts: tuple[str, ...]) -> Typed:
    """Return the property at the end of a path through references.

    Raises:
        ODataRefused: a segment is not found (code 10).
    """
    name = parts[0]
    if len(parts) == 1:
        return _property(infobase, entity, name)
    link = entity.by_name.get(name)
    if link is None or link.form != "reference":
        raise no_segment(name)
    target = infobase.composition.published(link.targets[0])
    if target is None:
        raise no_segment(name)
    rest = property_path(infobase, target, parts[1:])
    table, wire, follow = infobase.table(target.name), link.wire, rest.get

    def _value(row: Row) -> Any:
        if is_empty(row[wire]):
            return None
        found = table.get(row[wire])
        return None if found is None else follow(found)

    return Typed(rest.kind, _value, rest.attribute)


def _property(infobase: Infobase, entity: Entity, name: str) -> Typed:
    attribute = entity.by_wire.get(name)
    if attribute is None:
        raise no_segment(name)
    get = operator.itemgetter(name)
    if attribute.form == "composite":
        if name == attribute.name:
            return Typed("composite", lambda row: (row[name], row[f"{name}_Type"]), attribute)
        if infobase.settings.filter_by_type == "400":
            raise no_segment(name)
        return Typed("string", get)
    return Typed(KINDS[attribute.edm], get, attribute)


def refuse_unlimited(typed: Typed) -> None:
    """Refuse a string of unlimited length: the database cannot compare it.

    Raises:
        ODataRefused: 500, code -1.
    """
    if typed.attribute is not None and typed.attribute.unlimited:
        text = 'Операция не разрешена в предложении "ГДЕ"'
        raise runtime_error(text)
