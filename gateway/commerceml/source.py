"""Bytes of a file before the parser: its prolog, its encoding, and what XML forbids.

The prolog is looked at before a parser sees a byte: a document type definition is refused, and only
encodings in which ``<`` is one byte are admitted, so that none can hide behind another encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from gateway.contract import TranslationFailed

Source: TypeAlias = "Path | BinaryIO"
"""A file, or a binary stream, which is read to its end and not closed."""

PIECE = 65536
PROLOG_LIMIT = 65536
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_LINE_END = b"\n"
_HAS_DTD = "a document type definition is refused"
_NO_XML = "the file is no XML"
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r")
_TO_SPACE = bytes.maketrans(_CONTROL, b" " * len(_CONTROL))
_SKIPPED = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_NAME = re.compile(rb"<([^\s/>]+)[\s/>]")
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "windows-1251": "windows-1251", "cp1251": "windows-1251", "cp-1251": "windows-1251",
}  # fmt: skip


class Prolog(NamedTuple):
    """What stands before the root. Shape: ``start`` are the bytes from the declaration on."""

    encoding: str
    root: str
    lines_before: int
    start: bytes


def opened(source: Source) -> AbstractContextManager[BinaryIO]:
    """Open a path; leave a stream as it is, for whoever opened it to close."""
    return source.open("rb") if isinstance(source, Path) else nullcontext(source)


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Go through the rest of a stream; control characters, which XML forbids, become spaces."""
    while piece := stream.read(PIECE):
        yield piece.translate(_TO_SPACE)


def prolog(coming: Iterator[bytes]) -> Prolog:
    """Take from ``coming`` as much as the prolog needs.

    Raises ``TranslationFailed`` for what is no XML, has a DTD, or is in another encoding.
    """
    seen = b""
    for piece in coming:
        seen += piece
        found = _prolog(seen)
        if found is not None:
            return found
        if len(seen) > PROLOG_LIMIT:
            break
    reason = (
        "the file is empty" if not seen.strip(_BOM + _BLANK) else "the file has no root element"
    )
    raise TranslationFailed(reason, path="line 1")


def _prolog(seen: bytes) -> Prolog | None:
    start = seen.lstrip(_BOM + _BLANK)
    lead = seen[: len(seen) - len(start)]
    at = 0
    while skipped := _SKIPPED.match(start, at):
        at = skipped.end()
    head = start[at : at + 4]
    if head.startswith((b"<?", b"<!--")) or b"<!--".startswith(head):
        return None
    line = f"line {lead.count(_LINE_END) + start.count(_LINE_END, 0, at) + 1}"
    if head.startswith(b"<!"):
        raise TranslationFailed(_HAS_DTD, path=line)
    if not head.startswith(b"<"):
        raise TranslationFailed(_NO_XML, path=line)
    name = _NAME.match(start, at)
    if name is None:
        return None
    encoding = _encoding(start[:at], has_mark=_BOM in lead)
    root = name[1].decode(encoding, "replace").rpartition(":")[2]
    return Prolog(encoding, root, lead.count(_LINE_END), start)


def _encoding(declaration: bytes, *, has_mark: bool) -> str:
    declared = _DECLARED.match(declaration)
    if has_mark or declared is None:
        return "utf-8"
    encoding = _ENCODINGS.get(declared[1].decode("ascii").lower())
    if encoding is None:
        reason = "the declared encoding is neither UTF-8 nor windows-1251"
        raise TranslationFailed(reason, path="line 1, encoding")
    return encoding
