"""Receipts: reserved, paid, cancelled, given back, and told afterwards."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.contract import (
    Kept,
    Missing,
    OutcomeUnknown,
    Refund,
    Rejected,
    SaleState,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, balance, drained, inspected
from tests.connectors.mindbox.sales import (
    NOON,
    SALE,
    found,
    line,
    loyalty,
    points,
    statuses,
    stored,
)


@pytest.mark.parametrize("saved", ["Processed", "CreatedUpdated"])
async def test_receipt_goes_from_reserve_to_refund(open_project: OpenProject, saved: str) -> None:
    """Points are taken twice, come back never, or the sale is not the one that was reckoned."""
    project = await open_project(order_saved_status=saved)
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")

    assert kept == Kept(
        "A-1542", SaleState.RESERVED, points_earned=points(265), points_spent=points(594)
    )
    assert await balance(project) == (646, 306, 340)
    row = await stored(project)
    assert [(one["lineId"], one["lineNumber"], one["quantity"]) for one in row["lines"]] == [
        ("1", 1, 2), ("1~2", 2, 1), ("2", 3, 2), ("3", 4, 1),
    ]  # fmt: skip
    assert row["totalPrice"] == 5346

    done = await till.commit(SALE, kept, key="k-2")
    assert (done.state, done.points_spent) == (SaleState.COMMITTED, points(594))
    assert await balance(project) == (911, 306, 605)

    # The unit of line 2 that was bought without the code, as in section 14.1.
    back = [line("1", "SKU-9001", 1, 1500, 1350)]
    refund = Refund("r-1", "A-1542", done.reference, NOON, lines=back)
    await till.refund(refund, key="k-3")
    await till.refund(refund, key="k-3")
    await drained(project)
    assert await balance(project) == (994, 456, 538)
    assert await statuses(project) == ["Paid", "Returned", "Paid", "Paid"]

    await till.refund(Refund("r-2", "A-1542", done.reference, NOON), key="k-4")
    await drained(project)
    assert set(await statuses(project)) == {"Returned"}
    assert await balance(project) == (1240, 900, 340)
    assert (await found(project)).state is SaleState.CANCELLED


async def test_second_refund_of_a_line_takes_what_is_left(project: Bench) -> None:
    """The second unit is given back from the part that came back already: nothing happens."""
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    await till.commit(SALE, kept, key="k-2")
    for number in range(3):
        back = [line("1", "SKU-9001", 1, 1500, 1215 if number < 2 else 1350)]
        await till.refund(
            Refund(f"r-{number}", "A-1542", "A-1542", NOON, lines=back), key=f"b{number}"
        )
        await drained(project)
    rows = (await stored(project))["lines"]
    returned = [row for row in rows if row["status"]["ids"]["externalId"] == "Returned"]
    assert sum(row["quantity"] for row in returned) == 3
    assert {row["product"]["ids"]["website"] for row in returned} == {"SKU-9001"}
    log = await inspected(project, "operationLog")
    assert {row["status"] for row in log} == {"Success"}


async def test_refund_of_an_unknown_sale_is_missing(project: Bench) -> None:
    """A refund goes into the queue of a vendor who knows no such sale, and nobody ever hears."""
    with pytest.raises(Missing):
        await loyalty(project).refund(Refund("r-1", "A-404", "A-404", NOON), key="k-1")


async def test_cancelled_sale_gives_points_back_once(project: Bench) -> None:
    """The payment failed and the points are gone, or come back twice."""
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    await till.cancel(kept, key="k-2")
    await till.cancel(kept, key="k-2")

    assert await balance(project) == (1240, 900, 340)
    assert set(await statuses(project)) == {"Cancelled"}
    assert (await found(project)).state is SaleState.CANCELLED
    again = await till.reserve(replace(SALE, id="A-1543"), key="k-3")
    assert again.points_spent == points(594)


@pytest.mark.parametrize("kind", ["cut_after", "cut_before", "status"])
async def test_lost_answer_of_a_reserve_is_read_not_repeated(project: Bench, kind: str) -> None:
    """The repeat reckons with what is left of the points, and takes those too."""
    till = loyalty(project)
    await project.faults({"kind": kind, "path": "CreateAuthorizedOrder", "times": 1, "status": 503})
    with pytest.raises(OutcomeUnknown):
        await till.reserve(SALE, key="k-1")
    kept = await till.reserve(SALE, key="k-1")

    assert (kept.state, kept.points_spent) == (SaleState.RESERVED, points(594))
    assert kept.points_earned == points(265)
    assert await balance(project) == (646, 306, 340)
    assert len(await inspected(project, "orders")) == 1


@pytest.mark.parametrize("kind", ["cut_after", "status"])
async def test_lost_answer_of_a_commit_accrues_once(project: Bench, kind: str) -> None:
    """The repeated commit accrues the points again."""
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    await project.faults({"kind": kind, "path": "ChangeStatus", "times": 1, "status": 502})
    with pytest.raises(OutcomeUnknown):
        await till.commit(SALE, kept, key="k-2")
    assert (await till.commit(SALE, kept, key="k-2")).state is SaleState.COMMITTED
    assert await balance(project) == (911, 306, 605)


async def test_offline_sale_is_told_once_without_points(project: Bench) -> None:
    """A sale of the hour without a line spends points that were not there, or counts twice."""
    till = loyalty(project)
    for _ in range(2):
        kept = await till.commit(SALE, None, key="k-1")
        assert kept.state is SaleState.COMMITTED
    log = await drained(project)

    assert sorted(row["status"] for row in log) == ["Success", "TransactionAlreadyProcessed"]
    row = await stored(project)
    assert (row["totalPrice"], row["customerId"]) == (6240, 500123)
    assert await statuses(project) == ["Paid"] * 3
    assert row["created"] == "2026-03-01 09:58:02.000"
    # 5 % of 4500, 1440 and 300; nothing spent.
    assert await balance(project) == (1552, 900, 652)


async def test_find_tells_what_became_of_a_sale(project: Bench) -> None:
    """A lost answer is repeated blindly, or a sale that never was is believed in."""
    till = loyalty(project)
    assert await till.find("A-1542") is None
    kept = await till.reserve(SALE, key="k-1")
    assert await till.find("A-1542") == kept
    await till.commit(SALE, kept, key="k-2")
    assert (await found(project)).state is SaleState.COMMITTED


@pytest.mark.parametrize("mode", ["beginCreatesOrder", "classic"])
async def test_withdrawn_transaction_still_works_where_it_is_kept(
    open_project: OpenProject, mode: str
) -> None:
    """A project of old operations keeps the points of every sale blocked."""
    project = await open_project({"legacy_transactions": True}, legacy_transaction=mode)
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    assert (kept.state, kept.points_spent) == (SaleState.RESERVED, points(594))
    assert (await balance(project))[1] == 306
    await till.commit(SALE, kept, key="k-2")
    await drained(project)
    assert await statuses(project) == (["Paid"] * 4 if mode == "classic" else ["CheckedOut"] * 4)

    other = replace(SALE, id="A-1543", points=points(100), promo_codes=[])
    kept = await till.reserve(other, key="k-3")
    before = (await balance(project))[1]
    await till.cancel(kept, key="k-4")
    await drained(project)
    given = float(kept.points_spent.points) if kept.points_spent else 0
    assert (await balance(project))[1] == before + (given if mode == "classic" else 0)


async def test_withdrawn_transaction_is_refused_where_it_is_gone(
    open_project: OpenProject,
) -> None:
    """Sales of an old set-up vanish, as the vendor neither processes nor stores them."""
    project = await open_project({"legacy_transactions": True})
    with pytest.raises(Rejected):
        await loyalty(project).reserve(SALE, key="k-1")
    assert await inspected(project, "orders") == []


async def test_lost_answer_of_a_begin_is_looked_up(open_project: OpenProject) -> None:
    """A begin has no code of its own; its repeat opens a second transaction."""
    project = await open_project({"legacy_transactions": True}, legacy_transaction="classic")
    till = loyalty(project)
    await project.faults({"kind": "cut_after", "path": "BeginAuthorized", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await till.reserve(SALE, key="k-1")
    kept = await found(project)
    assert (kept.state, kept.points_spent) == (SaleState.RESERVED, points(594))


async def test_weighed_goods_come_back(project: Bench) -> None:
    """A quarter of a kilogram that comes back would be refused in the queue, and nobody told."""
    till = loyalty(project)
    cheese = line("1", "SKU-9003", 1, 300).model_copy(update={"quantity": Decimal("0.75")})
    sale = replace(SALE, id="A-1700", points=None, promo_codes=[], lines=[cheese])
    done = await till.commit(sale, await till.reserve(sale, key="k-1"), key="k-2")
    part = cheese.model_copy(update={"quantity": Decimal("0.25")})
    for name, back in (
        ("r-1", part),
        ("r-2", cheese.model_copy(update={"quantity": Decimal("0.5")})),
    ):
        await till.refund(Refund(name, "A-1700", done.reference, NOON, lines=[back]), key=name)
        await drained(project)
    rows = (await stored(project, "A-1700"))["lines"]
    assert {row["status"]["ids"]["externalId"] for row in rows} == {"Returned"}
