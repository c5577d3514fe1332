"""Hygiene of the tree: what files may say, where tests live and what each test must tell."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.sources import REPOSITORY, definitions, tracked_texts

# Spelled in pieces, so that this file passes its own rule.
PACKAGE_INDEX = r"|".join(
    (
        r"py" r"pi\.org",
        r"python" r"hosted",
        r"registry\." r"npmjs",
        r"--(extra-)?" r"index-url [^-]",
    )
)
MACHINE_PATH = r"(?<![\w.~-])/" r"(work|root|home|tmp|opt|Users)/" r"\w"
FORBIDDEN = (
    pytest.param(PACKAGE_INDEX, id="package index"),
    pytest.param(MACHINE_PATH, id="machine path"),
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
    """Without ``__init__.py`` pytest imports ``tests/gateway`` as ``gateway`` and hides the product."""
    folders = {file.parent for file in (REPOSITORY / "tests").rglob("*.py")}
    folders |= {parent for folder in folders for parent in folder.relative_to(REPOSITORY).parents}
    inside = {REPOSITORY / folder for folder in folders if "tests" in (REPOSITORY / folder).parts}
    assert sorted(str(f) for f in inside if not (f / "__init__.py").is_file()) == []


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
