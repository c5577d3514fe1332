"""Patterns: the fields that a rule of ownership can be made for.

A pattern that no field has would never be looked up: the rule would be silently missing, and the
wrong system would win.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args, get_origin

from gateway.canonical import Canonical, Kind
from gateway.canonical.paths import MODELS

EVERYTHING = "*"


def is_pattern(kind: Kind, text: str) -> bool:
    """Tell whether fields of a kind can have this pattern; codes of attributes are free."""
    collection, _, last = text.rpartition("/")
    known = patterns(kind)
    return text == EVERYTHING or (bool(last) and (text in known or f"{collection}/" in known))


def nearest(kind: Kind, text: str) -> str | None:
    """Return the pattern that was probably meant."""
    found = get_close_matches(text, [one.rstrip("/") for one in patterns(kind)], n=1)
    return found[0] if found else None


@cache
def patterns(kind: Kind) -> tuple[str, ...]:
    """Return all patterns of a kind; one that ends in a slash goes on with any code."""
    return tuple(_below(MODELS[kind], ""))


def _below(model: type[Canonical], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name == model.KEY:
            continue  # it stands in the path itself, so that no value has it
        path = f"{prefix}{name}"
        yield path
        if get_origin(field.annotation) is dict:
            yield f"{path}/"
        part = _part(field.annotation)
        if part is not None:
            yield from _below(part, f"{path}/")


def _part(annotation: Any) -> type[Canonical] | None:  # noqa: ANN401 - a type form
    """Return the model that a field unfolds into, ``None`` for what is replaced as a whole."""
    is_tuple = get_origin(annotation) is tuple
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, Canonical):
            return None if option.LEAF or (is_tuple and not option.KEY) else option
    return None
