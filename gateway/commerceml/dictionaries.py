"""The dictionaries of a site (answer of ``mode=info``): statuses, pay systems, delivery services.

One of its tags begins with a Latin letter in the vendor's own language file, so both spellings are
read, and the vendor's is written. Source: vendor reference of Bitrix, section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from gateway.contract import TranslationFailed

from .markup import Encoding, box, leaf
from .nodes import Element, every, fields, local, text
from .source import Source, opened, pieces, prolog

DICTIONARY_LIMIT = 2**22
_ROOT = "Справочник"
_STATUSES = "Cтатусы"  # the first letter is Latin
_PAYMENTS = "ПлатежныеСистемы"
_DELIVERIES = "СлужбыДоставки"
_OTHER_ROOT = f"the root is not {_ROOT}"
_BROKEN = "the XML is broken"
_TOO_LARGE = f"the dictionaries take more than {DICTIONARY_LIMIT} bytes"


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """Names by id, as the site shows them."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    payments: Mapping[str, str] = field(default_factory=dict)
    deliveries: Mapping[str, str] = field(default_factory=dict)


def read_dictionaries(source: Source) -> Dictionaries:
    """Read the answer of ``info``. Raises ``TranslationFailed`` for what is none."""
    with opened(source) as stream:
        coming = pieces(stream)
        first = prolog(coming)
        if first.root != _ROOT:
            raise TranslationFailed(_OTHER_ROOT, path="line 1")
        data = first.start
        for piece in coming:
            data += piece
            if len(data) > DICTIONARY_LIMIT:
                raise TranslationFailed(_TOO_LARGE, path=_ROOT)
    parser = etree.XMLParser(
        encoding=first.encoding, resolve_entities=False, no_network=True, remove_comments=True,
        remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        path = f"line {(error.lineno or 0) + first.lines_before}"
        raise TranslationFailed(_BROKEN, path=path) from None
    found = {local(section.tag).replace("C", "С"): _named(section) for section in root}
    statuses = found.get(_STATUSES.replace("C", "С"), {})
    return Dictionaries(statuses, found.get(_PAYMENTS, {}), found.get(_DELIVERIES, {}))


def _named(section: Element) -> dict[str, str]:
    rows = (fields(row) for row in every(section, "Элемент"))
    named = ((text(row.get("Ид")), text(row.get("Название"))) for row in rows)
    return {id_: name or id_ for id_, name in named if id_}


def write_dictionaries(known: Dictionaries, encoding: Encoding = Encoding.WINDOWS_1251) -> bytes:
    """Write the answer of ``info`` as a site does."""
    sections = ((_STATUSES, known.statuses), (_PAYMENTS, known.payments))
    body = box(_ROOT, *(_section(*it) for it in (*sections, (_DELIVERIES, known.deliveries))))
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    return (declaration + body).encode(encoding, "xmlcharrefreplace")


def _section(name: str, known: Mapping[str, str]) -> str:
    rows = (box("Элемент", leaf("Ид", id_), leaf("Название", it)) for id_, it in known.items())
    return box(name, *rows)
