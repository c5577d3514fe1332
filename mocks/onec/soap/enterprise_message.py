"""The EnterpriseData message: its header is read strictly and written in the fixed order (3.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from lxml import etree

from mocks.onec.soap.envelope import NotAnEnvelope, safe_xml
from mocks.onec.soap.exchange_files import JobFailed
from mocks.onec.soap.xdto import XS, XSI, local_name

MSG = "http://www.1c.ru/SSL/Exchange/Message"
FORMAT = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData/"
VERSIONS = tuple(f"1.{minor}" for minor in range(2, 22))
_HEADER = (
    "Format",
    "CreationDate",
    "Confirmation",
    "AvailableVersion",
    "NewFrom",
    "AvailableObjectTypes",
    "Prefix",
    "AvailableExtensions",
    "SynchronizationContour",
)
_CONFIRMATION = ("ExchangePlan", "To", "From", "MessageNo", "ReceivedNo")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Confirmation:
    """Who writes to whom: number of this message, number of the last one received."""

    plan: str
    to: str
    sender: str
    message: int
    received: int


@dataclass(frozen=True)
class Incoming:
    """A message that was read: confirmation if any, versions of the peer, objects of the body."""

    version: str
    confirmation: Confirmation | None
    available: tuple[str, ...]
    objects: tuple[etree._Element, ...]


# A tree of a body: text, children by name in order, or a list for elements that repeat.
Tree = str | Mapping[str, "Tree"] | Sequence["Tree"]


def read_message(raw: bytes) -> Incoming:
    """Read a message.

    Raises:
        JobFailed: not in the format: order, namespaces, unknown version, missing elements.
    """
    try:
        root = safe_xml(raw)
    except NotAnEnvelope as error:
        _refuse(str(error))
    children = list(root.iterchildren(etree.Element))
    if root.tag != "Message" or not children or children[0].tag != f"{{{MSG}}}Header":
        _refuse("ожидался заголовок Message/Header")
    header = _header(children[0])
    uri = header["Format"][0].text or ""
    version = uri.split(" ")[0].removeprefix(FORMAT)
    if not uri.startswith(FORMAT) or version not in VERSIONS:
        _refuse("формат не поддерживается")
    body = f"{{{FORMAT}{version}}}Body"
    if [child.tag for child in children[1:]] != [body]:
        _refuse("тело не соответствует формату заголовка")
    return Incoming(
        version=version,
        confirmation=_confirmation(header.get("Confirmation")),
        available=tuple(one.text or "" for one in header["AvailableVersion"]),
        objects=tuple(children[1].iterchildren(etree.Element)),
    )


def _header(element: etree._Element) -> dict[str, list[etree._Element]]:
    found: dict[str, list[etree._Element]] = {}
    for child in element.iterchildren(etree.Element):
        name = local_name(child)
        if child.tag != f"{{{MSG}}}{name}" or name not in _HEADER:
            _refuse(f"неизвестный элемент заголовка {name}")
        found.setdefault(name, []).append(child)
    if [name for name in _HEADER if name in found] != list(found):
        _refuse("нарушен порядок элементов заголовка")
    for name in ("Format", "CreationDate", "AvailableVersion"):
        if name not in found:
            _refuse(f"нет элемента {name}")
    if not _MOMENT.match(found["CreationDate"][0].text or ""):
        _refuse("CreationDate не является датой")
    return found


def _confirmation(elements: list[etree._Element] | None) -> Confirmation | None:
    if not elements:
        return None
    values = {local_name(one): one.text or "" for one in elements[0].iterchildren(etree.Element)}
    if tuple(values) != _CONFIRMATION:
        _refuse("неверный состав Confirmation")
    plan, to, sender, message, received = values.values()
    if not (message.isdigit() and received.isdigit()):
        _refuse("номер сообщения не является числом")
    return Confirmation(plan, to, sender, int(message), int(received))


def _refuse(reason: str) -> NoReturn:
    msg = f"Ошибка формата сообщения обмена: {reason}"
    raise JobFailed(msg)


def write_message(
    confirmation: Confirmation,
    *,
    version: str,
    created_utc: str,
    types: Sequence[str],
    body: Sequence[tuple[str, Tree]],
) -> bytes:
    """Write a message; ``created_utc`` is ``YYYY-MM-DDTHH:MM:SS`` in UTC."""
    root = etree.Element("Message", nsmap={"msg": MSG, "xs": XS, "xsi": XSI})
    header = etree.SubElement(root, f"{{{MSG}}}Header")
    uri = FORMAT + version
    _add(header, MSG, "Format", uri)
    _add(header, MSG, "CreationDate", created_utc)
    numbers = (str(confirmation.message), str(confirmation.received))
    values = (confirmation.plan, confirmation.to, confirmation.sender, *numbers)
    _add(header, MSG, "Confirmation", dict(zip(_CONFIRMATION, values, strict=True)))
    _add(header, MSG, "AvailableVersion", list(VERSIONS))
    rows: list[Tree] = [{"Name": name, "Sending": "*", "Receiving": "*"} for name in types]
    _add(header, MSG, "AvailableObjectTypes", {"ObjectType": rows})
    content = etree.SubElement(root, f"{{{uri}}}Body", nsmap={None: uri})  # type: ignore[dict-item]
    for name, tree in body:
        _add(content, uri, name, tree)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _add(parent: etree._Element, namespace: str, name: str, tree: Tree) -> None:
    """Append an element; an empty text or group is left out, as the format wants."""
    if isinstance(tree, str):
        etree.SubElement(parent, f"{{{namespace}}}{name}").text = tree
    elif isinstance(tree, Mapping):
        element = etree.SubElement(parent, f"{{{namespace}}}{name}")
        for key, value in tree.items():
            if value:
                _add(element, namespace, key, value)
    else:
        for item in tree:
            _add(parent, namespace, name, item)


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Follow local names of children and return what is there, or None."""
    for name in path:
        if element is None:
            return None
        found = (one for one in element.iterchildren(etree.Element) if local_name(one) == name)
        element = next(found, None)
    return element


def text(element: etree._Element | None, *path: str) -> str:
    """Return the text at the end of a path of local names, empty when there is none."""
    found = child(element, *path)
    return "" if found is None else found.text or ""
