"""Causes: each code that the gateway makes is explained, in both languages."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import gateway
from gateway.contract import ConnectorError
from gateway.ops.causes import catalogue, cause_of
from tests.store.rows import letter

ROOT = Path(gateway.__file__).parent
ROOMS = ("contract", "sync", "identity", "loyalty")
_KEYWORDS = frozenset({"cause_code", "vendor_code"})
_PLACES = {"Denied": 0, "dead": 1, "not_reserved": 1}
"""Calls whose argument at that place is a code."""


def classes(kind: type[ConnectorError]) -> Iterator[str]:
    """Name an error class of the gateway and all below it."""
    yield kind.__name__
    for below in kind.__subclasses__():
        if below.__module__.startswith("gateway."):
            yield from classes(below)


def written() -> dict[str, str]:
    """Return the codes that stand in the code, and where."""
    found: dict[str, str] = {}
    for path in sorted(one for room in ROOMS for one in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        module = importlib.import_module(name)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for value in _codes(call):
                code = _constant(value, module)
                if code:
                    found[code] = f"{path.name}:{call.lineno}"
    return found


def _codes(call: ast.Call) -> Iterator[ast.expr]:
    named = call.func.id if isinstance(call.func, ast.Name) else ""
    yield from (one.value for one in call.keywords if one.arg in _KEYWORDS)
    if named == "replace":  # of an outcome
        yield from (one.value for one in call.keywords if one.arg == "code")
    place = _PLACES.get(named)
    if place is not None and len(call.args) > place:
        yield call.args[place]


def _constant(value: ast.expr, module: object) -> str:
    """Return a literal, or what a name of the module's own stands for."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.IfExp):
        return _constant(value.orelse, module)
    if isinstance(value, ast.Name) and value.id.isupper():
        return str(getattr(module, value.id))
    return ""


def test_the_search_finds_what_is_known_to_be_there() -> None:
    """A search that finds nothing would let every new code through."""
    assert {
        "needs_a_decision", "translation_failed", "outcome_unknown", "first_reading",
        "unexplained", "counted-there", "points-gone", "hold-ended", "earning-off",
    } <= set(written())  # fmt: skip
    assert {"Rejected", "Missing", "TranslationFailed"} <= set(classes(ConnectorError))


def test_each_code_of_the_gateway_is_explained() -> None:
    """An operator would read a word of the program and nothing else."""
    known = catalogue()
    assert {code: at for code, at in written().items() if code not in known} == {}
    assert [name for name in classes(ConnectorError) if name not in known] == []


def test_nothing_is_explained_that_is_not_made() -> None:
    """Words about codes of the past would pile up; members of sales have theirs elsewhere."""
    made = {*written(), *classes(ConnectorError), "processor-refused", "member-unknown"}
    assert sorted(set(catalogue()) - made) == []


def test_each_explanation_is_whole_and_in_both_languages() -> None:
    """A remedy in the wrong language is none."""
    raw = json.loads(files("gateway.ops").joinpath("causes.json").read_text("utf-8"))
    for code, words in raw.items():
        assert list(words) == ["happened", "means", "todo"], code
        for english, russian in words.values():
            assert english.endswith("."), code
            assert russian.endswith("."), code
            assert not re.search("[а-яё]", english), code
            assert re.search("[а-яё]", russian), code


@pytest.mark.parametrize(
    ("code", "answer", "held", "of", "certain"),
    [
        pytest.param("Missing", {}, False, "Missing", True, id="by its code"),
        pytest.param("E-17", {"error": "Missing"}, False, "Missing", True, id="by the class"),
        pytest.param("E-17", {}, False, "PermanentError", False, id="by nothing"),
        pytest.param("E-17", {}, True, "outcome_unknown", False, id="in doubt"),
        pytest.param("E-17", {"error": "Odd"}, False, "PermanentError", False, id="odd class"),
    ],
)
def test_a_vendors_own_code_is_explained_by_what_is_known(
    *, code: str, answer: dict[str, str], held: bool, of: str, certain: bool
) -> None:
    """A vendor has thousands of codes; each still needs a next step."""
    cause = cause_of(letter("l1", cause_code=code, answer=answer, held=held))
    assert (cause.code, cause.of, cause.is_certain) == (code, of, certain)
    assert cause.todo.ru
