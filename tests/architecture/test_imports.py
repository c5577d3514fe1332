"""Import rules that import-linter cannot see: dynamic imports and a parent importing its child."""

from __future__ import annotations

import ast

from tests.architecture.sources import PRODUCT_ROOTS, REPOSITORY, modules

DYNAMIC = frozenset({"import_module", "__import__", "resolve_name", "load_module", "exec_module"})
ALLOWED = frozenset(
    {
        "gateway/registry.py",  # finds connectors by entry point
        "mocks/__main__.py",  # starts the doubles named on its command line, its own rooms only
    }
)


def _dynamic_imports(tree: ast.Module) -> list[int]:
    """Lines that call something which imports by a name made at run time."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in DYNAMIC:
            lines.append(node.lineno)
    return lines


def test_only_registries_import_by_name() -> None:
    """A dynamic import elsewhere would carry an arrow that no import contract sees."""
    found = [
        f"{module.path}:{line}"
        for module in modules(*PRODUCT_ROOTS)
        if module.path not in ALLOWED
        for line in _dynamic_imports(module.tree)
    ]
    assert found == []


def test_dynamic_imports_are_recognised() -> None:
    """The rule above would pass on anything if it recognised no spelling of a dynamic import."""
    spellings = "importlib.import_module('a')\nimport_module('a')\n__import__('a')\nlen('a')\n"
    assert _dynamic_imports(ast.parse(spellings)) == [1, 2, 3]


def test_the_root_of_connectors_holds_a_docstring_only() -> None:
    """Code there could import a vendor's room, which the independence contract does not see."""
    root = ast.parse((REPOSITORY / "connectors/__init__.py").read_text("utf-8"))
    assert ast.get_docstring(root)
    assert len(root.body) == 1


def test_every_root_is_a_typed_package() -> None:
    """Without the marker, type checkers of plug-ins would see the contract as untyped."""
    assert [root for root in PRODUCT_ROOTS if not (REPOSITORY / root / "py.typed").is_file()] == []
