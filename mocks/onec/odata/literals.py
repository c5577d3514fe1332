"""Literals of addresses and conditions, and words of an expression (reference, section 1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mocks.onec.odata.errors import bad_value

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<guid>guid'[^']*')
    | (?P<date>datetime'[^']*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[^\W\d]\w*|\*)
    | (?P<sign>[(),/:=])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A word: ``kind`` is guid, date, string, number, name or sign, ``value`` its meaning."""

    kind: str
    value: Any


class Unreadable(Exception):
    """The text has a word that is no part of the language."""


def tokens(text: str) -> list[Token]:
    """Cut a text into words.

    Raises:
        Unreadable: a character that begins no word.
        ODataRefused: a GUID or date literal that is none (code 1).
    """
    found: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise Unreadable
        position = match.end()
        found.append(_token(match.lastgroup, match.group(match.lastgroup)))
    return found


def _token(kind: str, word: str) -> Token:
    if kind == "guid":
        return Token(kind, guid(word[5:-1]))
    if kind == "date":
        return Token(kind, date(word[9:-1]))
    if kind == "string":
        return Token(kind, word[1:-1].replace("''", "'"))
    if kind == "number":
        return Token(kind, float(word) if "." in word else int(word))
    return Token(kind, word)


def guid(text: str) -> str:
    """Return a GUID in lower case.

    Raises:
        ODataRefused: the text is none (code 1).
    """
    if not _GUID.fullmatch(text):
        raise bad_value(text)
    return text.lower()


def date(text: str) -> str:
    """Return a date-time of whole seconds without a zone as it came.

    Raises:
        ODataRefused: the text is none (code 1).
    """
    if not _DATE.fullmatch(text):
        raise bad_value(text)
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_value(text) from error
    return text


def number(value: float) -> float:
    """Return a number of at most four decimals, whole ones as int: it travels without ``.0``."""
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
