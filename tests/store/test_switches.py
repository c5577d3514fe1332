"""Switches: every turn stays, and who reads on misses none."""

from __future__ import annotations

import asyncio

import pytest

from gateway.ports import SwitchRow
from gateway.store import SqlStore
from tests.store.conftest import OpenStore
from tests.store.rows import NAME, NOON, later
from tests.stores import upgrade


def _turn(name: str, *, on: bool = True) -> SwitchRow:
    return SwitchRow(
        feature="spending",
        scope="shop",
        name=name,
        on=on,
        since=later(60),
        at=NOON,
        who=NAME,
        reason="запуск",
    )


async def test_the_table_is_its_own_history(store: SqlStore) -> None:
    """Nobody could say who switched spending off, or a turn would be seen otherwise than made."""
    turns = [_turn("a"), _turn("a", on=False), _turn("b")]
    ids = [await store.run(lambda tx, row=row: tx.turn(row)) for row in turns]  # type: ignore[misc]  # bound now
    found = await store.read(lambda tx: tx.turns())
    assert ids == sorted(ids)
    assert [(row.id, row.name, row.on) for row in found] == [
        (ids[0], "a", True),
        (ids[1], "a", False),
        (ids[2], "b", True),
    ]
    assert (found[2].since, found[2].at, found[2].who) == (later(60), NOON, NAME)
    assert (found[2].feature, found[2].scope, found[2].reason) == ("spending", "shop", "запуск")
    assert [row.id for row in await store.read(lambda tx: tx.turns(after=ids[0]))] == ids[1:]


@pytest.mark.services
async def test_a_reader_misses_no_turn_of_another_process(
    postgres_schema: str, open_it: OpenStore
) -> None:
    """A shop would go on spending after its switch was turned off, as its turn came late."""
    upgrade(postgres_schema)
    pair = (open_it(postgres_schema), open_it(postgres_schema))
    seen: list[int] = []
    turning = [
        asyncio.create_task(store.run(lambda tx: tx.turn(_turn("a"))))
        for _ in range(30)
        for store in pair
    ]

    async def look() -> None:
        found = await pair[0].read(lambda tx: tx.turns(after=max(seen, default=0)))
        seen.extend(row.id for row in found)

    while not all(task.done() for task in turning):
        await look()
    await look()
    assert seen == sorted(await asyncio.gather(*turning))
