"""PromQL as far as names go: which metrics an expression reads, and which labels it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

WORDS = frozenset({"and", "bool", "offset", "or", "unless"})
GROUPING = frozenset({"by", "group_left", "group_right", "ignoring", "on", "without"})
AGGREGATORS = frozenset({"count", "max", "min", "sum", "topk"})
FUNCTIONS = AGGREGATORS | {
    "histogram_quantile", "increase", "label_values", "rate", "time", "vector",
}  # fmt: skip
_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<range>\[\w+(?::\w*)?\])
  | (?P<duration>\d+[smhdwy]\b)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
  | (?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},])
  | (?P<space>\s+)
    """,
    re.VERBOSE,
)


@dataclass
class Read:
    """What an expression names. Shape: ``matched`` is metric → labels in its braces."""

    matched: dict[str, set[str]] = field(default_factory=dict)
    grouped: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)


def read(expression: str) -> Read:
    """Take an expression apart. Raises ``ValueError`` for what is none."""
    found, tokens = Read(), list(_tokens(expression))
    kinds = [kind for kind, _ in tokens]
    _balanced([text for kind, text in tokens if kind == "sign"], expression)
    place = 0
    while place < len(tokens):
        kind, text = tokens[place]
        after = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        if kind != "name":
            place += 1
        elif text in GROUPING and after == "(":
            names, place = _until(tokens, place + 2, ")")
            found.grouped |= set(names)
        elif text in WORDS:
            place += 1
        elif after in {"(", "by", "without"}:
            found.functions.add(text)
            place += 1
        else:
            names, place = _until(tokens, place + 2, "}") if after == "{" else ([], place + 1)
            found.matched.setdefault(text, set()).update(names)
    if "name" not in kinds:
        msg = f"names nothing: {expression}"
        raise ValueError(msg)
    return found


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(expression):
        match = _TOKEN.match(expression, place)
        if match is None:
            msg = f"no PromQL at {place}: {expression}"
            raise ValueError(msg)
        if match.lastgroup != "space":
            yield str(match.lastgroup), match.group()
        place = match.end()


def _until(tokens: list[tuple[str, str]], place: int, end: str) -> tuple[list[str], int]:
    names = []
    while tokens[place][1] != end:
        kind, text = tokens[place]
        if kind == "name":
            names.append(text)
        place += 1
    return names, place + 1


def _balanced(signs: list[str], expression: str) -> None:
    pairs, opened = {")": "(", "}": "{"}, []
    for sign in signs:
        if sign in "({":
            opened.append(sign)
        elif sign in pairs and (not opened or opened.pop() != pairs[sign]):
            msg = f"a bracket too many: {expression}"
            raise ValueError(msg)
    if opened:
        msg = f"a bracket is not closed: {expression}"
        raise ValueError(msg)
