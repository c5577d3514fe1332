"""Quality of the rooms: each has the files of its plan and a checklist that says what is so."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.testing import exemptions
from tests.architecture.sources import REPOSITORY

ROOMS = sorted(
    one.parent for one in (REPOSITORY / "connectors").glob("*/__init__.py") if one.is_file()
)
TIERS = {
    "bronze": (
        "manifest_true", "config_refused_before_start", "conformance_green_on_the_double",
        "readme_sources",
    ),
    "silver": (
        "rate_limit_honoured", "park_on_auth_failure", "outcome_look_up", "webhook_signature",
    ),
    "gold": (
        "reconciliation_report", "fault_matrix_green", "redacted_diagnostics", "operator_how_to",
    ),
    "platinum": ("strict_typing", "property_tested_translators", "measured_throughput"),
}  # fmt: skip
ALWAYS = ("__init__.py", "manifest.py", "connector.py", "README.md", "quality.toml")
CALLING = ("config", "wire", "errors", "client", "translator")
"""Modules of a room that calls a vendor; several protocols or kinds make ``client_soap`` of one."""


@cache
def checklist(room: Path) -> dict[str, Any]:
    """Return a room's checklist."""
    return tomllib.loads((room / "quality.toml").read_text("utf-8"))


def faults(document: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a checklist."""
    found = [f"{tier}: no such tier" for tier in document if tier not in {*TIERS, "conformance"}]
    for tier, rules in TIERS.items():
        entries = document.get(tier, {})
        if not entries and tier not in {"bronze", "silver"}:
            continue  # the higher tiers may be left out as a whole
        found += [f"{tier}.{rule}: missing" for rule in rules if rule not in entries]
        found += [f"{tier}.{rule}: no such rule" for rule in entries if rule not in rules]
        found += [
            f'{tier}.{rule}: write "done", "todo" or {{ exempt = "reason" }}'
            for rule, entry in entries.items()
            if not _is_entry(entry)
        ]
    return found


def _is_entry(entry: object) -> bool:
    if isinstance(entry, dict):
        reason = entry.get("exempt")
        return set(entry) == {"exempt"} and isinstance(reason, str) and bool(reason.strip())
    return entry in {"done", "todo"}


def _calls_a_vendor(room: Path) -> bool:
    return any("HttpClient" in one.read_text("utf-8") for one in room.glob("*.py"))


@pytest.mark.parametrize("room", ROOMS, ids=[room.name for room in ROOMS])
def test_a_room_has_the_files_of_its_plan(room: Path) -> None:
    """Whoever knows one room would have to learn the next one from nothing."""
    lacking = [name for name in ALWAYS if not (room / name).is_file()]
    if _calls_a_vendor(room):
        lacking += [name for name in CALLING if not list(room.glob(f"{name}*.py"))]
    pushes = "WEBHOOK_SOURCE" in (room / "manifest.py").read_text("utf-8")
    if pushes and not any("WebhookRefused" in one.read_text("utf-8") for one in room.glob("*.py")):
        lacking.append("webhook.py")
    assert lacking == []


@pytest.mark.parametrize("room", ROOMS, ids=[room.name for room in ROOMS])
def test_a_checklist_says_done_todo_or_why_not(room: Path) -> None:
    """A rule that is left out looks as if it were kept."""
    assert faults(checklist(room)) == []
    exemptions(room / "quality.toml")


@pytest.mark.parametrize("room", ROOMS, ids=[room.name for room in ROOMS])
def test_a_green_conformance_has_its_test(room: Path) -> None:
    """A checklist could claim a suite that nobody runs, or hide exemptions from it."""
    if checklist(room)["bronze"]["conformance_green_on_the_double"] != "done":
        return
    tests = REPOSITORY / "tests/connectors" / room.name / "test_conformance.py"
    classes = [
        node for node in ast.walk(ast.parse(tests.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and "ConnectorConformance" in map(_name, node.bases)
    ]  # fmt: skip
    assert classes
    for node in classes:
        exempt = [ast.unparse(one) for one in node.body if "exempt" in ast.unparse(one)]
        assert any("exemptions(" in one for one in exempt)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param({"bronze": {}}, "bronze.manifest_true: missing", id="missing"),
        pytest.param({"iron": {}}, "iron: no such tier", id="tier"),
        pytest.param({"silver": {"shiny": "done"}}, "silver.shiny: no such rule", id="rule"),
        pytest.param({"gold": {"operator_how_to": "soon"}}, "gold.operator_how_to: ", id="word"),
        pytest.param(
            {"gold": {"operator_how_to": {"exempt": " "}}}, "gold.operator_how_to: ", id="reason"
        ),
    ],
)
def test_a_wrong_checklist_is_found(change: Mapping[str, Any], found: str) -> None:
    """The rule above would pass on anything if it recognised nothing wrong."""
    sound = {tier: dict.fromkeys(rules, "done") for tier, rules in TIERS.items()}
    assert faults(sound) == []
    assert any(one.startswith(found) for one in faults({**sound, **change}))
