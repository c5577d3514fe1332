"""Touched: which parts of an entity a change is about, so that an edit writes nothing else.

People work in the CRM while changes are under way. A field that is sent without having changed here
would undo what they did to it. A creation passes the names of whole parts: they touch all in them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import unquote

WHOLE = ""
"""Stands among an item's touched fields for the item itself: it is new or gone."""


def touches(changed: Collection[str], path: str) -> bool:
    """Tell whether the field at ``path``, something in it or something around it changed."""
    return any(
        one == path or one.startswith(f"{path}/") or path.startswith(f"{one}/") for one in changed
    )


def touched_items(changed: Iterable[str], collection: str) -> dict[str, frozenset[str]]:
    """Return the touched items of a collection. Shape: id → first names of its changed fields."""
    found: dict[str, set[str]] = {}
    for path in changed:
        name, _, rest = path.partition("/")
        if name == collection and rest:
            key, _, field = rest.partition("/")
            found.setdefault(unquote(key), set()).add(field.partition("/")[0])
    return {key: frozenset(fields) for key, fields in found.items()}
