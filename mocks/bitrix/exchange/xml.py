"""Reading and writing of CommerceML files (reference 3.3).

Read by local names, with a prolog of any encoding and a BOM, and safe against entities: nothing is
expanded, no DTD and no address is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element


class Unreadable(Exception):
    """A file that is no XML; the text says where."""


def parsed(data: bytes) -> _Element:
    """Return the root of a file, every element by its local name.

    Raises:
        Unreadable: the file is no XML.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(data.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(str(error)) from error
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = etree.QName(element).localname
    return root


def text(element: _Element, *path: str) -> str:
    """Return the stripped text of a descendant, empty where it is missing."""
    found = element.find("/".join(path)) if path else element
    return (found.text or "").strip() if found is not None else ""


def flag(value: str) -> bool:
    """Read ``true``, ``1`` or ``Да`` as true."""
    return value.strip().lower() in {"true", "1", "да"}


def amount(value: str) -> float:
    """Read a number with any separator; unreadable text counts as 0."""
    plain = value.replace("\xa0", "").replace(" ", "").replace(",", ".")
    try:
        return round(float(plain), 4)
    except ValueError:
        return 0.0


def requisites(element: _Element) -> dict[str, str]:
    """Return the pairs of ``ЗначенияРеквизитов``."""
    return {
        text(row, "Наименование"): text(row, "Значение")
        for row in element.findall("ЗначенияРеквизитов/ЗначениеРеквизита")
    }


def node(name: str, *parts: _Element | str | None) -> _Element:
    """Make an element of its parts: elements, a text, nothing for None."""
    element = etree.Element(name)
    for part in parts:
        if isinstance(part, str):
            element.text = part
        elif part is not None:
            element.append(part)
    return element


def filled(name: str, value: str) -> _Element | None:
    """Make an element of a text, none of an empty one."""
    return node(name, value) if value else None


def requisite(name: str, value: str) -> _Element:
    """Make one pair of ``ЗначенияРеквизитов``."""
    return node("ЗначениеРеквизита", node("Наименование", name), node("Значение", value))


def written(root: _Element, encoding: str) -> bytes:
    """Write a file with its prolog; what the encoding lacks becomes a character reference."""
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>\n'.encode("ascii")
    content = etree.tostring(root, encoding=encoding, xml_declaration=False)
    return prolog + (content.encode() if isinstance(content, str) else content)
