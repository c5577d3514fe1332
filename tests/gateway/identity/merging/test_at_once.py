"""Two answers at one moment, in two processes: neither forgets the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from gateway.identity.merging.record import read_record
from gateway.identity.merging.service import Merging
from gateway.identity.merging.steps import held, swap
from gateway.ports import MergeRow, MergeState, Tx
from gateway.store import SqlStore
from tests.store.conftest import OpenStore, clock, open_it, sealer
from tests.store.rows import HeldClock
from tests.store.test_merges import ASKED, HOUR
from tests.store.test_two_processes import WAIT_S, Held, pair

__all__ = ["OpenStore", "clock", "open_it", "pair", "sealer"]
R = TypeVar("R")
SMS, EMAIL, THIRD = "sms:+79161234567", "email:a@example.ru", "email:b@example.ru"


class Heard:
    """A store that tells when its transaction has begun."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.inside = threading.Event()

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run a work."""

        def told(tx: Tx) -> R:
            self.inside.set()
            return work(tx)

        return await self._store.run(told)


@pytest.mark.services
async def test_neither_answer_is_forgotten(
    pair: tuple[SqlStore, SqlStore], clock: HeldClock
) -> None:
    """A code would be used up and not count, and the person could never finish."""
    asked = replace(
        ASKED, until=clock.now() + HOUR, record={"needs": [SMS, EMAIL, THIRD], "confirmed": {}}
    )
    await pair[0].run(lambda tx: tx.put_merge(asked))

    def first(tx: Tx) -> MergeRow:
        row = held(tx, "m1")
        record = read_record(row.record)
        record.give(SMS, "one", "now")
        return swap(tx, replace(row, record=record.stored()), MergeState.ASKED)

    one = Held(pair[0], first)
    await one.begun()
    store: Any = Heard(pair[1])
    applier: Any = None
    merging = Merging(store, clock, applier, str, ("sms", "email"), 60.0, lambda _: None)
    other = asyncio.create_task(merging.confirmed("m1", EMAIL, giver="one"))
    assert await asyncio.to_thread(store.inside.wait, WAIT_S)
    await one.end()
    await other
    row = await pair[0].read(lambda tx: tx.person_merge("m1"))
    assert row is not None
    assert read_record(row.record).missing == [THIRD]
