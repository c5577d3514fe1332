"""Parts of sales that come back: each has its share of the bonuses, once, whatever is cut."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Money, OrderLine, ProductRef
from gateway.contract import Kept, OutcomeUnknown, Refund, Rejected, SaleState, Unsupported

from .conftest import Bench, OpenBench
from .members import LOYALTY, balance, join, loyalty_of, programme, sale

TEA = OrderLine(
    id="2",
    product=ProductRef(external_id="sku-1"),
    quantity=Decimal(4),
    base_price=Money.of("25.00"),
    price=Money.of("25.00"),
)
BOUGHT = replace(sale(spends=100), lines=(*sale().lines, TEA), payments=())
"""A mug for 900 and four packets of tea for 100: 90 and 10 bonuses spent, 40.5 and 4.5 earned."""


async def _sold(
    open_bench: OpenBench, own: dict[str, Any] | None = None, **fields: Any
) -> tuple[Bench, int, Kept]:
    bench = await open_bench({"loyalty": {**LOYALTY, **(own or {})}})
    await bench.seed(programs=[programme(**fields)])
    _, account = await join(bench, 300)
    loyalty = loyalty_of(bench)
    kept = await loyalty.reserve(BOUGHT, key="k1")
    done = await loyalty.commit(BOUGHT, kept, key="k2")
    assert await balance(bench, account) == 245
    return bench, account, done


def _return(name: str, line: OrderLine, quantity: int) -> Refund:
    part = line.model_copy(update={"quantity": Decimal(quantity)})
    return Refund(name, BOUGHT.id, BOUGHT.id, BOUGHT.at, lines=[part])


async def test_a_part_gives_back_its_share(open_bench: OpenBench) -> None:
    """Two packets of tea that come back would give all points back, or none."""
    bench, account, _ = await _sold(open_bench)
    kept = await loyalty_of(bench).refund(_return("r1", TEA, 2), key="k3")
    assert await balance(bench, account) == Decimal("247.75")
    assert kept.points_spent is not None
    assert kept.points_spent.points == -5
    await loyalty_of(bench).refund(_return("r1", TEA, 2), key="k3")
    assert await balance(bench, account) == Decimal("247.75")


async def test_parts_come_back_one_after_the_other(open_bench: OpenBench) -> None:
    """A second part would be taken for the first, or give back what came back already."""
    bench, account, _ = await _sold(open_bench)
    for name, line, quantity in (("r1", TEA, 1), ("r2", BOUGHT.lines[0], 1), ("r3", TEA, 3)):
        for _ in range(2):
            await loyalty_of(bench).refund(_return(name, line, quantity), key=name)
    assert await balance(bench, account) == 300
    await loyalty_of(bench).refund(_return("r1", TEA, 1), key="r1")
    assert await balance(bench, account) == 300
    found = await loyalty_of(bench).find(BOUGHT.id)
    assert found is not None
    assert found.state is SaleState.CANCELLED


async def test_more_than_is_left_does_not_come_back(open_bench: OpenBench) -> None:
    """A till would return goods that were never sold, and gain points."""
    bench, account, _ = await _sold(open_bench)
    await loyalty_of(bench).refund(_return("r1", TEA, 3), key="k3")
    held = await balance(bench, account)
    with pytest.raises(Rejected):
        await loyalty_of(bench).refund(_return("r2", TEA, 2), key="k4")
    assert await balance(bench, account) == held


@pytest.mark.parametrize(
    "path", ["orders/[0-9]+/edit", "cancel-bonus-operations", "orders/loyalty/apply"]
)
@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
async def test_a_cut_return_is_finished_by_the_next_try(
    open_bench: OpenBench, path: str, kind: str
) -> None:
    """After a lost answer the goods would be back and the points not, or twice."""
    bench, account, _ = await _sold(open_bench)
    await bench.faults({"kind": kind, "path": path, "times": 1})
    with pytest.raises(OutcomeUnknown):
        await loyalty_of(bench).refund(_return("r1", TEA, 2), key="k3")
    await loyalty_of(bench).refund(_return("r1", TEA, 2), key="k3")
    assert await balance(bench, account) == Decimal("247.75")


async def test_without_a_status_for_it_a_part_is_refused(open_bench: OpenBench) -> None:
    """An account without returned goods would count them as sold for ever."""
    bench, account, _ = await _sold(open_bench, {"returned_line_status": None})
    with pytest.raises(Unsupported):
        await loyalty_of(bench).refund(_return("r1", TEA, 1), key="k3")
    assert await balance(bench, account) == 245


async def test_a_charge_that_waits_for_a_code_is_not_taken_anew(open_bench: OpenBench) -> None:
    """The customer's bonuses would come back whole and never be charged again."""
    bench, account, _ = await _sold(open_bench)
    await bench.seed(programs=[programme(confirmSmsCharge=True)])
    with pytest.raises(Unsupported):
        await loyalty_of(bench).refund(_return("r1", TEA, 1), key="k3")
    assert await balance(bench, account) == 245
