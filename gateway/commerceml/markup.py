"""Writing XML as text: tags, escaping, and what does not fit an encoding.

Files are written record by record without a tree. Characters that XML forbids are dropped,
characters that windows-1251 does not have become character references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum

from gateway.contract import TranslationFailed

from .values import version_number

ROOT = "КоммерческаяИнформация"
NAMESPACE = "urn:1C.ru:commerceml_2"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
_IN_TEXT = str.maketrans(_MARKS)
_IN_ATTRIBUTE = str.maketrans({**_MARKS, "\t": "&#9;", "\n": "&#10;"})
_PIECE = 65536
NAME_LIMIT = 255
VALUE_LIMIT = 1000
COMMENT_LIMIT = 3000
ID_LIMIT = 40


class Encoding(StrEnum):
    """Encodings of files: both are obeyed by all known readers."""

    UTF_8 = "UTF-8"
    WINDOWS_1251 = "windows-1251"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How a file is written.

    Shape: ``version`` is that of the schema, ``2.05`` to ``2.10``. ``made_at`` is aware; it is
    written in the mapping's zone. ``namespace`` ``None`` writes none, as sites do. ``byte_mark``
    puts a BOM before UTF-8. ``below`` puts payments and shipments of 2.10 below their order, where
    the schema has them; without it they are documents beside it, as sites write them.
    """

    version: str
    made_at: datetime
    encoding: Encoding = Encoding.UTF_8
    byte_mark: bool = False
    namespace: str | None = NAMESPACE
    below: bool = False

    @property
    def number(self) -> Decimal:
        """The version as receivers compare it: 2.10 is 2.1."""
        return version_number(self.version)


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a text without forbidden characters, trimmed and cut to what the schema admits."""
    return _FORBIDDEN.sub("", text).strip()[:limit].strip()


def leaf(name: str, text: str | None, limit: int = NAME_LIMIT) -> str:
    """Write an element with text; without a text it is empty, which says that there is none."""
    shown = clean(text or "", limit).translate(_IN_TEXT)
    return f"<{name}>{shown}</{name}>" if shown else f"<{name}/>"


def box(name: str, *content: str, attributes: Iterable[tuple[str, str]] = ()) -> str:
    """Write an element around what is written already."""
    return f"{opening(name, attributes)}{''.join(content)}</{name}>"


def opening(name: str, attributes: Iterable[tuple[str, str]] = ()) -> str:
    """Write an opening tag."""
    shown = "".join(
        f' {key}="{_FORBIDDEN.sub("", text).translate(_IN_ATTRIBUTE)}"' for key, text in attributes
    )
    return f"<{name}{shown}>"


def root(options: WriteOptions, zone: tzinfo, extra: Iterable[tuple[str, str]] = ()) -> str:
    """Write the opening tag of the root: version and local time, without a zone."""
    made_at = options.made_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
    space = [] if options.namespace is None else [("xmlns", options.namespace)]
    said = [*space, ("ВерсияСхемы", options.version), ("ДатаФормирования", made_at), *extra]
    return opening(ROOT, said)


def requisite(name: str, text: str | None) -> str:
    """Write one ``ЗначениеРеквизита``."""
    parts = leaf("Наименование", name), leaf("Значение", text, VALUE_LIMIT)
    return box("ЗначениеРеквизита", *parts)


def checked_id(text: str, limit: int, path: str) -> str:
    """Return an id that the schema admits. Ids are never cut: raises ``TranslationFailed``."""
    if not text or clean(text, limit) != text:
        reason = f"is no id of the format: 1 to {limit} characters without space around them"
        raise TranslationFailed(reason, path=path)
    return text


def encoded(texts: Iterable[str], options: WriteOptions) -> Iterator[bytes]:
    """Encode a file in pieces of moderate size, with its declaration before it."""
    waiting = [f'<?xml version="1.0" encoding="{options.encoding}"?>\n']
    size = 0
    mark = b"\xef\xbb\xbf" if options.byte_mark and options.encoding is Encoding.UTF_8 else b""
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= _PIECE:
            yield mark + "".join(waiting).encode(options.encoding, "xmlcharrefreplace")
            waiting, size, mark = [], 0, b""
    yield mark + "".join(waiting).encode(options.encoding, "xmlcharrefreplace")
