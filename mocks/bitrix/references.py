"""References between the commands of a batch: ``$result[key][field]`` (reference 1.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")


def resolved(value: Any, results: Mapping[Any, Any], *, keeps_missing: bool) -> Any:
    """Put earlier results in the place of ``$result[key][field]``.

    A missing one is an empty text, or stays as written (switch S11).
    """
    if isinstance(value, dict):
        return {
            key: resolved(item, results, keeps_missing=keeps_missing) for key, item in value.items()
        }
    if isinstance(value, list):
        return [resolved(item, results, keeps_missing=keeps_missing) for item in value]
    if not isinstance(value, str) or "$result" not in value:
        return value
    alone = _REFERENCE.fullmatch(value)
    if alone:
        found = _looked_up(alone.group(1), results)
        return value if found is None and keeps_missing else _or_empty(found)

    def _text(match: re.Match[str]) -> str:
        found = _looked_up(match.group(1), results)
        return match.group(0) if found is None and keeps_missing else str(_or_empty(found))

    return _REFERENCE.sub(_text, value)


def _or_empty(found: Any) -> Any:
    return "" if found is None else found


def _looked_up(path: str, results: Any) -> Any:
    node = results
    for segment in re.findall(r"\[([^\]]*)\]", path):
        if isinstance(node, dict):
            node = node.get(segment, node.get(int(segment)) if segment.isdigit() else None)
        elif isinstance(node, list) and segment.isdigit() and int(segment) < len(node):
            node = node[int(segment)]
        else:
            node = None
        if node is None:
            return None
    return node
