"""Scaffold: a new connector's files, made of the template that the kit ships.

The template is a connector that works, with its double and its tests; its author replaces it piece
by piece and stays green. Its files carry the suffix ``.tmpl``, so that no tool takes them for
source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from gateway.ops.faults import Refused

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_SUFFIX = ".tmpl"
_PLACE = re.compile(r"@@(\w+)@@")
_ENTRY_POINTS = '[project.entry-points."gateway.connectors"]\n'
_ROOMS = {"room", "double", "tests", "double_tests"}


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What was made, and what to do next."""

    files: tuple[Path, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the rooms of the template go, and the package names by which they are imported."""

    folders: Mapping[str, str]
    packages: Mapping[str, str]
    with_package: bool


def write_package(name: str, to: Path, *, today: date) -> Scaffold:
    """Write a whole distribution of a third party below ``to``.

    Raises: ``Refused`` for a name that cannot be a key, or a folder that exists already.
    """
    _claim_name(name)
    root = to / f"{name.replace('_', '-')}-gateway"
    if root.exists():
        msg = f"{root.name} exists already: choose another folder with --to"
        raise Refused(msg)
    packages = {
        "room": f"{name}_gateway",
        "double": f"{name}_double",
        "tests": "tests",
        "double_tests": "tests",
    }
    made = _written(root, name, _Plan(packages, packages, with_package=True), today=today)
    steps = (
        f"cd {root}",
        "pip install --no-build-isolation --editable '.[test]'",
        "python -m pytest        # all green before you begin",
        f"gateway connector check {name}",
        *_common_steps(packages),
    )
    return Scaffold(made, steps)


def write_here(name: str, repository: Path, *, today: date) -> Scaffold:
    """Write a room of this repository: connector, double, tests, and the entry point's line.

    Raises: ``Refused`` outside a checkout, or for a name that is taken.
    """
    _claim_name(name)
    project = repository / "pyproject.toml"
    if not (repository / "connectors").is_dir() or not project.is_file():
        msg = "this is no checkout of the gateway: go to its root, or leave --here out"
        raise Refused(msg)
    folders = {
        "room": f"connectors/{name}",
        "double": f"mocks/{name}",
        "tests": f"tests/connectors/{name}",
        "double_tests": f"tests/mocks/{name}",
    }
    taken = [folder for folder in folders.values() if (repository / folder).exists()]
    if taken:
        msg = f"{taken[0]} exists already: choose another name"
        raise Refused(msg)
    packages = {room: folder.replace("/", ".") for room, folder in folders.items()}
    made = _written(repository, name, _Plan(folders, packages, with_package=False), today=today)
    text = project.read_text("utf-8")
    project.write_text(with_entry_point(text, name), "utf-8")
    steps = (
        "make setup    # the entry point is metadata: install again",
        "make format   # imports are sorted by the names that you chose",
        f"pytest tests/connectors/{name} tests/mocks/{name}    # all green before you begin",
        f"gateway connector check {name}",
        f"add `{name}` to DOUBLES in mocks/__main__.py",
        *_common_steps(packages),
    )
    return Scaffold(made, steps)


def with_entry_point(text: str, name: str) -> str:
    """Return a ``pyproject.toml`` with the connector's entry point, in alphabetical order."""
    head, found, rest = text.partition(_ENTRY_POINTS)
    if not found:
        msg = "pyproject.toml has no section of entry points for connectors"
        raise Refused(msg)
    block, gap, tail = rest.partition("\n\n")
    line = f'{name} = "connectors.{name}:CONNECTOR"'
    lines = sorted({*block.splitlines(), line})
    return head + found + "\n".join(lines) + gap + tail


def _common_steps(packages: Mapping[str, str]) -> tuple[str, ...]:
    room = packages["room"]
    return (
        f"describe your vendor in {room}: manifest, config, wire, errors, client, translator",
        f"let {packages['double']} answer as the vendor's reference says",
        "paste documented answers into the tests' fixtures; keep the conformance class green",
        "the way, step by step: docs/how-to/add-a-connector.md",
    )


def _claim_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        msg = "a connector's name is 2 to 31 lower-case letters, digits and _, a letter first"
        raise Refused(msg)


def _written(root: Path, name: str, plan: _Plan, *, today: date) -> tuple[Path, ...]:
    values = {
        "key": name,
        "dist": name.replace("_", "-"),
        "Class": "".join(part.title() for part in name.split("_")),
        "today": today.isoformat(),
        "today_call": f"date({today.year}, {today.month}, {today.day})",
        **plan.packages,
    }
    made: list[Path] = []
    for path, text in _templates():
        room, _, rest = path.partition("/")
        if room not in _ROOMS and not plan.with_package:
            continue
        place = f"{plan.folders[room]}/{rest}" if room in _ROOMS else path.removeprefix("package/")
        target = root / place
        if target.exists():  # the empty __init__ of tests that share a folder
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_PLACE.sub(lambda found: values[found.group(1)], text), "utf-8")
        made.append(target)
    return tuple(made)


def _templates() -> list[tuple[str, str]]:
    """Return path → text of the template, the suffix taken off."""
    root = files("gateway") / "testing" / "template"
    return sorted(_below(root, ""))


def _below(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one in folder.iterdir():
        if one.is_dir():
            found += _below(one, f"{prefix}{one.name}/")
        elif one.name.endswith(_SUFFIX):
            found.append((prefix + one.name.removesuffix(_SUFFIX), one.read_text("utf-8")))
    return found
