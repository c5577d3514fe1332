"""Checklist: the exemptions of a connector stand in its ``quality.toml`` and nowhere else."""

from __future__ import annotations

import tomllib
from pathlib import Path


def exemptions(checklist: Path) -> dict[str, str]:
    """Return check → reason of the section ``[conformance]`` of a room's checklist.

    Raises: ``ValueError`` for an entry that is not ``{ exempt = "reason" }``.
    """
    section = tomllib.loads(checklist.read_text("utf-8")).get("conformance", {})
    found: dict[str, str] = {}
    for name, entry in section.items():
        reason = entry.get("exempt") if isinstance(entry, dict) else None
        if not isinstance(reason, str) or not reason.strip():
            msg = f'conformance.{name}: write {{ exempt = "the reason" }}'
            raise ValueError(msg)
        found[name] = reason
    return found
