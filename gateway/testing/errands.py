"""Errands: one typical exchange per capability, so that trouble is checked once for all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Exists, Operation
from gateway.testing.claims import claim, only, written
from gateway.testing.ports import Seeded
from gateway.testing.subject import Subject
from gateway.testing.telling import started, walked
from gateway.testing.wired import Wired


@dataclass(frozen=True, slots=True)
class Errand:
    """``attempt`` does it once and raises contract errors; ``settled`` claims one effect."""

    attempt: Callable[[], Awaitable[object]]
    settled: Callable[[], Awaitable[None]]


# The seeder's own protocol depends on the errand's capability.
async def errand(subject: Subject, name: str, wired: Wired, seed: Any) -> Errand:  # noqa: ANN401
    """Prepare what an errand needs, so that its attempt is only the exchange itself."""
    verb, _, what = name.partition(" ")
    if verb == "read":
        return await _reading(subject, Kind(what), wired, seed)
    if verb == "write":
        return await _writing(subject, Kind(what), wired, seed)
    if verb == "perform":
        return await _operation(what, wired, seed)
    return await _service(subject, verb, wired, seed)


async def _reading(subject: Subject, kind: Kind, wired: Wired, seed: Any) -> Errand:  # noqa: ANN401
    reader = wired.connector.readers[kind]
    cursor = await started(reader, limit=subject.page)
    ids = set(await seed.put(kind, [Seeded()]))
    met: set[str] = set()

    async def attempt() -> object:
        walk = await walked(reader, cursor, limit=subject.page)
        met.update(walk.ids)
        return walk

    async def settled() -> None:
        claim(ids <= met, f"after the trouble the {kind} is not read from the same cursor")

    return Errand(attempt, settled)


async def _writing(subject: Subject, kind: Kind, wired: Wired, seed: Any) -> Errand:  # noqa: ANN401
    change = await subject.creation(wired, seed, kind, 1)
    writer = wired.connector.writers[kind]

    async def attempt() -> object:
        outcome = only(await writer.write([change]), "outcome")
        return outcome if isinstance(outcome, Exists) else written(outcome)

    async def settled() -> None:
        count = await seed.held(kind, change.key)
        claim(count == 1, f"after the trouble the vendor holds {count} records of the {kind}")

    return Errand(attempt, settled)


async def _operation(name: str, wired: Wired, seed: Any) -> Errand:  # noqa: ANN401
    operation = Operation("kit-errand-1", name, await seed.payload(name, 1))
    performer = wired.connector.operations[name]
    before = await seed.effects(name)

    async def attempt() -> object:
        return await performer.perform(operation)

    async def settled() -> None:
        claim(await seed.effects(name) != before, f"after the trouble {name} had no effect")

    return Errand(attempt, settled)


async def _service(subject: Subject, verb: str, wired: Wired, seed: Any) -> Errand:  # noqa: ANN401
    async def settled() -> None:
        """Nothing is changed by asking."""

    if verb == "quote":
        loyalty = wired.connector.services.loyalty
        sale = seed.sale(1, await seed.member(100))
        return Errand(lambda: loyalty.quote(sale), settled)  # type: ignore[union-attr]
    codes = wired.connector.services.codes
    to = await seed.recipient()
    return Errand(lambda: codes.send(to, purpose=subject.code_purpose), settled)  # type: ignore[union-attr]
