"""Answers: one attribute in the one form in which its question holds it. Pure."""

from __future__ import annotations

import math
from decimal import Decimal

from .config import AttributeQuestion
from .values import day_of

SEPARATOR = ","
"""Stands between the words of several options; no word of an option has it."""
_FLAGS = {"true": "true", "1": "true", "false": "false", "0": "false"}


def fitting(one: AttributeQuestion, text: str) -> str | None:
    """Return an attribute as its question holds it, ``None`` for what it cannot hold.

    What is returned fits as it is. Units: a day is ``yyyy-MM-dd``, a number has a dot and no
    exponent (vendor reference, 5.5: the form of days is unconfirmed, that of numbers is not told).
    """
    match one.kind:
        case "int":
            return _whole(text)
        case "double":
            return _number(text)
        case "boolean":
            return _FLAGS.get(text.strip().lower())
        case "date":
            day = day_of(text.strip())
            return day.isoformat() if day is not None else None
        case "select" | "select_many":
            return _chosen(one, text)
        case "string":
            return text.strip() or None


def _chosen(one: AttributeQuestion, text: str) -> str | None:
    """Return words of options, each once and in the order of the configuration."""
    words = {word.strip() for word in text.split(SEPARATOR)}
    chosen = [word for word in one.options if word in words]
    fits = len(chosen) == len(words) and (len(chosen) == 1 or one.kind == "select_many")
    return SEPARATOR.join(chosen) if fits else None


def _whole(text: str) -> str | None:
    try:
        return None if "_" in text else str(int(text))
    except ValueError:
        return None


def _number(text: str) -> str | None:
    """Return a number as the double that the vendor calls it, shortest form."""
    try:
        number = float("" if "_" in text else text.replace(",", "."))
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    # Zero has no sign, and a whole number no dot.
    plain = format(Decimal(repr(number + 0.0)), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
