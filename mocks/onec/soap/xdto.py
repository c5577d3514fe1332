"""XDTO values: the types of a service's packages and their passage to and from XML (3.2, 6.2).

A value is ``str``, ``bool``, ``int``, ``Decimal``, naive ``datetime``, ``date``, ``bytes``, a dict
for an object type, a list for a property that repeats, and None for ``xsi:nil``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CORE = "http://v8.1c.ru/8.1/data/core"
NIL = f"{{{XSI}}}nil"
_TYPE = f"{{{XSI}}}type"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_LOOSE_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


class XdtoMismatch(Exception):
    """XML that does not fit its type; the text is that of the fault."""


@dataclass(frozen=True, slots=True)
class Simple:
    """A type of XML Schema, by its local name."""

    name: str


@dataclass(frozen=True, slots=True)
class Prop:
    """A property of an object type: nillable, optional (lower bound 0), repeated as declared."""

    name: str
    type: Type
    is_nillable: bool = False
    is_optional: bool = False
    is_many: bool = False


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A complex type of a package. Its properties come in this order, in its namespace."""

    namespace: str
    name: str
    props: tuple[Prop, ...]


Type = Simple | ObjectType

STRING, BOOLEAN, INT = Simple("string"), Simple("boolean"), Simple("int")
DECIMAL, MOMENT, DAY = Simple("decimal"), Simple("dateTime"), Simple("date")
BASE64, ANY = Simple("base64Binary"), Simple("anyType")
CORE_ARRAY = ObjectType(
    CORE, "Array", (Prop("Value", ANY, is_nillable=True, is_optional=True, is_many=True),)
)


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


def write_props(parent: etree._Element, namespace: str, props: Sequence[Prop], values: Any) -> None:
    """Append the properties' elements in declared order.

    A None of an optional property is left out, any other None is written as ``xsi:nil``.
    """
    for prop in props:
        value = values.get(prop.name)
        if prop.is_many:
            for item in value or ():
                _write(parent, namespace, prop, item)
        elif value is not None or not prop.is_optional:
            _write(parent, namespace, prop, value)


def _write(parent: etree._Element, namespace: str, prop: Prop, value: Any) -> None:
    spaces = {"xs": XS, "xsi": XSI} if prop.type is ANY else None
    element = etree.SubElement(parent, f"{{{namespace}}}{prop.name}", nsmap=spaces)
    if value is None:
        element.set(NIL, "true")
    elif isinstance(prop.type, ObjectType):
        write_props(element, prop.type.namespace, prop.type.props, value)
    elif prop.type is ANY:
        element.set(_TYPE, "xs:string")
        element.text = text_of(value)
    else:
        element.text = text_of(value) or None


def text_of(value: Any) -> str:
    """Return the lexical form of a simple value: whole sums without fraction, no zone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S").zfill(19)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def plain(value: Decimal) -> str:
    """Return a number without exponent and without zeros after the fraction: ``350``, ``56.5``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_props(
    element: etree._Element, namespace: str, props: Sequence[Prop], *, loose_dates: bool
) -> dict[str, Any]:
    """Read the children of an element as properties, in the declared order.

    ``loose_dates`` drops fractions and zones of date-times instead of refusing them.

    Raises:
        XdtoMismatch: a child that is unknown, missing, out of place, or not of its type.
    """
    found: dict[str, Any] = {}
    children = _Children(element)
    for prop in props:
        name = f"{{{namespace}}}{prop.name}"
        if prop.is_many:
            found[prop.name] = [
                _read(item, prop, loose_dates=loose_dates) for item in children.all_of(name)
            ]
            continue
        child = children.one_of(name)
        if child is not None:
            found[prop.name] = _read(child, prop, loose_dates=loose_dates)
        elif prop.is_optional:
            found[prop.name] = None
        else:
            msg = f"Отсутствует обязательное свойство: {prop.name}"
            raise XdtoMismatch(msg)
    children.finish()
    return found


class _Children:
    """The child elements of one element, taken in order."""

    def __init__(self, element: etree._Element) -> None:
        self._left: Iterator[etree._Element] = element.iterchildren(etree.Element)
        self._next = next(self._left, None)

    def one_of(self, name: str) -> etree._Element | None:
        if self._next is None or self._next.tag != name:
            return None
        taken, self._next = self._next, next(self._left, None)
        return taken

    def all_of(self, name: str) -> Iterator[etree._Element]:
        while (taken := self.one_of(name)) is not None:
            yield taken

    def finish(self) -> None:
        if self._next is not None:
            msg = f"Неожиданный элемент: {{{self._next.tag!s}}}"
            raise XdtoMismatch(msg)


def _read(element: etree._Element, prop: Prop, *, loose_dates: bool) -> Any:
    if element.get(NIL) in {"true", "1"}:
        if prop.is_nillable:
            return None
        msg = f"Свойство {prop.name} не может принимать значение NULL"
        raise XdtoMismatch(msg)
    if isinstance(prop.type, ObjectType):
        namespace, props = prop.type.namespace, prop.type.props
        return read_props(element, namespace, props, loose_dates=loose_dates)
    if len(element):
        msg = f"Свойство {prop.name}: ожидалось простое значение"
        raise XdtoMismatch(msg)
    text = element.text or ""
    if prop.type is MOMENT and loose_dates and (loose := _LOOSE_MOMENT.fullmatch(text.strip())):
        text = loose[1]
    try:
        return _READERS[prop.type](text)
    except (ValueError, ArithmeticError) as error:
        msg = f"Свойство {prop.name}: несоответствие типов XDTO ({prop.type.name})"
        raise XdtoMismatch(msg) from error


def value_of(kind: Simple, text: str) -> Any:
    """Read the lexical form of a simple type.

    Raises:
        ValueError: the text is none of the type.
    """
    return _READERS[kind](text)


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.strip()]


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text.strip()):
        raise ValueError(text)
    return datetime.fromisoformat(text.strip())


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(text)
    return Decimal(text.strip())


def _flag(text: str) -> bool:
    try:
        return _boolean(text)
    except KeyError as error:
        raise ValueError(text) from error


_READERS: Mapping[Simple, Callable[[str], Any]] = {
    STRING: str,
    ANY: str,
    BOOLEAN: _flag,
    INT: int,
    DECIMAL: _decimal,
    MOMENT: _moment,
    DAY: lambda text: date.fromisoformat(text.strip()),
    BASE64: _bytes,
}
