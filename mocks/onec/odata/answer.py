"""Answers in JSON: envelopes and levels of metadata (reference, section 1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from mocks.onec.infobase import is_empty
from mocks.onec.odata.options import Format
from mocks.onec.odata.shaping import Shape
from mocks.onec.schema import NAMESPACE, Entity, Key, Row

JSON = "application/json;charset=utf-8"
TEXT = "text/plain;charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What goes back, and what the journal tells of it (``key``, ``effect``)."""

    status: int = 200
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    effect: str = "none"


def literal(entity: Entity, name: str, value: Any) -> str:
    """Return a key part as a literal of an address."""
    edm = entity.by_wire[name].edm
    if edm == "Edm.Guid":
        return f"guid'{value}'"
    if edm == "Edm.DateTime":
        return f"datetime'{value}'"
    if edm == "Edm.String":
        return "'" + str(value).replace("'", "''") + "'"
    return str(value).lower()


def entity_path(entity: Entity, key: Key) -> str:
    """Return the address of an instance below the root, not encoded."""
    names = entity.key_names
    if len(names) == 1:
        only = literal(entity, names[0], key[0])
        inner = f"{names[0]}={only}" if entity.is_subordinate else only
    else:
        parts = zip(names, key, strict=True)
        inner = ", ".join(f"{name}={literal(entity, name, value)}" for name, value in parts)
    return f"{entity.name}({inner})"


def set_body(
    root: str, shape: Shape, rows: Iterable[Row], form: Format, *, count: int | None = None
) -> bytes:
    """Return a set; ``count`` travels as a string."""
    body: dict[str, Any] = {}
    if form.level != "nometadata":
        body["odata.metadata"] = f"{root}$metadata#{shape.entity.name}"
    if count is not None:
        body["odata.count"] = str(count)
    body["value"] = [shown(root, shape, row, form) for row in rows]
    return orjson.dumps(body)


def entity_body(root: str, shape: Shape, row: Row, form: Format) -> bytes:
    """Return one entity."""
    body = shown(root, shape, row, form)
    if form.level != "nometadata":
        body = {"odata.metadata": f"{root}$metadata#{shape.entity.name}/@Element"} | body
    return orjson.dumps(body)


def shown(root: str, shape: Shape, row: Row, form: Format) -> Row:
    """Return a row with the links that its level of metadata adds."""
    body = shape.show(row)
    if form.level == "nometadata":
        return body
    entity = shape.entity
    if not all(name in row for name in entity.key_names):
        return body
    path = entity_path(entity, entity.key_of(row))
    links = {
        f"{one.name}@navigationLinkUrl": f"{path}/{one.name}"
        for one in linked(shape, row)
        if one.wire in body
    }
    if form.level == "minimalmetadata":
        return body | links
    head = {"odata.type": NAMESPACE + entity.name, "odata.id": root + path, "odata.editLink": path}
    return head | body | links


def linked(shape: Shape, row: Row) -> Iterable[Any]:
    """Return the filled references of a row whose target is published (1.9)."""
    published = shape.infobase.composition.published
    for one in shape.entity.attributes:
        if one.form == "reference" and published(one.targets[0]) and not is_empty(row[one.wire]):
            yield one
