"""Batch: many commands in one call, encoded as the vendor reads them (reference 1.2, 1.6).

A command's parameters travel as a query string, so they know texts only: what a query cannot say
(nothing, an empty list) and what the shop would replace on its side makes the command one that must
travel alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from gateway.contract import ConnectorError

from .errors import VendorRefused

BATCH_LIMIT = 50
_SUBSTITUTED = "$result"


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """One call inside a batch; other commands may refer to its answer."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Ref:
    """A value of an earlier command's answer, known only when that has run."""

    command: Command
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered."""

    value: Any = field(repr=False)


Result: TypeAlias = "Answer | VendorRefused | ConnectorError"


def chunks(commands: Sequence[Command], *, size: int = BATCH_LIMIT) -> Iterator[Sequence[Command]]:
    """Cut commands into calls: at most ``size`` in a batch, and alone what cannot be in one."""
    chunk: list[Command] = []
    for command in commands:
        if must_go_alone(command.params):
            if chunk:
                yield chunk
            yield [command]
            chunk = []
            continue
        chunk.append(command)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def must_go_alone(value: object) -> bool:
    """Tell whether a query string cannot carry the value as it is.

    A text with the shop's own mark of substitution would be replaced there: somebody's name could
    then read another customer's answer.
    """
    if isinstance(value, Mapping):
        return any(must_go_alone(item) for item in value.values())
    if isinstance(value, list | tuple):
        return not value or any(must_go_alone(item) for item in value)
    return value is None or (isinstance(value, str) and _SUBSTITUTED in value)


def encoded(command: Command, names: Mapping[Command, str]) -> str:
    """Return ``method?query``; references to commands of the same batch become the shop's form.

    References to earlier batches must have been put in by ``resolved`` before.
    """
    query = urlencode(list(_pairs(command.params, "", names)), quote_via=quote, safe="")
    return f"{command.method}?{query}" if query else command.method


def resolved(value: Any, results: Mapping[Command, Result]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Put what earlier batches answered in the place of references to them.

    Raises: the error of a command that is referred to and failed.
    """
    if isinstance(value, Ref):
        found = results.get(value.command)
        if found is None:
            return value
        if not isinstance(found, Answer):
            raise found
        node = found.value
        for step in value.path:
            node = node[step]
        return node
    if isinstance(value, Mapping):
        return {name: resolved(item, results) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item, results) for item in value]
    return value


def _pairs(value: object, name: str, names: Mapping[Command, str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _pairs(item, f"{name}[{key}]" if name else str(key), names)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _pairs(item, f"{name}[{index}]", names)
    elif isinstance(value, Ref):
        steps = "".join(f"[{step}]" for step in (names[value.command], *value.path))
        yield name, f"{_SUBSTITUTED}{steps}"
    else:
        yield name, format(value, "f") if isinstance(value, Decimal) else str(value)
