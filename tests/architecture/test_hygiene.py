"""Hygiene of the tree: what files may say, where tests live and what each test must tell."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.sources import REPOSITORY, definitions, tracked_texts

# One letter of each word stands in brackets, so that this file passes its own rule.
FORBIDDEN = (
    pytest.param(
        r"pyp[i]\.org|python[h]osted|registry\.np[m]js|--(extra-)?inde[x]-url[ =]",
        id="package index",
    ),
    pytest.param(r"(?<![\w.~-])/(work|root|home|tmp|opt|Users)/\w", id="machine path"),
)


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_file_names_a_package_index_or_a_path_of_one_machine(pattern: str) -> None:
    """A lock or script that names a host or a local path works on one machine only."""
    expression = re.compile(pattern)
    found = [
        f"{path}: {match.group()}"
        for path, text in tracked_texts()
        for match in expression.finditer(text)
    ]
    assert found == []


def test_every_test_folder_is_a_package() -> None:
    """Without ``__init__.py`` pytest takes ``tests/gateway`` for the product itself."""
    tests = REPOSITORY / "tests"
    folders = {
        folder
        for file in tests.rglob("test_*.py")
        for folder in file.parents
        if folder.is_relative_to(tests)
    }
    assert [str(f) for f in sorted(folders) if not (f / "__init__.py").is_file()] == []


def test_every_test_says_what_would_be_wrong() -> None:
    """A test without a docstring leaves the reader of its failure to guess what broke."""
    silent = [
        found.where
        for found in definitions("tests")
        if isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and found.node.name.startswith("test_")
        and not ast.get_docstring(found.node)
    ]
    assert silent == []
