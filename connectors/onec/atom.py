"""Atom: a packet of changes as 1C hands it out (vendor reference, 1.9). Pure.

Only what identifies an object is taken out of an entry: its current state is read afterwards, in
the form in which all else is read. Entities and the network are off, broken characters are let pass
(6.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from gateway.contract import Unavailable

from .values import reference

_ATOM = "{http://www.w3.org/2005/Atom}"
_TYPE = "StandardODATA."
_ADDRESS = re.compile(r"([^/]+)\(guid'([0-9A-Fa-f-]{36})'\)$")


@dataclass(frozen=True, slots=True)
class Packet:
    """What changed.

    Shape: ``objects`` are (entity, reference); ``deleted`` those that are gone for good; ``sets``
    are (register, field → references in its rows) of record sets, empty for removed movements.
    """

    objects: Sequence[tuple[str, str]] = ()
    deleted: Sequence[tuple[str, str]] = ()
    sets: Sequence[tuple[str, Mapping[str, Sequence[str]]]] = field(default=())


def packet_of(body: bytes, *, operation: str) -> Packet:
    """Read a feed. Raises ``Unavailable`` for what is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True)
    root = etree.fromstring(body, parser) if body.strip() else None
    if root is None or not str(root.tag).endswith("}feed"):
        msg = "1C handed out changes in an unexpected form"
        raise Unavailable(msg, operation=operation, vendor_code="unreadable")
    objects: list[tuple[str, str]] = []
    sets: list[tuple[str, Mapping[str, Sequence[str]]]] = []
    for entry in root.iter(f"{_ATOM}entry"):
        category = entry.find(f"{_ATOM}category")
        name = (category.get("term") or "") if category is not None else ""
        name = name.removeprefix(_TYPE)
        ref = reference(_text(entry, "Ref_Key"))
        if ref is not None:
            objects.append((name, ref))
        else:
            sets.append((name, _references(entry)))
    deleted = []
    for one in root.iter("{*}deleted-entry"):
        match = _ADDRESS.search(one.get("ref") or "")
        if match:
            deleted.append((match.group(1), match.group(2).lower()))
    return Packet(objects, deleted, sets)


def _text(entry: etree._Element, name: str) -> str | None:
    """Return a property of the entry itself, not one of its rows."""
    properties = entry.find(".//{*}properties")
    found = properties.find(f"{{*}}{name}") if properties is not None else None
    return found.text if found is not None else None


def _references(entry: etree._Element) -> Mapping[str, Sequence[str]]:
    """Return the references in the rows of a record set, by field."""
    found: dict[str, list[str]] = {}
    for row in entry.iter("{*}element"):
        for cell in row:
            ref = reference(cell.text)
            if ref is not None:
                name = etree.QName(cell).localname
                found.setdefault(name, []).append(ref)
    return found
