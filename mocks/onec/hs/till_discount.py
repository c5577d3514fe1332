"""A till of Розница as the client of somebody's ДисконтныйСервер (3.8).

It reads the WSDL first, behind the same credentials, as the platform's own client does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from mocks.onec.hs.outgoing import Outgoing, basic, send
from mocks.onec.soap.envelope import NAMESPACES, NotAnEnvelope, safe_xml
from mocks.onec.soap.service import Operation, SoapService
from mocks.onec.soap.wsdl import SOAP11
from mocks.onec.soap.xdto import NIL, ObjectType, Prop, local_name, text_of, value_of, write_props

Body = Mapping[str, Any]
_OK = 200


async def call_discount_server(service: SoapService, body: Body) -> Body:
    """Call ``operation`` with ``values`` at ``url`` (without ``?wsdl``).

    Raises:
        KeyError: the service has no such operation.
    """
    operation = service.by_name[body["operation"]]
    url, limit = str(body["url"]), float(body.get("timeout_s", 60))
    headers = basic(str(body.get("user", "")), str(body.get("password", "")))
    described = await send(Outgoing("GET", f"{url}?wsdl", headers, timeout_s=limit))
    told: dict[str, Any] = {"wsdl_status": described.status, "status": 0, "answer": None}
    if described.status != _OK or not _offers(described.content, operation):
        return told | {"is_error": True, "error": described.error or "no such operation in WSDL"}
    headers |= {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{service.action(operation.name)}"'.encode().decode("latin-1"),
    }
    content = _request(service, operation, body.get("values", {}))
    answer = await send(Outgoing("POST", url, headers, content, limit))
    told |= {"status": answer.status, "error": answer.error}
    try:
        root = safe_xml(answer.content)
        element = root[0][0]
    except (NotAnEnvelope, IndexError):
        return told | {"is_error": True, "error": answer.error or "no envelope"}
    is_fault = local_name(element) == "Fault"
    return told | {"is_error": is_fault or answer.status != _OK, "answer": _told(element)}


def _offers(raw: bytes, operation: Operation) -> bool:
    try:
        root = safe_xml(raw)
    except NotAnEnvelope:
        return False
    found = root.iterfind("{*}portType/{*}operation")
    return any(one.get("name") == operation.name for one in found)


def _request(service: SoapService, operation: Operation, values: Body) -> bytes:
    uri = NAMESPACES[SOAP11]
    envelope = etree.Element(f"{{{uri}}}Envelope", nsmap={"soap": uri, "m": service.namespace})
    body = etree.SubElement(envelope, f"{{{uri}}}Body")
    element = etree.SubElement(body, f"{{{service.namespace}}}{operation.name}")
    typed = {prop.name: _typed(prop, values[prop.name]) for prop in operation.ins}
    write_props(element, service.namespace, operation.ins, typed)
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _typed(prop: Prop, value: Any) -> Any:
    """Read a JSON value as one of the property's type."""
    if prop.is_many:
        return [_one(prop, item) for item in value]
    return _one(prop, value)


def _one(prop: Prop, value: Any) -> Any:
    if isinstance(prop.type, ObjectType):
        return {one.name: _typed(one, value[one.name]) for one in prop.type.props}
    return value_of(prop.type, text_of(value))


def _told(element: etree._Element) -> Any:
    """Return an element by local names: text, None for nil, a list for what repeats."""
    if element.get(NIL) in {"true", "1"}:
        return None
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element.iterchildren(etree.Element):
        found.setdefault(local_name(child), []).append(_told(child))
    return {name: items if len(items) > 1 else items[0] for name, items in found.items()}
