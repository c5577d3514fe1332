"""Overtaken: whether the vendor's copy changed just where we are about to change it. Pure.

Other lines, and other fields of the same line, are nobody's conflict: an edit leaves them alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

PRICES = frozenset({"base_price", "price"})
"""Told together, so a change of one is a change of both."""

_UNSAID = ("/sort", "/name")
"""The vendor gives back no order of lines, and products by its own names."""

_MARKER = 2


def overtaken(
    there: Mapping[str, Any],
    base: Mapping[str, Any],
    wanted: Mapping[str, Any],
    changed: Collection[str],
) -> bool:
    """Compare field paths of lines and payments.

    Shape: ``there`` is what the vendor says now, ``base`` what it was known to hold; a field of
    which it says nothing that can be read is left to us. True as well when an item is gone there
    of which a field is to change here.
    """
    ours = {_unit(path) for path in changed if not path.endswith("/sort")}
    touched_items = {_item(unit) for unit in ours}
    gone = any(
        value is True and path not in there and path in wanted and path in touched_items
        for path, value in base.items()
    )
    return gone or any(
        not _same(value, base.get(path)) and not _same(value, wanted.get(path))
        for path, value in there.items()
        if not path.endswith(_UNSAID) and (_unit(path) in ours or _item(path) in ours)
    )


def _item(path: str) -> str:
    return "/".join(path.split("/")[:_MARKER])


def _unit(path: str) -> str:
    """Return the smallest thing that is written at once: a field of an item, or the item."""
    parts = path.split("/")
    unit = parts[: _MARKER + 1]
    if len(unit) > _MARKER and unit[_MARKER] in PRICES:
        unit[_MARKER] = "price"
    return "/".join(unit)


def _same(one: object, other: object) -> bool:
    """Compare leaves; ``None`` and an empty list are no value."""
    return (None if one == [] else one) == (None if other == [] else other)
