"""Messages of EnterpriseData: what one says, and an empty one that confirms. Pure.

``Message`` has no namespace, the header has one of its own, the body that of the format; elements
are matched by local names, so that versions of the format do not matter. Source: vendor reference,
3.6 and 7.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from gateway.contract import TranslationFailed

MSG = "http://www.1c.ru/SSL/Exchange/Message"
_FORMAT = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData/"
_VERSION = "1.21"
_PROLOG = 65536
_BOM = b"\xef\xbb\xbf"
_DTD = "a document type definition is refused"
_BROKEN = "the message is no XML"
_NO_NUMBER = "the header has no numbers of messages"
Tree = Mapping[str, Any]
"""An object: local name → text, a tree, or a list of trees where the name repeats."""


class Numbers(NamedTuple):
    """Shape: ``message`` is the number of this message, ``received`` of the last one from us."""

    message: int
    received: int


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says: its numbers, and the wanted of its objects by type in their order.

    ``total`` counts the others as well: they too come again until the message is confirmed.
    """

    numbers: Numbers
    objects: tuple[tuple[str, Tree], ...]
    total: int


def message_of(stream: BinaryIO, wanted: frozenset[str]) -> Message:
    """Read a message; of its body only objects of the wanted types are kept.

    Raises ``TranslationFailed`` for what is no message.
    """
    start = stream.read(_PROLOG)
    if b"<!DOCTYPE" in start or not start.removeprefix(_BOM).lstrip().startswith(b"<"):
        raise TranslationFailed(_DTD if b"<!DOCTYPE" in start else _BROKEN, path="message")
    numbers: Numbers | None = None
    objects: list[tuple[str, Tree]] = []
    total = 0
    try:
        for element in _elements(_joined(start, stream)):
            above = element.getparent()
            name = _local(element)
            if name == "Header":
                numbers = _numbers(element)
            elif above is not None and _local(above) == "Body":
                total += 1
                if name in wanted:
                    objects.append((name, _tree(element)))
                above.remove(element)
    except etree.XMLSyntaxError as error:
        path = f"line {error.lineno or 0}"
        raise TranslationFailed(_BROKEN, path=path) from None
    if numbers is None:
        raise TranslationFailed(_NO_NUMBER, path="Header/Confirmation")
    return Message(numbers, tuple(objects), total)


def confirmation(numbers: Numbers, *, plan: str, code: str, peer: str, created: datetime) -> bytes:
    """Write a message without objects under ``message`` that confirms ``received``.

    Shape: ``created`` is in UTC, as the format wants it.
    """
    moment = created.strftime("%Y-%m-%dT%H:%M:%S")
    text = (
        f'<Message xmlns:msg="{MSG}"><msg:Header><msg:Format>{_FORMAT}{_VERSION}</msg:Format>'
        f"<msg:CreationDate>{moment}</msg:CreationDate><msg:Confirmation>"
        f"<msg:ExchangePlan>{escape(plan)}</msg:ExchangePlan><msg:To>{escape(peer)}</msg:To>"
        f"<msg:From>{escape(code)}</msg:From><msg:MessageNo>{numbers.message}</msg:MessageNo>"
        f"<msg:ReceivedNo>{numbers.received}</msg:ReceivedNo></msg:Confirmation>"
        f"<msg:AvailableVersion>{_VERSION}</msg:AvailableVersion></msg:Header>"
        f'<Body xmlns="{_FORMAT}{_VERSION}"/></Message>'
    )
    return text.encode()


def rows(tree: Tree, name: str) -> list[Tree]:
    """Return the trees under a name, whether there is one, several or none."""
    found = tree.get(name)
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, Mapping)]


def text(tree: Tree, *path: str) -> str | None:
    """Return the text at a path of local names."""
    node: Any = tree
    for name in path:
        if isinstance(node, list):
            node = node[0]
        node = node.get(name) if isinstance(node, Mapping) else None
    return node.strip() or None if isinstance(node, str) else None


def _elements(stream: BinaryIO) -> Iterator[etree._Element]:
    parsing = etree.iterparse(
        stream, events=("end",), resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for _, element in parsing:
        yield element


def _joined(start: bytes, rest: BinaryIO) -> BinaryIO:
    return io.BufferedReader(_Chain(start, rest))


class _Chain(io.RawIOBase):
    """The bytes that were looked at, and the rest."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start, self._rest = io.BytesIO(start), rest

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        """Read."""
        piece = self._start.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _numbers(header: etree._Element) -> Numbers:
    told = _tree(header)
    message = text(told, "Confirmation", "MessageNo") or ""
    received = text(told, "Confirmation", "ReceivedNo") or ""
    if not (message.isdecimal() and received.isdecimal()):
        raise TranslationFailed(_NO_NUMBER, path="Header/Confirmation")
    return Numbers(int(message), int(received))


def _tree(element: etree._Element) -> Tree:
    found: dict[str, Any] = {}
    for child in element:
        name = _local(child)
        value: Any = _tree(child) if len(child) else (child.text or "")
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
