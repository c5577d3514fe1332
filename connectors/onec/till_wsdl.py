"""WSDL of a web service, in the shape in which the platform writes it (vendor reference, 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from .till_soap import Operation, Prop, Record

_SPACES = {
    "soap12bind": "http://schemas.xmlsoap.org/wsdl/soap12/",
    "soapbind": "http://schemas.xmlsoap.org/wsdl/soap/",
    "wsp": "http://schemas.xmlsoap.org/ws/2004/09/policy",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "xsd": "http://www.w3.org/2001/XMLSchema",
}
_CLAIM = (
    '<documentation><wsi:Claim xmlns:wsi="http://ws-i.org/schemas/conformanceClaim/" '
    'conformsTo="http://ws-i.org/profiles/basic/1.1"/></documentation>'
)
_PORTS = (("Soap", "soapbind"), ("Soap12", "soap12bind"))


def wsdl(
    name: str, namespace: str, records: Sequence[Record], operations: Sequence[Operation], url: str
) -> bytes:
    """Return the description of a service at an address."""
    spaces = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in _SPACES.items())
    target = quoteattr(namespace)
    root = (
        f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"{spaces} xmlns:tns={target} '
        f"name={quoteattr(name)} targetNamespace={target}>"
    )
    schema = (
        f'<xs:schema xmlns:tns={target} xmlns:xs="{_SPACES["xsd"]}" targetNamespace={target} '
        'attributeFormDefault="unqualified" elementFormDefault="qualified">'
    )
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        root,
        "<types>",
        schema,
        *(_record(one) for one in records),
        *(part for one in operations for part in _elements(one)),
        "</xs:schema></types>",
        *(part for one in operations for part in _messages(one)),
        f'<portType name="{name}PortType">',
        *(_port_operation(one) for one in operations),
        "</portType>",
        *(
            part
            for port, bind in _PORTS
            for part in _binding(name, namespace, operations, port, bind)
        ),
        f'<service name="{name}">',
        *(_port(name, port, bind, url) for port, bind in _PORTS),
        "</service></definitions>",
    ]
    return "\n".join(parts).encode()


def _record(record: Record) -> str:
    return f'<xs:complexType name="{record.name}">{_sequence(record.props)}</xs:complexType>'


def _sequence(props: Sequence[Prop]) -> str:
    return f"<xs:sequence>{''.join(map(_prop, props))}</xs:sequence>"


def _prop(prop: Prop) -> str:
    kind = f"tns:{prop.kind.name}" if isinstance(prop.kind, Record) else f"xs:{prop.kind}"
    nillable = ' nillable="true"' if prop.is_nillable else ""
    many = ' minOccurs="0" maxOccurs="unbounded"' if prop.is_many else ""
    return f'<xs:element name="{prop.name}" type="{kind}"{nillable}{many}/>'


def _elements(operation: Operation) -> Iterator[str]:
    for name, props in (
        (operation.name, operation.takes), (f"{operation.name}Response", (operation.gives,)),
    ):  # fmt: skip
        body = _sequence(props)
        yield f'<xs:element name="{name}"><xs:complexType>{body}</xs:complexType></xs:element>'


def _messages(operation: Operation) -> Iterator[str]:
    for suffix, element in (("Request", operation.name), ("Response", f"{operation.name}Response")):
        yield (
            f'<message name="{operation.name}{suffix}Message">'
            f'<part name="parameters" element="tns:{element}"/></message>'
        )


def _port_operation(operation: Operation) -> str:
    return (
        f'<operation name="{operation.name}">'
        f'<input message="tns:{operation.name}RequestMessage"/>'
        f'<output message="tns:{operation.name}ResponseMessage"/></operation>'
    )


def _binding(
    name: str, namespace: str, operations: Sequence[Operation], port: str, bind: str
) -> Iterator[str]:
    yield f'<binding name="{name}{port}Binding" type="tns:{name}PortType">'
    yield f'<{bind}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
    body = f'<{bind}:body use="literal"/>'
    for one in operations:
        # 1C writes Cyrillic here. A header cannot hold it, and clients fail on it (3.3); encoded,
        # it is the same address, and nobody is asked for it anyway.
        action = quoteattr(quote(f"{namespace}#{name}:{one.name}", safe=":/#"))
        yield (
            f'<operation name="{one.name}">'
            f'<{bind}:operation style="document" soapAction={action}/>'
            f"<input>{body}</input><output>{body}</output></operation>"
        )
    yield "</binding>"


def _port(name: str, port: str, bind: str, url: str) -> str:
    claim = _CLAIM if port == "Soap" else ""
    return (
        f'<port name="{name}{port}" binding="tns:{name}{port}Binding">{claim}'
        f"<{bind}:address location={quoteattr(url)}/></port>"
    )
