"""Switches: settings that the side door changes while a double runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar, get_type_hints

S = TypeVar("S")


def switched(
    settings: S,
    body: Mapping[str, Any],
    known: Collection[str],
    checked: Callable[[str, Any, Any], Any],
) -> S:
    """Return the settings with the switches of ``body`` set; ``checked`` reads a value by its type.

    Raises:
        ValueError: an unknown switch or value; the text lists what is accepted.
    """
    hints = get_type_hints(type(settings))
    values: dict[str, Any] = {}
    for name, value in body.items():
        if name not in known:
            msg = f"no switch is called {name}; known are {', '.join(sorted(known))}"
            raise ValueError(msg)
        values[name] = checked(name, value, hints[name])
    # Settings are dataclasses; a bound that says so would need a private type.
    changed: S = replace(settings, **values)  # type: ignore[type-var]
    return changed
