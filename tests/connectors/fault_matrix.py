"""The matrix of faults: each write, each of its calls, each trouble; one effect at the end.

A write that failed is made again as the core makes it: looked up by its key when it may have had
its effect, and repeated under the same key when it is not found.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.canonical.paths import known, spoken
from gateway.contract import (
    Change,
    Connector,
    Exists,
    Failed,
    Observed,
    OutcomeUnknown,
    TransientError,
    Written,
)
from gateway.sync.merge import changes

CALLS = 4
"""As many calls of a write are hit, one after another: looking up, making, finishing."""
PAGE: Mapping[str, Any] = {"body": "<html></html>", "content_type": "text/html"}
TROUBLES: Mapping[str, Mapping[str, Any]] = {
    "cut before": {"kind": "cut_before"},
    "cut after": {"kind": "cut_after"},
    "proxy": {"kind": "status", "status": 503},
    "page": {"kind": "status", "status": 200, **PAGE},
    "failure": {"kind": "status", "status": 500, **PAGE},
}
Look = Callable[[], Awaitable[object]]


def cells(
    troubles: Mapping[str, Mapping[str, Any]] = TROUBLES, calls: int = CALLS
) -> Iterator[tuple[str, list[dict[str, Any]], int]]:
    """Go through the matrix: name, rules of the double, number."""
    number = 0
    for name, trouble in troubles.items():
        for call in range(calls):
            number += 1
            passed = [{"kind": "delay", "delay_s": 0.0, "times": call}] if call else []
            yield f"{name}, call {call + 1}", [*passed, {**trouble, "times": 1}], number


async def settled(attempt: Look, look: Look) -> int:
    """Attempt it until it is done, as the core does, and return how often it failed before.

    Raises what is neither transient nor doubt.
    """
    for failures in range(3):
        try:
            await attempt()
        except OutcomeUnknown:
            if await look():
                return failures + 1
        except TransientError:
            continue
        else:
            return failures
    pytest.fail("the write never ends")


async def written(connector: Connector, kind: Kind, change: Change[Any]) -> int:
    """Make one record until it is whole; return how often that failed before.

    A record that is found after a doubt is read and told what it lacks.
    """
    writer, found = connector.writers[kind], dict[str, str]()

    async def attempt() -> None:
        (outcome,) = await writer.write([change])
        if isinstance(outcome, Failed):
            raise outcome.error
        if isinstance(outcome, Exists):
            found[change.key] = outcome.external_id

    async def look() -> Mapping[str, str]:
        found.update(await writer.find([change.key]))
        return found

    failures = await settled(attempt, look)
    if found:
        await _complete(connector, kind, change, found[change.key])
    return failures


async def _complete(connector: Connector, kind: Kind, change: Change[Any], there: str) -> None:
    lacking: Change[Any] | None = replace(change, external_id=there)
    if kind in connector.readers:
        (item,) = (await connector.readers[kind].get([there])).items
        lacking = _lacking(connector, kind, change, item)
    if lacking is not None:
        (outcome,) = await connector.writers[kind].write([lacking])
        assert isinstance(outcome, Written), outcome


def _lacking(
    connector: Connector, kind: Kind, change: Change[Any], item: Observed[Any]
) -> Change[Any] | None:
    """Return what a record is to be told after it was read; ``None`` for nothing."""
    held = connector.writers[kind].held(change.entity, item.entity)
    changed = frozenset(changes(spoken(held), known(spoken(item.entity)), kind))
    if not changed:
        return None
    return replace(
        change, entity=held, changed=changed, known=item.entity,
        external_id=item.external_id, version=item.version,
    )  # fmt: skip
