"""The WSDL of a service, written the way the platform writes it (3.2, 3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from mocks.onec.soap.service import Package, SoapService
from mocks.onec.soap.xdto import ObjectType, Prop, Type

SOAP11, SOAP12 = "soap11", "soap12"
_BIND = {SOAP11: "soapbind", SOAP12: "soap12bind"}
_PORT = {SOAP11: "Soap", SOAP12: "Soap12"}
_CLAIM = (
    '<documentation><wsi:Claim xmlns:wsi="http://ws-i.org/schemas/conformanceClaim/" '
    'conformsTo="http://ws-i.org/profiles/basic/1.1"/></documentation>'
)


def wsdl(service: SoapService, address: str, versions: Sequence[str]) -> str:
    """Return the WSDL of a service for one address and the SOAP versions it offers."""
    parts = [_root(service), "<types>", *_schemas(service), "</types>"]
    names = [item.name for item in service.operations]
    for name in names:
        for suffix, element in (("Request", name), ("Response", f"{name}Response")):
            parts.append(
                f'<message name="{name}{suffix}Message">'
                f'<part name="parameters" element="tns:{element}"/></message>'
            )
    parts.append(f'<portType name="{service.name}PortType">')
    parts += [
        f'<operation name="{name}"><input message="tns:{name}RequestMessage"/>'
        f'<output message="tns:{name}ResponseMessage"/></operation>'
        for name in names
    ]
    parts.append("</portType>")
    for version in versions:
        parts += _binding(service, version)
    parts += [*_ports(service, address, versions), "</definitions>"]
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(parts)


def _root(service: SoapService) -> str:
    spaces = {
        "": "http://schemas.xmlsoap.org/wsdl/",
        "soap12bind": "http://schemas.xmlsoap.org/wsdl/soap12/",
        "soapbind": "http://schemas.xmlsoap.org/wsdl/soap/",
        "tns": service.namespace,
        "wsp": "http://schemas.xmlsoap.org/ws/2004/09/policy",
        "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
        "xsd": "http://www.w3.org/2001/XMLSchema",
    }
    spaces |= {f"xsd{n}": ns for n, ns in enumerate(_foreign(service), start=1)}
    declared = "".join(
        f" xmlns{':' if prefix else ''}{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items()
    )
    name, target = quoteattr(service.name), quoteattr(service.namespace)
    return f"<definitions{declared} name={name} targetNamespace={target}>"


def _foreign(service: SoapService) -> list[str]:
    own = service.namespace
    return [item.namespace for item in service.packages if item.namespace != own]


def _schemas(service: SoapService) -> Iterable[str]:
    own: tuple[ObjectType, ...] = ()
    for package in service.packages:
        if package.namespace == service.namespace:
            own = package.types
        else:
            prefixes = {package.namespace: "tns"}
            yield _schema(package, prefixes, [])
    prefixes = {service.namespace: "tns"}
    prefixes |= {ns: f"xs{n}" for n, ns in enumerate(_foreign(service), start=1)}
    elements = []
    for item in service.operations:
        elements.append(_element(item.name, item.ins, prefixes))
        elements.append(_element(f"{item.name}Response", item.answer, prefixes))
    yield _schema(Package(service.namespace, own), prefixes, elements)


def _schema(package: Package, prefixes: Mapping[str, str], elements: Sequence[str]) -> str:
    spaces = "".join(f" xmlns:{prefix}={quoteattr(ns)}" for ns, prefix in prefixes.items())
    # The platform names the namespace only: the reader finds its schema in the same WSDL.
    imports = "".join(
        f"<xs:import namespace={quoteattr(ns)}/>" for ns in prefixes if ns != package.namespace
    )
    types = "".join(
        f'<xs:complexType name="{item.name}">{_sequence(item.props, prefixes)}</xs:complexType>'
        for item in package.types
    )
    return (
        f'<xs:schema{spaces} xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f"targetNamespace={quoteattr(package.namespace)} "
        'attributeFormDefault="unqualified" elementFormDefault="qualified">'
        f"{imports}{types}{''.join(elements)}</xs:schema>"
    )


def _element(name: str, props: Sequence[Prop], prefixes: Mapping[str, str]) -> str:
    body = _sequence(props, prefixes)
    return f'<xs:element name="{name}"><xs:complexType>{body}</xs:complexType></xs:element>'


def _sequence(props: Sequence[Prop], prefixes: Mapping[str, str]) -> str:
    if not props:
        return "<xs:sequence/>"
    rows = "".join(
        f'<xs:element name="{prop.name}" type="{_type(prop.type, prefixes)}"'
        + (' nillable="true"' if prop.is_nillable else "")
        + (' minOccurs="0"' if prop.is_optional else "")
        + (' maxOccurs="unbounded"' if prop.is_many else "")
        + "/>"
        for prop in props
    )
    return f"<xs:sequence>{rows}</xs:sequence>"


def _type(kind: Type, prefixes: Mapping[str, str]) -> str:
    if isinstance(kind, ObjectType):
        return f"{prefixes[kind.namespace]}:{kind.name}"
    return f"xs:{kind.name}"


def _binding(service: SoapService, version: str) -> Iterable[str]:
    bind, port = _BIND[version], _PORT[version]
    yield f'<binding name="{service.name}{port}Binding" type="tns:{service.name}PortType">'
    yield (f'<{bind}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>')
    body = f'<{bind}:body use="literal"/>'
    for item in service.operations:
        action = quoteattr(service.action(item.name))
        yield (
            f'<operation name="{item.name}">'
            f'<{bind}:operation style="document" soapAction={action}/>'
            f"<input>{body}</input><output>{body}</output></operation>"
        )
    yield "</binding>"


def _ports(service: SoapService, address: str, versions: Sequence[str]) -> Iterable[str]:
    yield f'<service name="{service.name}">'
    for number, version in enumerate(versions):
        port = _PORT[version]
        yield (
            f'<port name="{service.name}{port}" binding="tns:{service.name}{port}Binding">'
            f"{'' if number else _CLAIM}"
            f"<{_BIND[version]}:address location={quoteattr(address)}/></port>"
        )
    yield "</service>"
