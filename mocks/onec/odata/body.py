"""Reading the body of a write: JSON or Atom, into stored values (reference, section 1.6).

Properties that the entity does not have are dropped without a word, as the vendor does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from mocks.onec.infobase import Infobase
from mocks.onec.odata.address import key_of, segments
from mocks.onec.odata.compiling import PRIMITIVES
from mocks.onec.odata.errors import ODataRefused, bad_value
from mocks.onec.odata.literals import date, guid, number
from mocks.onec.schema import EMPTY_GUID, NAMESPACE, UNDEFINED, Attribute, Entity, Row

_BIND = "@odata.bind"
_PROPERTIES = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}properties"
_META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
_READ_ONLY = frozenset({"DataVersion", "Posted", "Predefined", "PredefinedDataName"})


def parsed(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the properties of a body as they were sent.

    Raises:
        ODataRefused: it is no entity (code 2).
    """
    try:
        found = _from_atom(body) if "xml" in content_type else json.loads(body or b"{}")
    except (ValueError, etree.XMLSyntaxError) as error:
        raise _bad_request() from error
    if not isinstance(found, dict):
        raise _bad_request()
    return found


def values(infobase: Infobase, entity: Entity, sent: Mapping[str, Any]) -> Row:
    """Return the values to store, without what cannot be written.

    Raises:
        ODataRefused: a value that does not fit its property (codes 1, 4, 16).
    """
    row = _fields(infobase, entity.by_wire, sent)
    for name in _READ_ONLY & row.keys():
        del row[name]
    for name, columns in entity.sections.items():
        if name not in sent:
            continue
        if not isinstance(sent[name], list):
            raise bad_property(name)
        known = {wire: one for one in columns for wire in one.wires}
        row[name] = [_fields(infobase, known, _object(name, item)) for item in sent[name]]
    return row


def missing(entity: Entity, sent: Mapping[str, Any]) -> str:
    """Return the first property that a PUT left out, empty when it is whole."""
    for name, attribute in entity.by_wire.items():
        if name in _READ_ONLY or name == "Ref_Key" or name in sent:
            continue
        if attribute.form == "reference" and attribute.name + _BIND in sent:
            continue
        return name
    return next((name for name in entity.sections if name not in sent), "")


def bad_property(name: str) -> ODataRefused:
    """Return a value that a property cannot take."""
    return ODataRefused(400, 4, f'Неверное значение свойства "{name}"')


def _fields(
    infobase: Infobase, known: Mapping[str, Attribute], sent: Mapping[str, Any]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in sent.items():
        if name.endswith(_BIND):
            row |= _bound(infobase, known, name.removesuffix(_BIND), value)
        elif name in known:
            attribute = known[name]
            if name != attribute.wire:
                row[name] = _type(attribute, name, value)
            elif attribute.form == "composite":
                row[name] = _composite(value, sent.get(f"{name}_Type"))
            else:
                row[name] = _value(infobase, attribute, name, value)
    return row


def _bound(infobase: Infobase, known: Mapping[str, Attribute], nav: str, value: Any) -> Row:
    """Return a reference given as the address of its object."""
    attribute = known.get(f"{nav}_Key")
    if attribute is None:
        return {}
    target = infobase.composition.published(attribute.targets[0])
    found = segments(str(value).rpartition("standard.odata/")[2])
    if target is None or len(found) != 1 or found[0].name != target.name:
        raise ODataRefused(400, 16, f'Не удалось установить свойство "{nav}"')
    return {attribute.wire: key_of(target, found[0])[0]}


def _value(infobase: Infobase, attribute: Attribute, name: str, value: Any) -> Any:
    if value is None:
        return attribute.blank
    match attribute.edm:
        case "Edm.Guid":
            return guid(value) if value else EMPTY_GUID
        case "Edm.DateTime":
            return date(str(value))
        case "Edm.Boolean":
            return _boolean(name, value)
        case "Edm.String":
            return _string(infobase, attribute, name, value)
        case _:
            return _number(attribute, name, value)


def _type(attribute: Attribute, name: str, value: Any) -> str:
    """Return the type of a composite value: one that the attribute may have."""
    if value in {None, "", UNDEFINED}:
        return UNDEFINED
    known = {PRIMITIVES.get(one, NAMESPACE + one) for one in attribute.targets}
    if value not in known:
        raise bad_property(name)
    return str(value)


def _composite(value: Any, kind: Any) -> str:
    if value is None:
        return ""
    if isinstance(kind, str) and kind.startswith(NAMESPACE) and kind != UNDEFINED:
        return guid(str(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _boolean(name: str, value: Any) -> bool:
    if value in {"true", "false"}:
        return bool(value == "true")
    if not isinstance(value, bool):
        raise bad_property(name)
    return value


def _string(infobase: Infobase, attribute: Attribute, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise bad_property(name)
    members = infobase.configuration.enumerations.get(attribute.enum)
    if members is not None and value and value not in members:
        raise bad_property(name)
    return value


def _number(attribute: Attribute, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise bad_property(name)
    try:
        found = number(float(value))
    except ValueError as error:
        raise bad_value(str(value)) from error
    if attribute.edm != "Edm.Double" and not isinstance(found, int):
        raise bad_property(name)
    return found


def _object(name: str, item: Any) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise bad_property(name)
    return item


def _from_atom(body: bytes) -> dict[str, Any]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(body, parser)
    found = root.find(f".//{_PROPERTIES}")
    if found is None:
        raise ValueError
    return _atom_properties(found)


def _atom_properties(elements: Iterable[etree._Element]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for one in elements:
        name = etree.QName(one).localname
        if one.get(_META + "null") == "true":
            row[name] = None
        elif one.get(_META + "type", "").startswith("Collection("):
            row[name] = [_atom_properties(item) for item in one]
        else:
            row[name] = one.text or ""
    return row


def _bad_request() -> ODataRefused:
    return ODataRefused(400, 2, "Неверный формат запроса")
