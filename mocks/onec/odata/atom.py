"""Answers in Atom, written as the recorded ones look (reference, sections 1.9 and 1.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from mocks.onec.odata.answer import entity_path, linked
from mocks.onec.odata.shaping import Shape
from mocks.onec.schema import NAMESPACE, Entity, Row

FEED = "application/atom+xml;type=feed;charset=utf-8"
ENTRY = "application/atom+xml;type=entry;charset=utf-8"
XML = "application/xml;charset=utf-8"
_ATOM = "http://www.w3.org/2005/Atom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_SERVICES = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_DECLARED = (
    f'xmlns="{_ATOM}" xmlns:at="{_TOMBSTONES}" xmlns:d="{_SERVICES}" xmlns:m="{_SERVICES}/metadata"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def feed(root: str, entries: Iterable[str], *, count: int | None = None) -> bytes:
    """Return a feed of entries."""
    counted = "" if count is None else f"<m:count>{count}</m:count>"
    inner = "".join(entries)
    text = f'{_HEAD}<feed {_DECLARED} xml:base="{escape(root)}">{counted}{inner}</feed>'
    return text.encode()


def document(root: str, shape: Shape, row: Row, updated: str) -> bytes:
    """Return one entity as a document of its own."""
    inner = entry(root, shape, row, updated)
    start = f'<entry {_DECLARED} xml:base="{escape(root)}">'
    return (_HEAD + start + inner.removeprefix("<entry>")).encode()


def entry(root: str, shape: Shape, row: Row, updated: str) -> str:
    """Return an entry; a row without a key (virtual tables) has no id and no links."""
    entity = shape.entity
    body = shape.show(row)
    term = f'<category term="{NAMESPACE}{entity.name}" scheme="{_SERVICES}/scheme"/>'
    rest = f'<title type="text"/><updated>{updated}</updated><author/><summary/>'
    content = f'<content type="application/xml">{_properties(entity, body)}</content>'
    if not entity.key_names or not all(name in row for name in entity.key_names):
        return f"<entry>{term}{rest}{content}</entry>"
    path = entity_path(entity, entity.key_of(row))
    links = "".join(
        _link(path, one.name, _inline(shape, one.name, body))
        for one in linked(shape, row)
        if one.wire in body or one.name in body
    )
    edit = f'<link rel="edit" href={quoteattr(path)} title="edit-link"/>'
    return f"<entry><id>{escape(root + path)}</id>{term}{rest}{links}{edit}{content}</entry>"


def deleted(root: str, path: str, when: str) -> str:
    """Return the tombstone of a deleted object."""
    return f'<at:deleted-entry ref={quoteattr(root + path)} when="{when}"/>'


def property_document(name: str, value: Any) -> bytes:
    """Return a single property."""
    declared = f'xmlns:d="{_SERVICES}"'
    return f"{_HEAD}<d:{name} {declared}>{escape(_text(value))}</d:{name}>".encode()


def service(root: str, names: Iterable[str]) -> bytes:
    """Return the service document."""
    sets = "".join(
        f'<collection href="{name}"><atom:title>{name}</atom:title></collection>' for name in names
    )
    return (
        f'{_HEAD}<service xmlns="http://www.w3.org/2007/app" xmlns:atom="{_ATOM}"'
        f' xml:base="{escape(root)}"><workspace><atom:title>Default</atom:title>{sets}'
        "</workspace></service>"
    ).encode()


def _link(path: str, nav: str, inline: str) -> str:
    rel = f"{_SERVICES}/related/{nav}"
    start = f'<link rel="{rel}" href={quoteattr(f"{path}/{nav}")} type="{ENTRY}" title="{nav}"'
    return f"{start}/>" if not inline else f"{start}><m:inline>{inline}</m:inline></link>"


def _inline(shape: Shape, nav: str, body: Mapping[str, Any]) -> str:
    opened = body.get(nav)
    if not isinstance(opened, dict):
        return ""
    attribute = shape.entity.by_name[nav]
    target = shape.infobase.configuration.entity(attribute.targets[0])
    content = f'<content type="application/xml">{_properties(target, opened)}</content>'
    return f"<entry>{content}</entry>"


def _properties(entity: Entity, body: Mapping[str, Any]) -> str:
    parts = [
        _collection(entity, name, value) if name in entity.sections else _property(name, value)
        for name, value in body.items()
        if not isinstance(value, dict)
    ]
    return f"<m:properties>{''.join(parts)}</m:properties>"


def _collection(entity: Entity, name: str, rows: Iterable[Row]) -> str:
    part = "" if name == "RecordSet" else f"_{name}"
    kind = f"{NAMESPACE}{entity.name}{part}_RowType"
    elements = "".join(
        f'<d:element m:type="{kind}">'
        + "".join(_property(key, value) for key, value in row.items())
        + "</d:element>"
        for row in rows
    )
    start = f'<d:{name} m:type="Collection({kind})"'
    return f"{start}>{elements}</d:{name}>" if elements else f"{start}/>"


def _property(name: str, value: Any) -> str:
    if value is None:
        return f'<d:{name} m:null="true"/>'
    text = _text(value)
    return f"<d:{name}>{escape(text)}</d:{name}>" if text else f"<d:{name}/>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
