"""Promo codes through the core's own engine: one issue in effect, whatever was cut."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.contract import Operation
from gateway.contract.operations import PROMO_ISSUE
from gateway.ports import DeliveryState, OperationRow, Store
from gateway.store import Sealer, open_store
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.leases import Leases
from gateway.sync.operate import Operations
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy
from tests.connectors.bitrix.test_coupons import CODES, KEY, coupons, pool
from tests.connectors.bitrix.world import StillClock, World
from tests.stores import upgrade

TURN = timedelta(minutes=10)


@asynccontextmanager
async def operating(world: World, tmp_path: Path) -> AsyncIterator[Core]:
    """Put the core's engine of operations over a SQLite store onto the connector."""
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    upgrade(url)
    store = open_store(url, sealer=Sealer([b"k" * 32]), clock=world.clock, group_ms=0)
    try:
        yield Core(world, store)
    finally:
        await store.close()


class Core:
    """Operations of one account, with the verbs of a test."""

    def __init__(self, world: World, store: Store) -> None:
        self.store = store
        self.clock: StillClock = world.clock
        parking = Parking(store, world.clock, world.log)
        self.operations = Operations(
            store=store, parking=parking, policy=RetryPolicy(), clock=world.clock, log=world.log,
            leases=Leases("w", 30), draw=lambda: 0.5, new_id=iter("abcdefgh").__next__,
        )  # fmt: skip
        circuit = Circuit(CircuitPolicy(), world.clock)
        self.account = Account("shop", world.connector, Flow(), circuit)

    async def submit(self, payload: Mapping[str, Any], key: str = KEY) -> bool:
        """Submit a pool."""
        operation = Operation(key, PROMO_ISSUE, payload)
        (fresh,) = await self.store.run(
            lambda tx: self.operations.submit(tx, "shop", [operation], correlation_id="c-1")
        )
        return fresh

    async def turn(self) -> OperationRow:
        """Let ten minutes pass, perform what is due and return the row."""
        self.clock.moment += TURN
        await self.operations.perform(self.account)
        return (await self.store.read(lambda tx: tx.operations([KEY])))[KEY]


async def test_an_issue_cut_after_its_commit_has_one_effect(world: World, tmp_path: Path) -> None:
    """Customers would get codes of two pools, or the pool would wait for a human for nothing."""
    async with operating(world, tmp_path) as core:
        assert await core.submit(pool())
        assert not await core.submit(pool())
        await world.fault({"kind": "cut_after", "path": "coupon.add", "times": 1})
        row = await core.turn()
        assert (row.state, row.unknown, row.cause_code) == (
            DeliveryState.RETRY, True, "OutcomeUnknown",
        )  # fmt: skip
        row = await core.turn()
        assert (row.state, row.unknown, row.cause_code) == (DeliveryState.DONE, False, "")
        assert row.result == {"created": 3, "exists": 0, "refused": [], "found": True}
    assert world.operations.count("gateway.coupon.add") == 1
    assert set(await coupons(world)) == set(CODES)


async def test_an_issue_cut_before_it_arrived_is_sent_again(world: World, tmp_path: Path) -> None:
    """The codes would be on leaflets and not in the shop."""
    async with operating(world, tmp_path) as core:
        await core.submit(pool())
        await world.fault({"kind": "cut_before", "path": "coupon.add", "times": 1})
        assert (await core.turn()).unknown
        row = await core.turn()
        assert (row.state, row.result["created"]) == (DeliveryState.DONE, 3)
        assert "found" not in row.result
    assert set(await coupons(world)) == set(CODES)


async def test_an_answer_lost_on_the_look_up_too_is_no_second_issue(
    world: World, tmp_path: Path
) -> None:
    """A bad line would end in a repeat whose answer says that all codes exist already."""
    async with operating(world, tmp_path) as core:
        await core.submit(pool())
        await world.fault(
            {"kind": "cut_after", "path": "coupon.add", "times": 1},
            {"kind": "cut_after", "path": "operation.get", "times": 2},
        )
        states = [(await core.turn()).state for _ in range(4)]
        assert states == [*[DeliveryState.RETRY] * 3, DeliveryState.DONE]
        row = (await core.store.read(lambda tx: tx.operations([KEY])))[KEY]
        assert (row.result["created"], row.result["exists"]) == (3, 0)
    assert world.operations.count("gateway.coupon.add") == 1


async def test_a_pool_of_501_becomes_a_letter_with_its_remedy(world: World, tmp_path: Path) -> None:
    """An operator would see a dead operation and not know what to do."""
    async with operating(world, tmp_path) as core:
        await core.submit(pool(*[f"C-{n}" for n in range(501)]))
        assert (await core.turn()).state is DeliveryState.DEAD
        (letter,) = await core.store.read(
            lambda tx: tx.dead_letters(state="open", account="shop", limit=9)
        )
    assert "parts of at most 500" in letter.cause
    assert "new key" in letter.remedy
    assert await coupons(world) == {}
