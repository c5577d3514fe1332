"""SOAP as the platform's web services speak it, from the server's side: envelopes and values.

Parsing is tolerant of prefixes, order and unknown elements, and of nothing that reaches beyond the
body: no document type, no entities, no network. Sources: vendor reference, 3.1, 3.2 and 3.7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from lxml import etree

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
TYPES = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{_XSI}}}nil"
_YES = frozenset({"true", "1"})
_DECIMAL = re.compile(r"[+-]?(\d{1,15}(\.\d{0,10})?|\.\d{1,10})")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Record:
    """An object type of a package; its properties come in this order."""

    name: str
    props: tuple[Prop, ...]


@dataclass(frozen=True, slots=True)
class Prop:
    """A property or parameter. Shape: ``kind`` is the local name of a simple type, or a record.

    One that repeats may be absent.
    """

    name: str
    kind: str | Record
    is_nillable: bool = False
    is_many: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it takes, and what it returns."""

    name: str
    takes: tuple[Prop, ...]
    gives: Prop


class SoapFault(Exception):
    """An answer that is a fault. ``is_sender`` blames the request rather than the service."""

    def __init__(self, reason: str, *, is_sender: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_sender = is_sender


@dataclass(frozen=True, slots=True)
class SoapCall:
    """A request: its version (the namespace of the envelope) and the element of the operation."""

    version: str
    element: etree._Element = field(repr=False)

    @property
    def name(self) -> str:
        """The operation. The action is not asked for: a Cyrillic one gets lost in a header."""
        return _local(self.element)


def version_of(content_type: str) -> str:
    """Return the version in which a body that cannot be read is answered."""
    return SOAP12 if "soap+xml" in content_type.lower() else SOAP11


def read_call(body: bytes) -> SoapCall:
    """Read an envelope. Raises ``SoapFault``."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        _refuse("Ошибка разбора XML")
    if getattr(root.getroottree().docinfo, "doctype", ""):
        _refuse("Ошибка разбора XML: DTD запрещено")
    version = etree.QName(root).namespace or ""
    if _local(root) != "Envelope" or version not in TYPES:
        _refuse("Ожидался элемент Envelope")
    parts = root.find(f"{{{version}}}Body")
    elements = [] if parts is None else list(parts.iterchildren(etree.Element))
    if len(elements) != 1:
        _refuse("Тело сообщения должно содержать один элемент")
    return SoapCall(version, elements[0])


def read_values(element: etree._Element, props: Sequence[Prop]) -> dict[str, Any]:
    """Read the properties of an element by their local names.

    Shape: text, ``Decimal``, ``datetime`` without a zone (``None`` for the empty date), ``bool``, a
    dictionary for a record, a list for what repeats, ``None`` for nil. Raises ``SoapFault``.
    """
    children: dict[str, list[etree._Element]] = {}
    for child in element.iterchildren(etree.Element):
        children.setdefault(_local(child), []).append(child)
    found: dict[str, Any] = {}
    for prop in props:
        given = children.get(prop.name, [])
        if prop.is_many:
            found[prop.name] = [_value(one, prop) for one in given]
        elif given:
            found[prop.name] = _value(given[-1], prop)
        elif prop.is_nillable:
            found[prop.name] = None
        else:
            _refuse(f"Отсутствует обязательное свойство: {prop.name}")
    return found


def answer(call: SoapCall, operation: Operation, namespace: str, value: object) -> bytes:
    """Write the answer of an operation."""
    envelope, body = _envelope(call.version)
    spaces = {"m": namespace} | ({"xsi": _XSI} if value is None else {})
    element = etree.SubElement(body, f"{{{namespace}}}{operation.name}Response", nsmap=spaces)
    _write(element, namespace, operation.gives, value)
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def fault(version: str, reason: str, *, is_sender: bool = False) -> bytes:
    """Write a fault, as 1C does: the text of the exception is its reason."""
    envelope, body = _envelope(version)
    element = etree.SubElement(body, f"{{{version}}}Fault")
    if version == SOAP11:
        etree.SubElement(element, "faultcode").text = "soap:Client" if is_sender else "soap:Server"
        etree.SubElement(element, "faultstring").text = reason
        etree.SubElement(element, "detail")
    else:
        code = etree.SubElement(element, f"{{{version}}}Code")
        value = "soap:Sender" if is_sender else "soap:Receiver"
        etree.SubElement(code, f"{{{version}}}Value").text = value
        words = etree.SubElement(element, f"{{{version}}}Reason")
        text = etree.SubElement(words, f"{{{version}}}Text")
        text.set("{http://www.w3.org/XML/1998/namespace}lang", "ru")
        text.text = reason
        etree.SubElement(element, f"{{{version}}}Detail")
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _refuse(reason: str) -> Any:  # noqa: ANN401 - it never returns, and etree has no types to lose
    raise SoapFault(reason, is_sender=True)


def _envelope(version: str) -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{version}}}Envelope", nsmap={"soap": version})
    return envelope, etree.SubElement(envelope, f"{{{version}}}Body")


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _value(element: etree._Element, prop: Prop) -> Any:  # noqa: ANN401 - by the property's type
    if element.get(_NIL) in _YES:
        if not prop.is_nillable:
            _refuse(f"Свойство {prop.name} не может принимать значение NULL")
        return None
    if isinstance(prop.kind, Record):
        return read_values(element, prop.kind.props)
    try:
        return _READERS[prop.kind]((element.text or "").strip())
    except ValueError:
        return _refuse(f"Свойство {prop.name}: несоответствие типов XDTO ({prop.kind})")


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _boolean(text: str) -> bool:
    if text not in {*_YES, "false", "0"}:
        raise ValueError(text)
    return text in _YES


def _moment(text: str) -> datetime | None:
    moment = datetime.fromisoformat(text)
    if "T" not in text:
        raise ValueError(text)
    return moment if moment.year > 1900 else None  # noqa: PLR2004 - 0001 is 1C's empty date


_READERS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "decimal": _decimal,
    "boolean": _boolean,
    "dateTime": _moment,
}


def _write(parent: etree._Element, namespace: str, prop: Prop, value: object) -> None:
    if prop.is_many:
        for one in value if isinstance(value, list) else ():
            _write_one(parent, namespace, prop, one)
    else:
        _write_one(parent, namespace, prop, value)


def _write_one(parent: etree._Element, namespace: str, prop: Prop, value: object) -> None:
    element = etree.SubElement(parent, f"{{{namespace}}}{prop.name}")
    if value is None:
        element.set(_NIL, "true")
    elif isinstance(prop.kind, Record) and isinstance(value, Mapping):
        for one in prop.kind.props:
            _write(element, namespace, one, value.get(one.name))
    else:
        element.text = _text(value) or None


def _text(value: object) -> str:
    """Return the lexical form: whole sums without a fraction, moments without a zone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0).isoformat()
    return _NOT_XML.sub("", str(value))
