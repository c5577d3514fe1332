"""The history that a store already holds, and work that reaches back into it.

An old order is a copy of one of the sample's under a number of its own, so that what was said of
it can be said again at any time, and what is new about it has a content to be newer than.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.w1.moulds import inner_mould
from benchmarks.w1.work import SEED, Message, Work, generate, source_id

SAMPLE = 1_000
"""Orders that the gateway really works off; a larger sample would only be more of the same."""

FIRST = 1_000_000
"""Number of the oldest order: work of the measured run has smaller ones."""

_LAST_VERSION = 2
"""Of any order of the sample: what comes next is newer in every case."""

_STAGES = {1: "delivery", 2: "complete"}


@dataclass(frozen=True, slots=True)
class History:
    """``entities`` old orders. Shape: ``sample`` is the work whose traces they are made of."""

    entities: int
    sample: Work
    first: int = FIRST
    _bodies: Mapping[str, Message] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, entities: int, *, sample: int = SAMPLE) -> History:
        """Make one over so many orders of a sample; the same numbers give the same bytes."""
        work = generate(min(sample, entities), seed=SEED + 1)
        return cls(entities, work, _bodies={one.key: one for one in work.messages})

    def repeated(self, number: int) -> Message:
        """The first message about an old order, exactly as it was."""
        elder = number % len(self.sample.final)
        return self._renamed(self._bodies[f"{source_id(elder)}:1"].body, number, 1)

    def newer(self, number: int, step: int) -> Message:
        """A version that the history has not seen: ``step`` 1, then 2."""
        elder = number % len(self.sample.final)
        name = source_id(elder)
        event = orjson.loads(self._bodies[f"{name}:{self.sample.final[name]}"].body)
        entity, version = event["entity"], _LAST_VERSION + step
        first, *others = entity["lines"]
        changed: dict[str, Any] = {
            **entity,
            "status": _STAGES[step],
            "lines": [{**first, "quantity": str(version + 2)}, *others],
            "attributes": {**entity["attributes"], "source_version": str(version)},
        }
        body = orjson.dumps({**event, "version": version, "entity": changed})
        return self._renamed(body, number, version)

    def _renamed(self, body: bytes, number: int, version: int) -> Message:
        elder, name = number % len(self.sample.final), self.first + number
        text = inner_mould(body, elder) % {b"number": str(name).encode()}
        return Message(source_id(name), version, text)


def work_on(history: History, orders: int, *, old_share: float, seed: int = SEED) -> Work:
    """Make a stream in which a share of the orders stand in the history already.

    They come as newer versions; where the plain stream has an older version that comes too late,
    theirs is a message that the history has seen. Old orders are drawn from all of the history;
    there are never more of them than it holds.
    """
    plain = generate(orders, seed=seed)
    chance = random.Random(seed)
    old = min(int(orders * old_share), history.entities)
    drawn = zip(
        chance.sample(sorted(plain.final), old),
        chance.sample(range(history.entities), old),
        strict=True,
    )
    places = dict(drawn)
    seen: dict[str, int] = {}
    messages: list[Message] = []
    for message in plain.messages:
        number = places.get(message.id)
        newest = seen[message.id] = max(seen.get(message.id, 0), message.version)
        if number is None:
            messages.append(message)
        elif message.version < newest:
            messages.append(history.repeated(number))
        else:
            messages.append(history.newer(number, message.version))
    return _as_work(plain, messages)


def _as_work(plain: Work, messages: Sequence[Message]) -> Work:
    final: dict[str, int] = {}
    for message in messages:
        final[message.id] = max(final.get(message.id, 0), message.version)
    return Work(messages, final, plain.newer, plain.duplicates, plain.stale)
