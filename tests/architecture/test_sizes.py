"""Size rules: what does not fit a few screens is split, or is a debt that only shrinks."""

from __future__ import annotations

import ast
import tomllib
from typing import TYPE_CHECKING

from tests.architecture.sources import ALL_ROOTS, REPOSITORY, definitions, modules

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULE_LINES = 300
MODULE_LINES_WITH_DEBT = 400
FUNCTION_LINES = 40
PUBLIC_METHODS = 12


def _debt(kind: str) -> dict[str, int]:
    document = tomllib.loads((REPOSITORY / "tests/architecture/debt.toml").read_text("utf-8"))
    return {str(name): int(size) for name, size in document[kind].items()}


def _complaints(sizes: Mapping[str, int], *, limit: int, debt: Mapping[str, int]) -> list[str]:
    """What is too large beyond its debt, and which debts are paid and must leave the list."""
    grown = [
        f"{name} has {size}, at most {max(limit, debt.get(name, 0))} allowed"
        for name, size in sizes.items()
        if size > max(limit, debt.get(name, 0))
    ]
    paid = [
        f"{name} is within {limit} now: remove it from debt.toml"
        for name in debt
        if sizes.get(name, 0) <= limit
    ]
    return grown + paid


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, less the docstring: writing promises down costs nothing."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is None:
        return lines
    docstring = node.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def _public_methods(node: ast.ClassDef) -> int:
    """Distinct public names defined as functions; the tests of a shipped suite do not count."""
    names = {
        child.name
        for child in node.body
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    return sum(not name.startswith(("_", "test_")) for name in names)


def test_modules_are_short() -> None:
    """A module longer than 300 lines holds more than one noun."""
    sizes = {module.path: module.lines for module in modules(*ALL_ROOTS)}
    assert _complaints(sizes, limit=MODULE_LINES, debt=_debt("modules")) == []


def test_no_debt_excuses_a_module_of_400_lines() -> None:
    """A module beyond the hard limit would hide behind its entry in the debt list."""
    sizes = {module.path: module.lines for module in modules(*ALL_ROOTS)}
    assert {path: n for path, n in sizes.items() if n > MODULE_LINES_WITH_DEBT} == {}


def test_functions_are_short() -> None:
    """A function longer than 40 lines does several things under one name."""
    sizes = {
        found.where: _code_lines(found.node)
        for found in definitions(*ALL_ROOTS)
        if not isinstance(found.node, ast.ClassDef)
    }
    assert _complaints(sizes, limit=FUNCTION_LINES, debt=_debt("functions")) == []


def test_classes_are_narrow() -> None:
    """A class with more than 12 public methods is several roles in one object."""
    sizes = {
        found.where: _public_methods(found.node)
        for found in definitions(*ALL_ROOTS)
        if isinstance(found.node, ast.ClassDef)
    }
    assert _complaints(sizes, limit=PUBLIC_METHODS, debt=_debt("classes")) == []


def test_a_debt_may_shrink_but_not_grow() -> None:
    """The list would stop working if growth passed or if paid debts stayed in it."""
    assert _complaints({"a": 9}, limit=5, debt={"a": 9}) == []
    assert _complaints({"a": 10}, limit=5, debt={"a": 9}) == ["a has 10, at most 9 allowed"]
    assert _complaints({"b": 6}, limit=5, debt={}) == ["b has 6, at most 5 allowed"]
    assert _complaints({"a": 5}, limit=5, debt={"a": 9}) == [
        "a is within 5 now: remove it from debt.toml"
    ]
