"""Returns and offline receipts: in their order, once, and never more than was sold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.contract import OfflineReceipt, Stage, TillBusy, TillRefused
from gateway.loyalty.book import Book
from gateway.loyalty.service import LoyaltyService
from gateway.ports import SaleProgress
from tests.gateway.loyalty.entries import Fault
from tests.gateway.loyalty.world import ANNA, TILL, World

PHONE = ANNA.phone or ""
START = Decimal(500)


@pytest.fixture
def world() -> World:
    """A member with points."""
    made = World()
    made.ledger.balances[PHONE] = START
    return made


async def test_goods_come_back_in_part_and_in_whole(world: World) -> None:
    """Points of goods that came back would stay, or be taken twice."""
    await world.service.commit(TILL, world.sale("s1"))
    part = await world.service.refund(TILL, world.refund("r1", "s1", 1))
    assert (part.stage, world.ledger.balances[PHONE]) == (Stage.COMMITTED, START + 10)
    again = await world.service.refund(TILL, world.refund("r1", "s1", 1))
    assert (again.stage, again.replayed) == (Stage.COMMITTED, True)
    rest = await world.service.refund(TILL, world.refund("r2", "s1"))
    assert (rest.stage, world.ledger.balances[PHONE]) == (Stage.COMMITTED, START)


@pytest.mark.parametrize("quantity", [2, None])
async def test_more_than_is_out_is_refused(world: World, quantity: int | None) -> None:
    """Goods would come back twice, and their points with them."""
    await world.service.commit(TILL, world.sale("s1"))
    await world.service.refund(TILL, world.refund("r1", "s1", 1 if quantity else 2))
    with pytest.raises(TillRefused) as caught:
        await world.service.refund(TILL, world.refund("r2", "s1", quantity))
    assert caught.value.code == "return-exceeds"
    assert "till-1:r2" not in world.disk.rows


async def test_a_return_waits_for_its_sale(world: World) -> None:
    """The processor would be told of a return of goods that it does not know."""
    world.ledger.script += [Fault.LOST_BEFORE]
    assert (await world.service.commit(TILL, world.sale("s1"))).stage is Stage.ACCEPTED
    back = await world.service.refund(TILL, world.refund("r1", "s1", 1))
    assert (back.stage, "refund" in world.ledger.calls) == (Stage.ACCEPTED, False)
    await world.settle()
    assert world.ledger.balances[PHONE] == START + 10
    assert world.ledger.misled == []


async def test_a_sale_of_another_till_is_given_back(world: World) -> None:
    """A customer could bring goods back only to the till that sold them."""
    await world.service.commit(TILL, world.sale("s1"))
    other = replace(TILL, name="till-2", shop="south")
    back = await world.service.refund(other, world.refund("r1", "till-1:s1", 2))
    assert (back.stage, world.ledger.balances[PHONE]) == (Stage.COMMITTED, START)


async def test_a_sale_that_is_not_known_here_is_named_as_the_till_named_it(world: World) -> None:
    """Goods that were sold before the gateway came could not be brought back."""
    await world.ledger.commit(world.sale("old"), None, key="before")
    back = await world.service.refund(TILL, world.refund("r1", "old", 1))
    assert (back.stage, world.ledger.balances[PHONE]) == (Stage.COMMITTED, START + 10)


async def test_a_return_of_a_sale_that_left_memory_is_checked(world: World) -> None:
    """After a restart more could come back than was sold."""
    await world.service.commit(TILL, world.sale("s1"))
    world.build()
    with pytest.raises(TillRefused) as caught:
        await world.service.refund(TILL, world.refund("r1", "s1", 3))
    assert caught.value.field == "lines.0.quantity"


async def test_a_sale_that_is_not_closed_is_not_given_back(world: World) -> None:
    """Goods that were never paid for would bring points."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    with pytest.raises(TillRefused) as caught:
        await world.service.refund(TILL, world.refund("r1", "s1", 1))
    assert caught.value.code == "sale-open"


async def test_offline_receipts_are_on_disk_by_one_write(world: World) -> None:
    """A till that was alone for a day would wait for each receipt, or lose some."""
    receipts = [OfflineReceipt(sale=world.sale(f"s{n}")) for n in range(20)]
    receipts.append(OfflineReceipt(refund=world.refund("r1", "s3", 2)))
    deals = await world.service.offline(TILL, receipts)
    assert {deal.stage for deal in deals} == {Stage.ACCEPTED}
    assert (world.disk.writes, world.ledger.calls) == (1, [])
    await world.settle()
    assert world.ledger.balances[PHONE] == START + 19 * 20
    assert [call for call in world.ledger.calls if call != "find"] == ["commit"] * 20 + ["refund"]


async def test_the_order_of_the_till_is_kept_over_failures(world: World) -> None:
    """A later receipt would be told before an earlier one."""
    for name in ("s1", "s2", "s3"):
        await world.service.offline(TILL, [OfflineReceipt(sale=world.sale(name))])
    world.ledger.script += [Fault.AWAY, Fault.LOST_AFTER]
    await world.settle()
    order = [name for name in world.ledger.entries if name.startswith("till-1:")]
    assert order == ["till-1:s1", "till-1:s2", "till-1:s3"]
    assert world.ledger.balances[PHONE] == START + 60


async def test_a_refused_receipt_does_not_hold_the_later_ones(world: World) -> None:
    """One bad receipt would keep a whole day from being counted."""
    world.code_needed = False
    bad = world.sale("s1", spends=900)
    await world.service.offline(
        TILL, [OfflineReceipt(sale=bad), OfflineReceipt(sale=world.sale("s2"))]
    )
    await world.settle()
    assert (world.progress("s1"), world.progress("s2")) == (
        SaleProgress.DEAD,
        SaleProgress.COMMITTED,
    )
    assert world.disk.rows["till-1:s1"].cause_code == "points-gone"


async def test_receipts_that_came_before_are_answered_as_then(world: World) -> None:
    """A till that hands its day in again would count it twice."""
    await world.service.commit(TILL, world.sale("s1"))
    receipts = [
        OfflineReceipt(sale=world.sale("s1")),
        OfflineReceipt(sale=world.sale("s2")),
        OfflineReceipt(sale=world.sale("s2")),
    ]
    first = await world.service.offline(TILL, receipts)
    assert [(one.stage, one.replayed) for one in first] == [
        (Stage.COMMITTED, True),
        (Stage.ACCEPTED, False),
        (Stage.ACCEPTED, True),
    ]
    await world.settle()
    again = await world.service.offline(TILL, receipts)
    assert {one.stage for one in again} == {Stage.COMMITTED}
    assert world.ledger.balances[PHONE] == START + 40


async def test_a_bad_receipt_spares_its_neighbours(world: World) -> None:
    """One receipt without lines would refuse a whole day."""
    empty = replace(world.sale("s1"), lines=[])
    deals = await world.service.offline(
        TILL,
        [
            OfflineReceipt(sale=empty),
            OfflineReceipt(),
            OfflineReceipt(sale=world.sale("s2")),
            OfflineReceipt(refund=world.refund("r1", "s2", 5)),
        ],
    )
    assert [one.stage for one in deals] == [
        Stage.REFUSED,
        Stage.REFUSED,
        Stage.ACCEPTED,
        Stage.REFUSED,
    ]


async def test_an_offline_receipt_closes_what_was_reserved_before(world: World) -> None:
    """Points that were blocked before the line was cut would be taken twice, or never."""
    await world.service.reserve(TILL, world.sale("s1", spends=50))
    await world.service.offline(TILL, [OfflineReceipt(sale=world.sale("s1", spends=50))])
    await world.settle()
    assert world.ledger.balances[PHONE] == START - 50 + 15
    assert world.ledger.misled == []


async def test_a_full_disk_takes_no_receipt(world: World) -> None:
    """A till would delete receipts that nobody has."""
    world.disk.is_full = True
    with pytest.raises(TillBusy) as caught:
        await world.service.offline(TILL, [OfflineReceipt(sale=world.sale("s1"))])
    assert caught.value.code == "store-full"
    assert world.disk.rows == {}


async def test_several_processes_do_not_settle_a_row_twice(world: World) -> None:
    """With ``pos.shared`` each process would tell the same receipt."""
    world.disk.alone = False
    await world.service.offline(TILL, [OfflineReceipt(sale=world.sale("s1"))])
    other = World(clock=world.clock, disk=world.disk)
    other.ledgers = world.ledgers
    other.build()
    for one in (world, other):
        await one.settler.refresh()
        one.settler.begin()
    for one in (world, other):
        await one.settler.settled()
    assert world.ledger.calls.count("commit") == 1
    again = await other.service.commit(TILL, world.sale("s1"))
    assert (again.stage, again.replayed) == (Stage.COMMITTED, True)


async def test_a_repeat_of_what_left_memory_is_still_a_repeat(world: World) -> None:
    """A till that hands in an old day again would have it counted twice where keys mean nothing."""
    world.ledger.is_keyed = False
    world.book = Book(world.disk, most_finished=2)
    world.serving = replace(world.serving, book=world.book)
    world.advancer.book = world.settler.book = world.book
    world.service = LoyaltyService(world.serving)
    sales = [world.sale(f"s{n}") for n in range(5)]
    for sale in sales:
        await world.service.commit(TILL, sale)
        world.clock.move(1)
    again = await world.service.offline(TILL, [OfflineReceipt(sale=sale) for sale in sales])
    assert {(one.stage, one.replayed) for one in again} == {(Stage.COMMITTED, True)}
    assert world.ledger.misled == []
