"""Elements of a record by their local names: files come with four namespaces or with none.

An element that is present and empty says that there is nothing; one that is absent says nothing.
What cannot be read is ``Unreadable`` and carries its element, from which the place is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeVar, cast

from lxml import etree

from gateway.contract import TranslationFailed

Element = etree._Element  # noqa: SLF001 - the only name that lxml has for it

NO_ID = "the record has no Ид"
T = TypeVar("T")
Fields = dict[str, Element]


class Unreadable(Exception):
    """A value of a record cannot be read; the reason never holds the value."""

    def __init__(self, reason: str, element: Element) -> None:
        super().__init__(reason)
        self.element = element


@lru_cache(maxsize=1024)
def local(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag.rpartition("}")[2]


def fields(element: Element) -> Fields:
    """Return the children by local name; of several with one name the first."""
    found: Fields = {}
    for child in element:
        found.setdefault(local(child.tag), child)
    return found


class Laid(NamedTuple):
    """The children of a record by local name, laid out in one pass.

    Shape: ``own`` has the first of each name, ``more`` those after it, for names that repeat.
    """

    own: Fields
    more: dict[str, list[Element]]

    def every(self, name: str) -> Iterator[Element]:
        """Go through the children of one name."""
        if name in self.own:
            yield self.own[name]
            yield from self.more.get(name, ())


def laid(element: Element) -> Laid:
    """Lay a record out."""
    own: Fields = {}
    more: dict[str, list[Element]] = {}
    for child in element:
        name = local(child.tag)
        if name in own:
            more.setdefault(name, []).append(child)
        else:
            own[name] = child
    return Laid(own, more)


def every(element: Element | None, name: str) -> Iterator[Element]:
    """Go through the children of one name; of no element there are none."""
    if element is not None:
        for child in element:
            if local(child.tag) == name:
                yield child


def text(element: Element | None) -> str | None:
    """Return the text without space around it; ``None`` where there is none."""
    said = None if element is None else element.text
    return (said.strip() or None) if said else None


def value(element: Element | None, read: Callable[[str], T]) -> T | None:
    """Read the text of an element. Raises ``Unreadable`` for a text that ``read`` refuses."""
    said = text(element)
    if said is None or element is None:
        return None
    try:
        return read(said)
    except ValueError as refused:
        raise Unreadable(str(refused), element) from None


def attribute(element: Element, name: str, read: Callable[[str], T]) -> T | None:
    """Read an attribute. Raises ``Unreadable`` for a text that ``read`` refuses."""
    said = str(element.get(name) or "").strip()
    if not said:
        return None
    try:
        return read(said)
    except ValueError as refused:
        reason = f"@{name} {refused}"
        raise Unreadable(reason, element) from None


def pairs(element: Element | None) -> dict[str, str | None]:
    """Read ``ЗначениеРеквизита`` by name; several values are joined, the first of a name wins."""
    found: dict[str, str | None] = {}
    for row in element if element is not None else ():
        name, values = None, []
        for part in row:
            if local(part.tag) == "Наименование":
                name = text(part)
            elif local(part.tag) == "Значение":
                values.append(text(part))
        if name and name not in found:
            found[name] = "; ".join(said for said in values if said) or None
    return found


def place(element: Element, lines_before: int = 0) -> str:
    """Tell where an element stands: line and path of local names."""
    names = [local(element.tag), *(local(above.tag) for above in element.iterancestors())]
    its_line = cast("int | None", element.sourceline) or 0
    return f"line {its_line + lines_before}, {'/'.join(reversed(names))}"


def failure(refused: Unreadable, lines_before: int = 0) -> TranslationFailed:
    """Return the error of the contract for what cannot be read."""
    return TranslationFailed(str(refused), path=place(refused.element, lines_before))
