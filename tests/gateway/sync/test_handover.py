"""Hand-over: what is merged here is sent from here, and never lost on the short way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from gateway.canonical import Kind, Order
from gateway.contract import Hint, Observed, StoreError
from gateway.ports import DeliveryState, Tx, Wake
from gateway.sync.handover import HandOver
from gateway.sync.lanes import Lane
from gateway.sync.receive import Receiver
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock, SilentLog
from tests.gateway.sync.vendors import Vendor
from tests.gateway.sync.world import LEASE_S, World

DEADLINE_S = 10
WIDTH, BATCH = 2, 3


def message(number: int, version: int = 1) -> Hint:
    """A message of the shop that carries its order."""
    external_id = f"З-{number}"
    order = Order(number=external_id, manager_comment=f"версия {version}", lines=())
    carried = Observed(external_id, order, sequence=version)
    return Hint(Kind.ORDER, external_id, f"{external_id}:{version}", carried=carried)


@dataclass
class House:
    """A receiver whose process sends to the crm; its calls wait until the test lets them go."""

    world: World
    wakes: list[Wake] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        core = self.world.core("one")
        self.leases = core.deliverer.leases
        real = core.deliverer.deliver
        self.lanes = {
            name: Lane(account, real, SilentLog(), width=WIDTH, batch=BATCH)
            for name, account in self.world.accounts.items()
        }
        over = HandOver(
            self.world.accounts, core.deliverer.claimer, core.deliverer, self.leases, self.lanes
        )
        self.over = over
        self.receiver = Receiver(
            self.world.store, self.world.applier, self.world.clock,
            lambda: f"r-{next(self.numbers)}", self.wakes.extend, over,
        )  # fmt: skip

    async def take_in(self, *hints: Hint) -> None:
        """Take messages in, each with a correlation id."""
        await self.receiver.take_in("shop", [(hint, "c-1") for hint in hints])

    def states(self) -> dict[str, DeliveryState]:
        """States of the deliveries to the crm, by number of the order."""
        ids = [f"З-{number}" for number in range(20)]
        links = self.world.store.now(lambda tx: tx.links("shop", Kind.ORDER, ids))
        rows = self.world.store.now(
            lambda tx: tx.deliveries_of([link.entity_id for link in links.values()])
        )
        return {
            external_id: row.state
            for external_id, link in links.items()
            for row in rows[link.entity_id]
            if row.account == "crm"
        }

    def orders(self) -> list[Order]:
        """What the crm holds."""
        return [record.entity for record in self.world.vendors["crm"].records.values()]

    async def killed(self) -> None:
        """End the work of the process where it is."""
        tasks = [task for task in asyncio.all_tasks() if task.get_name().startswith("lane:")]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ended(self) -> None:
        """Let the calls go and wait for the lanes."""
        self.gate.set()
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*(lane.close() for lane in self.lanes.values()))


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A shop that sends messages, a crm whose feed was read once."""
    clock = HeldClock()
    shop, crm = (Vendor(name, Kind.ORDER, clock, whole_order) for name in ("shop", "crm"))
    world = World(shop, crm, clock=clock)
    world.do("pull", "crm")
    made = House(world)
    real = Vendor.write

    async def held(vendor: Vendor, *args: object) -> object:
        await made.gate.wait()
        return await real(vendor, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Vendor, "write", held)
    yield made
    await made.ended()
    world.close()


async def test_what_is_merged_is_sent_without_a_wake_up(house: House) -> None:
    """Each order would make a way over the bus, and be read twice more."""
    await house.take_in(message(1), message(2))
    assert house.states() == {"З-1": DeliveryState.SENDING, "З-2": DeliveryState.SENDING}
    assert house.wakes == []
    await house.ended()
    assert house.states() == {"З-1": DeliveryState.DONE, "З-2": DeliveryState.DONE}
    assert sorted(str(order.number) for order in house.orders()) == ["З-1", "З-2"]
    assert house.leases.active == ()


async def test_no_more_is_claimed_than_can_be_sent_at_once(house: House) -> None:
    """A slow vendor's backlog would be in doubt, every time the process dies."""
    room = WIDTH * BATCH
    await house.take_in(*(message(number) for number in range(room + 2)))
    states = list(house.states().values())
    assert (states.count(DeliveryState.SENDING), states.count(DeliveryState.DUE)) == (room, 2)
    assert len(house.wakes) == 2
    assert await house.over.room() == 0


async def test_a_newer_message_waits_for_the_telling_under_way(house: House) -> None:
    """Two versions of an order would race to the vendor."""
    await house.take_in(message(1))
    await house.take_in(message(1, version=2))
    await house.ended()
    assert [wake.task for wake in house.wakes] == ["deliver"]
    house.world.do("deliver", "crm")
    (order,) = house.orders()
    assert order.manager_comment == "версия 2"


async def test_a_refused_commit_leaves_nothing_claimed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease without work would be renewed for ever, and its rows never sent."""

    async def full(work: Callable[[Tx], object]) -> object:
        del work
        msg = "no space left"
        raise StoreError(msg)

    with monkeypatch.context() as during:
        during.setattr(house.world.store, "run", full)
        with pytest.raises(StoreError):
            await house.take_in(message(1))
    assert house.leases.active == ()
    assert house.states() == {}


async def test_what_a_dead_process_had_claimed_is_sent_once_by_another(house: House) -> None:
    """What was claimed with the merge would be lost, or told twice."""
    await house.take_in(message(1))
    await asyncio.sleep(0)  # the call begins
    await house.killed()
    house.gate.set()
    world = house.world
    world.clock.move(LEASE_S + 1)
    world.do("deliver", "crm")
    assert world.vendors["crm"].told == 1
    assert house.states() == {"З-1": DeliveryState.DONE}
