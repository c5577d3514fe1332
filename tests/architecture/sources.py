"""The source tree as data: its modules, parsed once, for the rules beside this module."""

from __future__ import annotations

import ast
import gc
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PRODUCT_ROOTS = ("gateway", "connectors", "mocks")
ALL_ROOTS = (*PRODUCT_ROOTS, "tests", "benchmarks")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: its path from the repository, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """Physical lines."""
        return len(self.text.splitlines())


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class together with where it stands, as ``path::Outer.inner``."""

    where: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def modules(*roots: str) -> tuple[Module, ...]:
    """Every module below the roots, sorted by path; a root that does not exist yet has none."""
    return tuple(module for root in roots for module in _modules(root))


@cache
def _modules(root: str) -> tuple[Module, ...]:
    found = []
    gc.disable()  # millions of nodes that all stay: looking through them costs more than parsing
    for file in sorted((REPOSITORY / root).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        path = file.relative_to(REPOSITORY).as_posix()
        found.append(Module(path, text, ast.parse(text, path)))
    gc.freeze()
    gc.enable()
    return tuple(found)


@cache
def definitions(*roots: str) -> tuple[Definition, ...]:
    """Every function and class below the roots, nested ones included."""
    return tuple(
        definition
        for module in modules(*roots)
        for definition in _below(module.tree, f"{module.path}::")
    )


def _below(node: ast.AST, prefix: str) -> list[Definition]:
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            where = f"{prefix}{child.name}"
            found += [Definition(where, child), *_below(child, f"{where}.")]
        else:
            found += _below(child, prefix)
    return found


@cache
def tracked_texts() -> tuple[tuple[str, str], ...]:
    """Path and text of every tracked text file; outside a checkout, of every file of the roots."""
    git = shutil.which("git")
    if git and (REPOSITORY / ".git").exists():
        command = [git, "-C", str(REPOSITORY), "ls-files", "-z"]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        paths = [REPOSITORY / name for name in listing.split("\0") if name]
    else:
        paths = [file for root in ALL_ROOTS for file in (REPOSITORY / root).rglob("*")]
    found = []
    for path in paths:
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found.append((path.relative_to(REPOSITORY).as_posix(), text))
    return tuple(found)
