"""Field tables of the ``sale`` and ``catalog`` entities.

Type, flags and the value of a fresh row (reference 2).

One line per field: name, type, flags (``ro`` read-only, ``imm`` set at creation only, ``req``
required) and default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mocks.bitrix.clock import SiteClock

_DEFAULTS: Mapping[str, Any] = {
    "null": None,
    "''": "",
    "0": 0,
    "z": "0",
    "N": "N",
    "Y": "Y",
    "D": "D",
    "100": 100,
    "500": 500,
    "1": 1,
    "[]": [],
}


@dataclass(frozen=True)
class Field:
    """One field of an entity."""

    name: str
    type: str
    is_read_only: bool
    is_immutable: bool
    is_required: bool
    default: Any

    def described(self) -> dict[str, Any]:
        """Return the entry that ``*.getfields`` shows."""
        return {
            "isImmutable": self.is_immutable,
            "isReadOnly": self.is_read_only,
            "isRequired": self.is_required,
            "type": self.type,
        }


Fields = Mapping[str, Field]


def table(text: str) -> Fields:
    """Read a field table from its lines."""
    found: dict[str, Field] = {}
    for line in text.strip().splitlines():
        name, kind, flags, default = line.split()
        marks = set(flags.split(","))
        found[name] = Field(
            name, kind, "ro" in marks, "imm" in marks, "req" in marks, _DEFAULTS[default]
        )
    return found


def fresh(fields: Fields) -> dict[str, Any]:
    """Return a row that holds every field's default."""
    return {
        name: list(field.default) if isinstance(field.default, list) else field.default
        for name, field in fields.items()
    }


def number(value: object) -> int | float:
    """Return a number as PHP prints it.

    Whole doubles without a fraction. Unreadable text counts as 0.
    """
    try:
        read = round(float(str(value)), 4)
    except ValueError:
        return 0
    return int(read) if read.is_integer() else read


def whole(value: object) -> int:
    """Return an int as PHP's cast reads it: leading digits, otherwise 0."""
    if isinstance(value, bool):
        return int(value)
    text = str(value).strip()
    digits = text[1:] if text[:1] in {"-", "+"} else text
    length = next((index for index, char in enumerate(digits) if not char.isdigit()), len(digits))
    return (-1 if text.startswith("-") else 1) * int(digits[:length]) if length else 0


def coerce(field: Field, value: object, clock: SiteClock) -> tuple[bool, Any]:
    """Read a sent value as the field's type.

    The first item is False when the value is to be skipped.

    An empty or unreadable date is skipped without a word (reference 1.2).
    """
    if field.type in {"datetime", "date"}:
        read = clock.read(value)
        return read is not None, read
    if value is None or (value == "" and field.type in {"integer", "double"}):
        return True, None
    if field.type == "integer":
        return True, whole(value)
    if field.type == "double":
        return True, number(value)
    if isinstance(value, bool) and field.type == "char":
        return True, "Y" if value else "N"
    return True, value if isinstance(value, (list, dict)) else str(value)


def writable(
    fields: Fields, sent: Mapping[str, Any], clock: SiteClock, *, adding: bool
) -> dict[str, Any]:
    """Return what a write may change.

    Read-only, immutable (on update) and unknown keys vanish without an error.
    """
    taken: dict[str, Any] = {}
    for name, value in sent.items():
        field = fields.get(name)
        if field is None or field.is_read_only or (field.is_immutable and not adding):
            continue
        use, read = coerce(field, value, clock)
        if use:
            taken[name] = read
    return taken


def missing(
    fields: Fields, sent: Mapping[str, Any], *, adding: bool, skip: Iterable[str] = ()
) -> list[str]:
    """Return the required fields that a write lacks.

    Those not immutable are required in updates too.
    """
    skipped = set(skip)
    return [
        name
        for name, field in fields.items()
        if field.is_required
        and name not in skipped
        and (adding or not field.is_immutable)
        and sent.get(name) in (None, "")
    ]


def described(fields: Fields) -> dict[str, Any]:
    """Return the answer of ``*.getfields``."""
    return {name: field.described() for name, field in fields.items()}
