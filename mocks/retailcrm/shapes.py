"""Shapes: which fields an entity takes and how values are read; refusals name the path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mocks.retailcrm.refusals import EXTRA, INVALID

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

Reader = Callable[[Any], Any]


class Invalid(ValueError):
    """A value of the wrong form; ``errors`` maps field paths to texts."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep the errors by path; the empty path is the value itself."""
        super().__init__("invalid value")
        self.errors = dict(errors)


@dataclass(frozen=True)
class Shape:
    """An object: its writable fields and the read-only ones that are accepted and ignored."""

    fields: Mapping[str, Reader | Shape | Rows]
    read_only: frozenset[str] = frozenset()

    def read(self, raw: Any, *, strict: bool) -> dict[str, Any]:
        """Return the known fields, normalised; ``strict`` refuses unknown names."""
        if raw == []:
            raw = {}
        if not isinstance(raw, dict):
            raise Invalid({"": INVALID})
        result: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name, value in raw.items():
            reader = self.fields.get(name)
            if reader is None:
                if strict and name not in self.read_only:
                    errors[name] = EXTRA
                continue
            try:
                result[name] = None if value is None else _read(reader, value, strict=strict)
            except Invalid as error:
                errors.update({_path(name, rest): text for rest, text in error.errors.items()})
        if errors:
            raise Invalid(errors)
        return result


@dataclass(frozen=True)
class Rows:
    """A list (or, as PHP writes it, a map) of one kind of value."""

    of: Reader | Shape

    def read(self, raw: Any, *, strict: bool) -> list[Any]:
        """Return the rows, normalised; an error names the row's index."""
        rows = list(raw.values()) if isinstance(raw, dict) else raw
        if not isinstance(rows, list):
            raise Invalid({"": INVALID})
        result: list[Any] = []
        for index, row in enumerate(rows):
            try:
                result.append(_read(self.of, row, strict=strict))
            except Invalid as error:
                raise Invalid(
                    {_path(f"[{index}]", rest): text for rest, text in error.errors.items()}
                ) from None
        return result


def _read(reader: Reader | Shape | Rows, value: Any, *, strict: bool) -> Any:
    if isinstance(reader, Shape | Rows):
        return reader.read(value, strict=strict)
    return reader(value)


def _path(name: str, rest: str) -> str:
    if not rest:
        return name
    return f"{name}{rest}" if rest.startswith("[") else f"{name}.{rest}"


def text(value: Any) -> str:
    """A string; whole numbers are taken as their digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid({"": INVALID})
    return str(value)


def email(value: Any) -> str:
    """An e-mail address or the empty string."""
    result = text(value).strip()
    if result and not _EMAIL.fullmatch(result):
        raise Invalid({"": "This value is not a valid email address."})
    return result


def number(value: Any) -> float | int:
    """A JSON number; numeric strings are taken."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Invalid({"": INVALID})
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        raise Invalid({"": INVALID}) from None
    if not exact.is_finite():
        raise Invalid({"": INVALID})
    return plain(exact)


def amount(value: Any) -> float | int:
    """A number that is not negative."""
    result = number(value)
    if result < 0:
        raise Invalid({"": "This value should be greater than or equal to 0."})
    return result


def whole(value: Any) -> int:
    """A whole number."""
    result = number(value)
    if not isinstance(result, int):
        raise Invalid({"": INVALID})
    return result


def flag(value: Any) -> bool:
    """A boolean; PHP's 0 and 1 are taken."""
    if value in (True, 1, "1", "true"):
        return True
    if value in (False, 0, "0", "false", ""):
        return False
    raise Invalid({"": INVALID})


def moment(value: Any) -> str:
    """A naive ``Y-m-d H:i:s``, kept as sent."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise Invalid({"": INVALID})
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise Invalid({"": INVALID}) from None
    return value


def day(value: Any) -> str:
    """A ``Y-m-d``."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Invalid({"": INVALID})
    try:
        date.fromisoformat(value)
    except ValueError:
        raise Invalid({"": INVALID}) from None
    return value


def one_of(*codes: str) -> Reader:
    """Build a reader of one of the given codes."""

    def _choice(value: Any) -> str:
        if value not in codes:
            raise Invalid({"": INVALID})
        return str(value)

    return _choice


def mapping(value: Any) -> dict[str, Any]:
    """A free map; PHP's empty list counts as empty."""
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise Invalid({"": INVALID})
    return value


def anything(value: Any) -> Any:
    """A value kept as sent."""
    return value


def plain(value: Decimal) -> float | int:
    """Return a JSON number the way that PHP prints it: no fraction when there is none."""
    return int(value) if value == value.to_integral_value() else float(value)
