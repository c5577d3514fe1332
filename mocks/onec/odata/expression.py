"""The grammar of ``$filter`` and of ``Condition`` (reference, section 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mocks.onec.odata.errors import bad_option
from mocks.onec.odata.literals import Token, Unreadable, tokens

_COMPARE = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_LAMBDAS = frozenset({"any", "all"})


@dataclass(frozen=True)
class Const:
    """A literal: ``kind`` guid, date, string, number, bool or null."""

    kind: str
    value: Any


@dataclass(frozen=True)
class Path:
    """A property, through references or a lambda's variable."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Binary:
    """Comparison, logic or arithmetic."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Not:
    """Negation."""

    inner: Node


@dataclass(frozen=True)
class Lambda:
    """``section/any(v: …)``; without a body: the section is not empty."""

    op: str
    section: tuple[str, ...]
    variable: str
    body: Node | None


Node = Const | Path | Call | Binary | Not | Lambda


def parse(text: str, option: str = "$filter") -> Node:
    """Return the tree of an expression.

    Raises:
        ODataRefused: it cannot be parsed (code 14, naming ``option``) or holds a bad literal (1).
    """
    try:
        reader = _Reader(tokens(text))
        node = reader.either()
        reader.end()
    except (Unreadable, IndexError) as error:
        raise bad_option(option) from error
    return node


class _Reader:
    """Recursive descent over the words."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0

    def end(self) -> None:
        """Demand that nothing is left."""
        if self._at != len(self._words):
            raise Unreadable

    def either(self) -> Node:
        """Read ``a or b``."""
        return self._chain(("or",), self._both)

    def _both(self) -> Node:
        return self._chain(("and",), self._negation)

    def _negation(self) -> Node:
        if self._takes("name", "not"):
            return Not(self._negation())
        return self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        word = self._peek()
        if word is not None and word.kind == "name" and word.value in _COMPARE:
            self._at += 1
            return Binary(word.value, left, self._sum())
        return left

    def _sum(self) -> Node:
        return self._chain(("add", "sub"), self._product)

    def _product(self) -> Node:
        return self._chain(("mul", "div"), self._operand)

    def _chain(self, names: tuple[str, ...], read: Any) -> Node:
        node: Node = read()
        while (word := self._peek()) and word.kind == "name" and word.value in names:
            self._at += 1
            node = Binary(word.value, node, read())
        return node

    def _operand(self) -> Node:
        word = self._words[self._at]
        self._at += 1
        if word.kind == "sign":
            if word.value != "(":
                raise Unreadable
            node = self.either()
            self._must(")")
            return node
        if word.kind != "name":
            return Const(word.kind, word.value)
        if word.value in {"true", "false"}:
            return Const("bool", word.value == "true")
        if word.value == "null":
            return Const("null", None)
        return self._named(word.value)

    def _named(self, first: str) -> Node:
        if self._takes("sign", "("):
            return Call(first, self._arguments())
        parts = [first]
        while self._takes("sign", "/"):
            part = self._name()
            if part in _LAMBDAS and self._takes("sign", "("):
                return self._lambda(part, tuple(parts))
            parts.append(part)
        return Path(tuple(parts))

    def _lambda(self, op: str, section: tuple[str, ...]) -> Node:
        if self._takes("sign", ")"):
            return Lambda(op, section, "", None)
        variable = self._name()
        self._must(":")
        body = self.either()
        self._must(")")
        return Lambda(op, section, variable, body)

    def _arguments(self) -> tuple[Node, ...]:
        if self._takes("sign", ")"):
            return ()
        found = [self.either()]
        while self._takes("sign", ","):
            found.append(self.either())
        self._must(")")
        return tuple(found)

    def _name(self) -> str:
        word = self._words[self._at]
        self._at += 1
        if word.kind != "name":
            raise Unreadable
        return str(word.value)

    def _peek(self) -> Token | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _takes(self, kind: str, value: str) -> bool:
        word = self._peek()
        if word is None or word.kind != kind or word.value != value:
            return False
        self._at += 1
        return True

    def _must(self, sign: str) -> None:
        if not self._takes("sign", sign):
            raise Unreadable
