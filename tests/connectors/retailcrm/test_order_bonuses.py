"""Bonuses on orders: what an order spent and earns is read, and an edit leaves it alone."""

from __future__ import annotations

from decimal import Decimal

from gateway.canonical import BonusPoints, Kind, Money, Order
from gateway.canonical.paths import spoken

from .conftest import Bench, Copy, OpenBench, record
from .members import LOYALTY, balance, join, loyalty_of, programme, sale
from .samples import ORDER_KEY, line, order


def _points(entity: Order) -> list[Decimal | None]:
    """Return what was spent and what is earned."""
    both = (entity.points_spent, entity.points_earned)
    return [one.points if one is not None else None for one in both]


async def _club(open_bench: OpenBench) -> Bench:
    bench = await open_bench({"loyalty": LOYALTY})
    await bench.seed(programs=[programme()])
    return bench


async def test_an_order_tells_what_it_spent_and_earns(open_bench: OpenBench) -> None:
    """The shop's account page would show an order without its bonuses."""
    bench = await _club(open_bench)
    await join(bench, 300)
    await loyalty_of(bench).reserve(sale(spends=20), key="k1")
    (row,) = (await bench.api("orders"))["orders"]
    seen = await bench.look(Kind.ORDER, Copy(ORDER_KEY, str(row["id"])))
    assert _points(seen.entity) == [20, 44]


async def test_without_loyalty_nothing_is_said(bench: Bench) -> None:
    """An account without a programme would say zero where another one knows better."""
    copy = Copy(ORDER_KEY)
    await bench.tell(Kind.ORDER, copy, order())
    seen = await bench.look(Kind.ORDER, copy)
    assert not {"points_spent", "points_earned"} & set(spoken(seen.entity))


async def test_an_order_with_loyalty_reads_back_as_it_was_held(open_bench: OpenBench) -> None:
    """Bonuses that the account reckons would come back as a change after each write."""
    bench = await _club(open_bench)
    copy = Copy(ORDER_KEY)
    wanted = order(points_earned=BonusPoints(points=Decimal(7)))
    await bench.tell(Kind.ORDER, copy, wanted)
    assert await bench.news(Kind.ORDER, copy) == {}
    await bench.tell(Kind.ORDER, copy, order(customer_comment="Звонить после шести"))
    assert await bench.news(Kind.ORDER, copy) == {}


async def test_an_edit_leaves_the_bonuses_of_an_order(open_bench: OpenBench) -> None:
    """A new comment would give the member's points back, or take their discount twice."""
    bench = await _club(open_bench)
    _, account = await join(bench, 300)
    bought = sale(ORDER_KEY, spends=20, payments=())
    await loyalty_of(bench).reserve(bought, key="k1")
    (row,) = (await bench.api("orders"))["orders"]
    copy = Copy(ORDER_KEY, str(row["id"]))
    seen = await bench.look(Kind.ORDER, copy)
    copy.known = {path: one for path, one in spoken(seen.entity).items() if one is not None}
    assert seen.entity.lines[0].price == Money.of("880.00")
    other = line("second", base_price=Money.of("100.00"), price=Money.of("100.00"))
    wanted = seen.entity.model_copy(
        update={"customer_comment": "Позвонить", "lines": (*seen.entity.lines, other)}
    )
    await bench.tell(Kind.ORDER, copy, wanted)
    told = await record(bench, Kind.ORDER, copy.external_id)
    assert (told["bonusesChargeTotal"], told["customerComment"]) == (20, "Позвонить")
    assert len(told["items"]) == 2
    assert await balance(bench, account) == 280
