"""One vocabulary: whatever is logged is explained where operators look it up, key by key."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.telemetry.reference import pages
from gateway.telemetry.vocabulary import COMMON, EVENTS
from tests.architecture.sources import REPOSITORY, modules

LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
SPREAD = {"retention.purged"}
"""Events whose keys are known only when they are logged; see the test of retention."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One call of a logger."""

    where: str
    level: str
    event: str | None
    keys: frozenset[str]
    spreads: bool


def _is_log(node: ast.AST) -> bool:
    """Tell whether an expression names a logger: ``log``, ``self._log``, ``part.log``."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.strip("_") in {"log", "logger"} or name.endswith("_log")


def _logged() -> Iterator[Logged]:
    for module in modules("gateway", "connectors"):
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in LEVELS or not _is_log(node.func.value):
                continue
            for event in _events(node.args):
                yield Logged(
                    f"{module.path}:{node.lineno}",
                    node.func.attr,
                    event,
                    frozenset(keyword.arg for keyword in node.keywords if keyword.arg),
                    any(keyword.arg is None for keyword in node.keywords),
                )


def _events(arguments: list[ast.expr]) -> list[str | None]:
    """Return the names in a call: one, or two to choose from; ``None`` for anything else."""
    first = arguments[0] if len(arguments) == 1 else None
    chosen = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
    return [
        one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None
        for one in chosen
    ]


def test_every_logged_event_is_in_the_vocabulary_with_its_level_and_keys() -> None:
    """An operator meets an event or a key in the log that nothing explains."""
    found = list(_logged())
    assert len(found) > 60
    wrong = []
    for one in found:
        event = EVENTS.get(one.event or "")
        if event is None or event.level != one.level:
            wrong.append(f"{one.where} {one.level} {one.event}")
        elif one.spreads is not (one.event in SPREAD):
            wrong.append(f"{one.where} {one.event} spreads keys")
        else:
            unknown = one.keys - event.keys - set(COMMON)
            wrong += [f"{one.where} {one.event} {key}" for key in sorted(unknown)]
    assert wrong == []


def test_the_vocabulary_holds_nothing_that_is_not_logged() -> None:
    """An operator would watch for an event that never comes, or look for a key in vain."""
    logged: dict[str, set[str]] = {}
    for one in _logged():
        logged.setdefault(one.event or "", set()).update(one.keys)
    assert sorted(set(EVENTS) - set(logged)) == []
    unused = {
        name: left
        for name, event in EVENTS.items()
        if name not in SPREAD and (left := event.keys - logged[name])
    }
    assert unused == {}


def test_events_are_named_alike_and_meant_in_one_sentence() -> None:
    """A search by the first word must find all of a kind."""
    for name, event in EVENTS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", name), name
        assert event.meaning.endswith("."), name


def test_bound_keys_are_common_ones() -> None:
    """A key that is bound to a logger stands in every line that it writes."""
    bound = {
        keyword.arg
        for module in modules("gateway", "connectors")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"bind", "new"} and _is_log(node.func.value)
        for keyword in node.keywords
    }
    assert bound
    assert bound <= set(COMMON)


def test_the_reference_is_up_to_date() -> None:
    """The page that operators read is made of the same data; run ``make reference``."""
    folder = REPOSITORY / "docs/reference"
    assert {name: (folder / name).read_text("utf-8") for name in pages()} == dict(pages())
