"""One vocabulary: every event that the gateway logs is explained where operators look it up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import gateway
import gateway.telemetry

ROOT = Path(gateway.__file__).parent
LEVELS = {"info", "warning", "error"}


def _logged(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        first = node.args[0] if node.args else None
        is_log = node.func.attr in LEVELS and isinstance(first, ast.Constant)
        if is_log and isinstance(first, ast.Constant) and "." in str(first.value):
            yield str(first.value)


def test_every_logged_event_is_in_the_vocabulary() -> None:
    """An operator meets an event in the log that nothing explains."""
    names = {
        name
        for path in ROOT.rglob("*.py")
        for name in _logged(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert len(names) > 20
    told = gateway.telemetry.__doc__ or ""
    assert sorted(name for name in names if f"``{name}``" not in told) == []
