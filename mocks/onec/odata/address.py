"""Reading the path after the root (reference, section 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mocks.onec.odata.errors import ODataRefused, bad_url
from mocks.onec.odata.literals import Token, Unreadable, tokens
from mocks.onec.schema import Entity, Key


@dataclass(frozen=True)
class Segment:
    """A segment: its name and, when it has brackets, what is in them.

    ``positional`` is an unnamed key, ``named`` are the named parts.
    """

    name: str
    positional: Token | None = None
    named: Mapping[str, Token] = field(default_factory=dict)
    bracketed: bool = False


def segments(path: str) -> list[Segment]:
    """Cut a decoded path at its slashes outside of quotes and brackets.

    Raises:
        ODataRefused: brackets or quotes that do not close (code 6).
    """
    found: list[Segment] = []
    start, depth, quoted = 0, 0, False
    for at, sign in enumerate(path + "/"):
        if sign == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif sign == "/" and depth == 0:
            if at > start:
                found.append(_segment(path[start:at]))
            start = at + 1
    if quoted or depth:
        raise bad_url()
    return found


def _segment(text: str) -> Segment:
    name, bracket, inner = text.partition("(")
    if not bracket:
        return Segment(name)
    if not inner.endswith(")"):
        raise bad_url()
    try:
        return _bracketed(name, tokens(inner[:-1]))
    except (Unreadable, IndexError) as error:
        raise bad_url() from error


def _bracketed(name: str, words: list[Token]) -> Segment:
    if not words:
        return Segment(name, bracketed=True)
    if len(words) == 1 and words[0].kind not in {"sign", "name"}:
        return Segment(name, positional=words[0], bracketed=True)
    named: dict[str, Token] = {}
    at = 0
    while True:
        key, equals, value = words[at], words[at + 1], words[at + 2]
        if key.kind != "name" or equals != Token("sign", "=") or value.kind == "sign":
            raise Unreadable
        named[key.value] = value
        at += 3
        if at == len(words):
            return Segment(name, named=named, bracketed=True)
        if words[at] != Token("sign", ","):
            raise Unreadable
        at += 1


def key_of(entity: Entity, segment: Segment) -> Key:
    """Return the key that a segment gives.

    Raises:
        ODataRefused: a part is missing (code 7), unknown (6) or of the wrong kind (1).
    """
    names = entity.key_names
    given = dict(segment.named)
    if segment.positional is not None and len(names) == 1:
        given = {names[0]: segment.positional}
    missing = [name for name in names if name not in given]
    if missing:
        text = f'Не указана часть ключа "{missing[0]}"'
        raise ODataRefused(400, 7, text)
    if len(given) > len(names):
        raise bad_url()
    return tuple(_part(entity, name, given[name]) for name in names)


def _part(entity: Entity, name: str, token: Token) -> Any:
    attribute = entity.by_wire[name]
    kinds = {"Edm.Guid": "guid", "Edm.DateTime": "date", "Edm.String": "string"}
    wanted = kinds.get(attribute.edm, "number")
    if attribute.edm == "Edm.Boolean":
        wanted = "name"
    if token.kind != wanted:
        text = f'Неверное значение части ключа "{name}"'
        raise ODataRefused(400, 1, text)
    if attribute.form == "composite":
        return token.value.lower() if name == attribute.name else token.value
    return token.value == "true" if wanted == "name" else token.value
