"""What callers send: queries, JSON, bracketed forms, names in any case (reference, 1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from mocks.loymax.clock import moment
from mocks.loymax.envelope import Refused, invalid

_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


class Query:
    """The query string: names fold, ``k``, ``k[]``, ``k[0]`` and ``k[][0]`` are one list."""

    def __init__(self, raw: str) -> None:
        """Parse ``raw``."""
        self._values: dict[str, list[str]] = {}
        for name, value in parse_qsl(raw, keep_blank_values=True):
            self._values.setdefault(name.partition("[")[0].lower(), []).append(value)

    def text(self, *names: str) -> str | None:
        """Return the first of these parameters that is not empty."""
        for name in names:
            for value in self._values.get(name.lower(), ()):
                if value:
                    return value
        return None

    def many(self, name: str) -> list[str]:
        """Return all values of a parameter."""
        return [value for value in self._values.get(name.lower(), ()) if value]

    def whole(self, name: str, default: int) -> int:
        """Return a whole number, not negative.

        Raises:
            Refused: any other value.
        """
        value = self.text(name)
        if value is None:
            return default
        if not value.isdecimal():
            raise invalid(name)
        return int(value)

    def date(self, name: str) -> datetime | None:
        """Return a date or date-time.

        Raises:
            Refused: any other value.
        """
        value = self.text(name)
        if value is None:
            return None
        try:
            # A plus sign that was not encoded arrives as a blank.
            return moment(value.replace(" ", "+") if "T" in value else value)
        except (ValueError, OverflowError):
            raise invalid(name) from None

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean."""
        value = self.text(name)
        return default if value is None else value.lower() == "true"


def paged(query: Query, rows: list[Any], prefix: str = "") -> list[Any]:
    """Cut ``from``/``count`` out of rows; ten by default, nothing past the end."""
    start, count = query.whole(f"{prefix}from", 0), query.whole(f"{prefix}count", 10)
    return rows[start : start + count]


def folded(value: Any) -> Any:
    """Return the JSON with all property names in lower case, their order kept."""
    if isinstance(value, dict):
        return {str(name).lower(): folded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [folded(item) for item in value]
    return value


def body_of(raw: bytes, content_type: str) -> Any:
    """Parse a body: JSON, or a form with bracket nesting; an empty one is an empty object.

    Raises:
        Refused: it is neither.
    """
    if not raw.strip():
        return {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
        return folded(_lists(_tree(pairs)))
    try:
        return folded(json.loads(raw))
    except ValueError:
        raise invalid(name="model") from None


def form_of(raw: bytes) -> dict[str, str]:
    """Parse the form of the token endpoint."""
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))


def _tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in pairs:
        path = [name.partition("[")[0], *_BRACKETS.findall(name)]
        node = root
        for key in path[:-1]:
            child = node.get(key)
            if not isinstance(child, dict):
                child = node[key] = {}
            node = child
        node[path[-1] or str(len(node))] = value
    return root


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(item) for key, item in node.items()}


def text_of(body: Mapping[str, Any], name: str) -> str | None:
    """Return a text property (name in any case); an empty one counts as absent.

    Raises:
        Refused: it is an object or an array.
    """
    value = body.get(name.lower())
    if value is None or value == "":
        return None
    if isinstance(value, dict | list):
        raise invalid(name)
    return "true" if value is True else "false" if value is False else str(value)


def needed(body: Mapping[str, Any], name: str) -> str:
    """Return a text property that must be there.

    Raises:
        Refused: it is absent.
    """
    value = text_of(body, name)
    if value is None:
        raise Refused(text=f"Не указан обязательный параметр {name}")
    return value


def date_of(body: Mapping[str, Any], name: str) -> datetime | None:
    """Return a date property.

    Raises:
        Refused: it is no date.
    """
    value = text_of(body, name)
    try:
        return None if value is None else moment(value)
    except (ValueError, OverflowError):
        raise invalid(name) from None


def whole_of(body: Mapping[str, Any], name: str, default: int = 0) -> int:
    """Return a whole number, not negative; a text of digits is taken too.

    Raises:
        Refused: anything else.
    """
    value = text_of(body, name)
    if value is None:
        return default
    if not value.isdecimal():
        raise invalid(name)
    return int(value)


def child(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object property; an absent one is empty.

    Raises:
        Refused: it is no object.
    """
    value = body.get(name.lower())
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(name)
    return value


def children(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return an array of objects; an absent one is empty.

    Raises:
        Refused: it is no array, or one of its items is no object.
    """
    value = body.get(name.lower())
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(name)
    return value


def wholes_of(body: Mapping[str, Any], name: str) -> tuple[int, ...]:
    """Return an array of whole numbers; an absent one is empty.

    Raises:
        Refused: it is no array, or one of its items is no number.
    """
    value = body.get(name.lower())
    if value is None:
        return ()
    if not isinstance(value, list):
        raise invalid(name)
    return tuple(whole_of({"one": one}, "one") for one in value)
