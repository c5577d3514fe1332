"""The records of a file, one at a time, in memory that does not grow with the file.

Only the records of one piece of the file are in memory, and the one under way: with the next piece
all that was passed is removed, asked for or not. A record of more than ``Limits.record_bytes`` is
refused, so that one cannot fill it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, cast

from lxml import etree

from gateway.contract import TranslationFailed

from .nodes import Element, local
from .source import Source, opened, pieces, prolog

ROOT = "КоммерческаяИнформация"
PACKAGES = frozenset({"Каталог", "ПакетПредложений", "ИзмененияПакетаПредложений"})
HEADED = frozenset({*PACKAGES, "Классификатор", "Группа"})
"""Containers whose own ids and names are kept while their records pass."""
KEPT = 32
_OTHER_ROOT = f"the root is not {ROOT}"
_BROKEN = "the XML is broken"
_TOO_EARLY = "the file ends too early"
_PLACES = {
    "Товар": ("Товары", frozenset({"Каталог"})),
    "Предложение": ("Предложения", PACKAGES),
    "Документ": (None, frozenset()),
    "Группа": ("Группы", frozenset({"Классификатор", "Группа"})),
    "Свойство": ("Свойства", frozenset({"Классификатор"})),
    "ТипЦены": ("ТипыЦен", frozenset({"Классификатор", "ПакетПредложений", ROOT})),
    "Склад": ("Склады", frozenset({"Классификатор", "ПакетПредложений", ROOT})),
    "Контрагент": ("Контрагенты", frozenset({ROOT})),
}
_WATCHED = tuple(f"{{*}}{name}" for name in (ROOT, *PACKAGES, *_PLACES))
_WHOLE = frozenset(_PLACES) - {"Группа"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken at most. Units: bytes of one record; entries of one classifier."""

    record_bytes: int = 16 * 2**20
    classifier_entries: int = 200_000


class Found(NamedTuple):
    """A record of a file, or the beginning of a package; the element is valid until the next one.

    Shape: ``kind`` is the element's local name, and ``lines_before`` is to be added to its line.
    """

    kind: str
    element: Element
    lines_before: int


def scan(source: Source, limits: Limits) -> Iterator[Found]:
    """Go through root, packages (at their beginning) and records (at their end), as they come.

    What precedes a fault in the file is handed out before it is raised: ``TranslationFailed`` with
    the line, for broken XML, a file that ends too early, another root, or too large a record.
    """
    with opened(source) as stream:
        coming = pieces(stream)
        first = prolog(coming)
        if first.root != ROOT:
            raise TranslationFailed(_OTHER_ROOT, path="line 1")
        scanner = _Scanner(first.encoding, first.lines_before, limits)
        yield from scanner.fed(first.start)
        for piece in coming:
            yield from scanner.fed(piece)
        yield from scanner.ended()


class _Scanner:
    """One pass over one file."""

    def __init__(self, encoding: str, lines_before: int, limits: Limits) -> None:
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=_WATCHED,
            encoding=encoding,
            remove_comments=True,
            remove_pis=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        self._lines_before = lines_before
        self._limits = limits
        self._root: Element | None = None
        self._under_way = 0

    def fed(self, piece: bytes) -> Iterator[Found]:
        """Take a piece and hand out what it completes."""
        with suppress(etree.XMLSyntaxError):
            self._parser.feed(piece)
        # Not every fault is raised: of an undefined entity the log alone tells.
        faults = self._parser.feed_error_log.filter_from_fatals()
        yield from self._complete()
        if len(faults):
            raise self._fault(_BROKEN, faults[0].line)
        self._under_way += len(piece)
        if self._root is None or not _pruned(self._root):
            self._under_way = 0
        elif self._under_way > self._limits.record_bytes:
            reason = f"one record takes more than {self._limits.record_bytes} bytes"
            raise TranslationFailed(reason, path="the record under way")

    def ended(self) -> Iterator[Found]:
        """Say that the file ends here."""
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._fault(_TOO_EARLY, error.lineno) from None
        yield from self._complete()

    def _complete(self) -> Iterator[Found]:
        for action, node in self._parser.read_events():
            element = cast("Element", node)
            name = local(element.tag)
            if action == "start":
                if self._root is None:
                    self._root = element
                if name in PACKAGES or name == ROOT:
                    yield Found(name, element, self._lines_before)
            elif name in _PLACES and _is_record(name, element):
                self._under_way = 0
                yield Found(name, element, self._lines_before)

    def _fault(self, reason: str, its_line: int | None) -> TranslationFailed:
        line = (its_line or 0) + self._lines_before
        return TranslationFailed(reason, path=f"line {line}")


def _is_record(name: str, element: Element) -> bool:
    collection, owners = _PLACES[name]
    if collection is None:
        return True
    above = element.getparent()
    if above is None or local(above.tag) != collection:
        return False
    owner = above.getparent()
    return owner is not None and local(owner.tag) in owners


def _pruned(root: Element) -> bool:
    """Remove what was passed between root and the place under way; tell whether that is a record.

    The last child of each level is still open, and nothing of it or above it is touched.
    """
    node = root
    while len(node):
        if local(node.tag) in _WHOLE and _is_record(local(node.tag), node):
            return True
        if local(node.tag) in HEADED:
            for index, child in enumerate(list(node)[:-1]):
                if index >= KEPT or len(child):
                    node.remove(child)
        else:
            del node[:-1]
        node = node[-1]
    return local(node.tag) in _WHOLE
