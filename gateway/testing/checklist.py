"""Checklist: the exemptions of a connector stand in its ``quality.toml`` and nowhere else."""

from __future__ import annotations

import tomllib
from pathlib import Path


def exemptions(checklist: Path, way: str = "") -> dict[str, str]:
    """Return check → reason of the section ``[conformance]`` of a room's checklist.

    ``way`` adds the section ``[conformance.<way>]``: exemptions of the accounts of one profile.
    Raises: ``ValueError`` for an entry that is not ``{ exempt = "reason" }``.
    """
    section = tomllib.loads(checklist.read_text("utf-8")).get("conformance", {})
    entries = {name: entry for name, entry in section.items() if not _is_way(entry)}
    if way:
        entries |= section.get(way, {})
    found: dict[str, str] = {}
    for name, entry in entries.items():
        reason = entry.get("exempt") if isinstance(entry, dict) else None
        if not isinstance(reason, str) or not reason.strip():
            msg = f'conformance.{name}: write {{ exempt = "the reason" }}'
            raise ValueError(msg)
        found[name] = reason
    return found


def _is_way(entry: object) -> bool:
    if not isinstance(entry, dict) or not entry:
        return False
    return all(isinstance(one, dict) for one in entry.values())
