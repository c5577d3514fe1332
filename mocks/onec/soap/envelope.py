"""Envelopes of SOAP 1.1 and 1.2: read safely, written as the platform writes them (3.2, 3.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from mocks.onec.soap.service import Operation, SoapService
from mocks.onec.soap.wsdl import SOAP11, SOAP12
from mocks.onec.soap.xdto import XSI, ObjectType, Prop, XdtoMismatch, write_props

NAMESPACES = {
    SOAP11: "http://schemas.xmlsoap.org/soap/envelope/",
    SOAP12: "http://www.w3.org/2003/05/soap-envelope",
}
CONTENT_TYPES = {
    SOAP11: "text/xml; charset=utf-8",
    SOAP12: "application/soap+xml; charset=utf-8",
}
_VERSIONS = {uri: version for version, uri in NAMESPACES.items()}


class NotAnEnvelope(Exception):
    """A body that is no SOAP message, or one with a document type; the text says why."""


@dataclass(frozen=True)
class Call:
    """A request: its SOAP version and the one element of its body."""

    version: str
    body: etree._Element


def safe_xml(raw: bytes) -> etree._Element:
    """Parse XML with entities and network off; a document type is refused.

    Raises:
        NotAnEnvelope: not well-formed, or with a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        msg = "Ошибка разбора XML"
        raise NotAnEnvelope(msg) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        msg = "Ошибка разбора XML: DTD запрещено"
        raise NotAnEnvelope(msg)
    return root


def read_call(raw: bytes) -> Call:
    """Read a request of either version.

    Raises:
        NotAnEnvelope: no envelope, no body, or not exactly one element in it.
    """
    root = safe_xml(raw)
    name = etree.QName(root)
    version = _VERSIONS.get(name.namespace or "", "")
    if name.localname != "Envelope" or not version:
        msg = "Ожидался элемент Envelope"
        raise NotAnEnvelope(msg)
    body = root.find(f"{{{name.namespace}}}Body")
    children = [] if body is None else list(body.iterchildren(etree.Element))
    if len(children) != 1:
        msg = "Тело сообщения должно содержать один элемент"
        raise NotAnEnvelope(msg)
    return Call(version, children[0])


def answer(
    service: SoapService,
    operation: Operation,
    version: str,
    values: Mapping[str, Any],
    *,
    names_sent_type: bool,
) -> bytes:
    """Write the answer of an operation.

    ``names_sent_type`` gives ``xsi:type`` to a value of another type than declared.

    Raises:
        XdtoMismatch: a text that XML cannot hold.
    """
    props = operation.sent
    spaces = {"m": service.namespace}
    kind = props[0].type
    if isinstance(kind, ObjectType) and values.get("return") is not None:
        spaces |= _type_spaces(service, kind)
    is_other = operation.sent_return is not None and values.get("return") is not None
    names_type = names_sent_type and is_other and kind != operation.returns
    if names_type or _has_nil(props, values):
        spaces["xsi"] = XSI
    envelope, body = _envelope(version)
    name = f"{{{service.namespace}}}{operation.name}Response"
    element = etree.SubElement(body, name, nsmap=spaces)
    try:
        write_props(element, service.namespace, props, values)
    except ValueError as error:
        # A control character in a text: the platform gives an exception too (6.5).
        msg = "Ошибка преобразования данных XDTO: недопустимый символ XML"
        raise XdtoMismatch(msg) from error
    if names_type and isinstance(kind, ObjectType):
        element[0].set(f"{{{XSI}}}type", f"m:{kind.name}")
    return etree.tostring(envelope, encoding="utf-8")


def _type_spaces(service: SoapService, kind: ObjectType) -> dict[str, str]:
    return {} if kind.namespace == service.namespace else {"t": kind.namespace}


def _has_nil(props: Sequence[Prop], values: Mapping[str, Any]) -> bool:
    return any(values.get(prop.name) is None and not prop.is_optional for prop in props)


def fault(version: str, reason: str, *, is_sender: bool = False) -> bytes:
    """Write a fault; ``is_sender`` blames the request rather than the service's code."""
    envelope, body = _envelope(version)
    uri = NAMESPACES[version]
    element = etree.SubElement(body, f"{{{uri}}}Fault")
    reason = "".join(sign for sign in reason if sign.isprintable() or sign in "\n\t")
    if version == SOAP11:
        code = "soap:Client" if is_sender else "soap:Server"
        etree.SubElement(element, "faultcode").text = code
        etree.SubElement(element, "faultstring").text = reason
        etree.SubElement(element, "detail")
    else:
        code = "soap:Sender" if is_sender else "soap:Receiver"
        value = etree.SubElement(etree.SubElement(element, f"{{{uri}}}Code"), f"{{{uri}}}Value")
        value.text = code
        text = etree.SubElement(etree.SubElement(element, f"{{{uri}}}Reason"), f"{{{uri}}}Text")
        text.set("{http://www.w3.org/XML/1998/namespace}lang", "ru")
        text.text = reason
        etree.SubElement(element, f"{{{uri}}}Detail")
    return etree.tostring(envelope, encoding="utf-8")


def _envelope(version: str) -> tuple[etree._Element, etree._Element]:
    uri = NAMESPACES[version]
    envelope = etree.Element(f"{{{uri}}}Envelope", nsmap={"soap": uri})
    return envelope, etree.SubElement(envelope, f"{{{uri}}}Body")
