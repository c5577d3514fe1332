"""Pairs: every (event, outcome) that the program can write into the journal, read from its source.

Most stand in the source as they are written. Where a function makes them of what it is given, it
stands in ``CHOSEN`` with what it may be given; a place that is in neither list fails the test.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import gateway
from gateway.loyalty.alarm import BEGAN, OVER
from gateway.ops.actions import ActionKind
from gateway.ops.letters import DROPPED, REPLAYED
from gateway.ops.replay import Deed
from gateway.ops.story_words import ANY
from gateway.ports import ApprovalState, DeliveryState, PairState

Pair = tuple[str, str]
ROOT = Path(gateway.__file__).parent
ROOMS = (
    "identity",
    "sync",
    "loyalty",
    "ops",
    "cli",
    "bootstrap",
    "ingress",
    "store",
    "bus",
    "console",
)

CHOSEN: Mapping[str, frozenset[Pair]] = {
    "sync.case.tell_story": frozenset(
        ("received", outcome) for outcome in ("created", "merged", "refused")
    ),
    "sync.settle._failed": frozenset({("delivery", "dead"), ("delivery", "retried")}),
    "sync.observe._finish": frozenset({("received", "not_routed")}),
    "sync.operate._entry": frozenset(
        ("operation", outcome)
        for outcome in (
            "submitted", "duplicate", "withheld", *map(str, (
                DeliveryState.DONE, DeliveryState.RETRY, DeliveryState.HELD, DeliveryState.DEAD
            )),
        )
    ),
    "sync.parking._put": frozenset(
        ("account", outcome)
        for outcome in ("circuit_opened", "circuit_closed", "parked", "resumed")
    ),
    "sync.remarks.note": frozenset({("remark", ANY)}),
    "loyalty.alarm._tell": frozenset(
        (f"{what}.guessing", outcome) for what in ("cards", "codes") for outcome in (BEGAN, OVER)
    ),
    "loyalty.switches.work": frozenset({("switch", "turned_on"), ("switch", "turned_off")}),
    "loyalty.house.keys._write_down": frozenset(
        {("house.order_key", "issued"), ("house.order_key", "used")}
    ),
    "ops.alerts.record._sentence": frozenset({("alert", "began"), ("alert", "over")}),
    "ops.alerts.outage._close": frozenset({("alert", "began"), ("alert", "over")}),
    "ops.support._note": frozenset(
        ("support", outcome) for outcome in ("shown", "nothing", "refused")
    ),
    "ops.merges._note": frozenset(
        ("merge", str(kind).partition(".")[2])
        for kind in ActionKind
        if kind.startswith("merge.")
    ),
    "loyalty.house.estate._tell": frozenset(
        {("house.points", "joined"), ("house.points", "parted")}
    ),
    "loyalty.house.notices._tell": frozenset(
        {("notice", "no_consent"), ("notice", "withdrawn")}
    ),
    "ops.accounts.note": frozenset({("account", "probe_works"), ("account", "probe_fails")}),
    "ops.batches._begun": frozenset(("letters", f"{deed}_begun") for deed in Deed),
    "ops.entrance._note": frozenset(
        ("login", outcome) for outcome in ("in", "out", "refused")
    ),
    "loyalty.stories.sentence": frozenset(),  # see the test of the outcomes of sales
    "ops.reviews._decide": frozenset(
        ("review", str(state)) for state in (PairState.SAME, PairState.DIFFERENT)
    ),
    "identity.questionnaire.form.sentence": frozenset(
        ("form", outcome)
        for outcome in (
            "sent", "changed", "email_code_sent", "email_confirmed", "phone_code_sent",
            "phone_confirmed", "declared", "rewarded", "waits", "done",
        )
    ),
    "ops.replay.close": frozenset({("letter", REPLAYED), ("letter", DROPPED)}),
    "ops.sales.work": frozenset({("sale", REPLAYED), ("sale", DROPPED)}),
    "ops.actions._write": frozenset(
        ("action", outcome)
        for outcome in (
            "asked", "forbidden", "failed",
            *map(str, (ApprovalState.APPROVED, ApprovalState.REFUSED, ApprovalState.WITHDRAWN)),
        )
    ),
}  # fmt: skip
"""What functions choose between, by their place."""
PASSED_ON = frozenset(
    {
        "ops.audit.deed", "ops.accounts._deed", "ops.alerts.desk._deed",
        "identity.merging.steps.tell", "ops.sales._deed",
        "sync.working_set.tell", "sync.case.tell",
        "loyalty.house.programme.sentence", "identity.questionnaire.declaring.run",
        "identity.questionnaire.rewarding._rewarded", "identity.questionnaire.walk.work",
        "store.journal.row_of", "store.work._tell_all",
    }
)  # fmt: skip
"""Functions that only hand on what they are given; their callers are looked at."""
_POSITIONS: Mapping[str, tuple[int, int]] = {
    "JournalRow": (4, 5), "_deed": (1, 2), "sentence": (2, 3), "work.tell": (2, 3),
    "deed": (9, 9),
}  # fmt: skip


_OF_ONE_EVENT: Mapping[tuple[str, str], tuple[str, int]] = {
    ("sync.apply", "case.tell"): ("received", 0),
    ("sync.case", "self.tell"): ("received", 0),
    ("ops.accounts", "_deed"): ("account", 1),
    ("ops.alerts.desk", "_deed"): ("alert", 1),
    ("identity.merging.service", "tell"): ("merge", 3),
    ("identity.merging.steps", "tell"): ("merge", 3),
    ("identity.merging.asking", "tell"): ("merge", 3),
    ("identity.merging.answers", "tell"): ("merge", 3),
}
"""Functions of a module that know their event: it, and where they are given the outcome."""


class Site(NamedTuple):
    """A place that writes a sentence. ``pairs`` is ``None`` where the source does not tell."""

    place: str
    pairs: frozenset[Pair] | None


def sites() -> list[Site]:
    """Return every place of the program that makes a sentence."""
    found: list[Site] = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found += _sites(module, tree)
    return found


def _sites(module: str, tree: ast.Module) -> Iterator[Site]:
    constants = _constants(tree)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        inner = {
            id(call)
            for nested in ast.walk(function)
            if nested is not function and isinstance(nested, ast.FunctionDef | ast.AsyncFunctionDef)
            for call in ast.walk(nested)
        }
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and id(call) not in inner:
                pairs = _pairs(module, call, constants)
                if pairs != frozenset():
                    yield Site(f"{module}.{function.name}", pairs)


def _pairs(module: str, call: ast.Call, constants: Mapping[str, str]) -> frozenset[Pair] | None:
    """Return the pairs of a call, nothing for another call, ``None`` for what cannot be told."""
    name = _name(call.func)
    if name == "sentence" and len(call.args) < 4:
        return frozenset()
    one_event = _OF_ONE_EVENT.get((module, name))
    places = _POSITIONS.get(name)
    if places is None and one_event is None:
        return frozenset()
    given = {one.arg: one.value for one in call.keywords}
    if any(one.arg is None for one in call.keywords) and name == "JournalRow":
        return None
    if one_event is not None:
        events: set[str] | None = {one_event[0]}
        outcomes = _texts(_at(call, one_event[1]), constants)
    else:
        event_at, outcome_at = places or (0, 0)
        events = _texts(given.get("event") or _at(call, event_at), constants)
        outcomes = _texts(given.get("outcome") or _at(call, outcome_at), constants)
    if events is None or outcomes is None:
        return None
    return frozenset((event, outcome) for event in events for outcome in outcomes)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    if not isinstance(function, ast.Attribute):
        return ""
    owner = function.value
    if function.attr == "_tell" and isinstance(owner, ast.Name):
        return f"{owner.id}._tell"
    if function.attr == "tell":
        own = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        return f"{own}.tell"
    return function.attr


def _at(call: ast.Call, place: int) -> ast.expr | None:
    return call.args[place] if place < len(call.args) else None


def _texts(value: ast.expr | None, constants: Mapping[str, str]) -> set[str] | None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value}
    if isinstance(value, ast.Name) and value.id in constants:
        return {constants[value.id]}
    if isinstance(value, ast.IfExp):
        one, other = _texts(value.body, constants), _texts(value.orelse, constants)
        return None if one is None or other is None else one | other
    return None


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the module's own constant texts."""
    found: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=True))
        for name, text in pairs:
            if isinstance(name, ast.Name) and isinstance(text, ast.Constant):
                found[name.id] = str(text.value)
    return found
