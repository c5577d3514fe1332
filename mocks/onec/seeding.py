"""Loading a state through the side door, without registration of changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.onec.infobase import Infobase


def seed(infobase: Infobase, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Load rows: ``{"rows": {"Catalog_Партнеры": [{…}, …]}}``; return how many per entity."""
    counts: dict[str, int] = {}
    for name, rows in body.get("rows", {}).items():
        for row in rows:
            infobase.create(name, row)
        counts[name] = len(rows)
    return counts
