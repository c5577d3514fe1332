"""Sales over the wire: reckoned, reserved, committed and given back, each once in effect."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import BonusPoints, DiscountReason, Money, OrderLine, ProductRef
from gateway.contract import (
    Kept,
    Missing,
    OutcomeUnknown,
    PromoState,
    Quote,
    Refund,
    Rejected,
    SaleState,
)

from .conftest import Bench, OpenBench
from .members import LOYALTY, balance, join, loyalty_of, programme, sale

STATUSES = {"new": "new", "complete": "complete", "cancel-other": "cancelled"}


async def _club(
    open_bench: OpenBench, *, own: dict[str, Any] | None = None, **fields: Any
) -> Bench:
    switches = fields.pop("switches", {})
    bench = await open_bench({"loyalty": LOYALTY, **(own or {})}, **switches)
    await bench.seed(programs=[programme(**fields)])
    return bench


def _told(quote: Quote) -> list[Decimal | None]:
    """Return total, earned, available and spendable."""
    return [
        quote.total.amount,
        quote.points_earned.points,
        quote.available.points if quote.available else None,
        quote.spendable.points if quote.spendable else None,
    ]


async def test_a_quote_tells_all_and_changes_nothing(open_bench: OpenBench) -> None:
    """The checkout would show other points than the till takes."""
    bench = await _club(open_bench)
    _, account = await join(bench, 300)
    quote = await loyalty_of(bench).quote(sale(spends=20, promo_codes=("ВЕСНА",)))
    assert _told(quote) == [Decimal("880.00"), 44, 300, 300]
    (line,) = quote.lines
    assert (line.id, line.price) == ("pos-1-000123#1", Money.of("880.00"))
    assert [(one.reason, one.amount) for one in line.discounts] == [
        (DiscountReason.POINTS, Money.of(20))
    ]
    assert line.points_spent == BonusPoints(points=Decimal(20))
    assert quote.promo_codes == [("ВЕСНА", PromoState.UNKNOWN)]
    assert await loyalty_of(bench).quote(sale(spends=20, promo_codes=("ВЕСНА",))) == quote
    assert await balance(bench, account) == 300
    assert (await bench.api("orders"))["pagination"]["totalCount"] == 0


async def test_bonuses_are_not_money(open_bench: OpenBench) -> None:
    """With two roubles a bonus, a till would take off half or double."""
    bench = await _club(open_bench, chargeRate=2)
    await join(bench, 300)
    quote = await loyalty_of(bench).quote(sale(spends=20))
    (line,) = quote.lines
    assert quote.total == Money.of("860.00")
    (discount,) = line.discounts
    assert discount.amount == Money.of(40)
    assert discount.points == line.points_spent == BonusPoints(points=Decimal(20))


async def test_a_level_of_discounts_lowers_the_price(open_bench: OpenBench) -> None:
    """Members of a discount level would pay the full price."""
    level = {"id": 5, "name": "Десять", "type": "discount", "sum": 0, "privilegeSize": 10}
    bench = await _club(open_bench, levels=[level])
    await join(bench)
    quote = await loyalty_of(bench).quote(sale())
    assert _told(quote)[:2] == [Decimal("810.00"), 0]
    (line,) = quote.lines
    assert [one.reason for one in line.discounts] == [DiscountReason.CARD]


async def test_the_best_privilege_is_taken_and_kept(open_bench: OpenBench) -> None:
    """A birthday's discount would be quoted and then not given."""
    event = {"id": 8, "type": "birthday", "discount": 30}
    bench = await _club(open_bench, events=[event])
    await join(bench)
    quote = await loyalty_of(bench).quote(sale())
    assert quote.total == Money.of("630.00")
    await loyalty_of(bench).reserve(sale(), key="k1")
    (row,) = (await bench.api("orders"))["orders"]
    assert (row["privilegeType"], row["totalSumm"]) == ("loyalty_event", 630)


async def test_what_the_shop_took_off_is_told_per_unit(open_bench: OpenBench) -> None:
    """A discount of the shop would be taken once for a line of many."""
    bench = await _club(open_bench)
    await join(bench)
    line = OrderLine(
        id="l1",
        product=ProductRef(external_id="sku-1"),
        quantity=Decimal(3),
        base_price=Money.of("900.00"),
        price=Money.of("800.50"),
    )
    quote = await loyalty_of(bench).quote(sale(lines=(line,)))
    assert (quote.total, quote.lines[0].price) == (Money.of("2401.50"), Money.of("800.50"))


async def test_strangers_earn_nothing(open_bench: OpenBench) -> None:
    """A sale without a member would fail, and one with an unknown member pass."""
    bench = await _club(open_bench)
    quote = await loyalty_of(bench).quote(sale(member=None))
    assert _told(quote) == [Decimal("900.00"), 0, None, 0]
    with pytest.raises(Missing):
        await loyalty_of(bench).quote(sale())


async def test_too_many_points_are_refused(open_bench: OpenBench) -> None:
    """A till would promise points that the member does not have."""
    bench = await _club(open_bench)
    await join(bench, 300)
    with pytest.raises(Rejected) as caught:
        await loyalty_of(bench).reserve(sale(spends=301), key="k1")
    assert caught.value.vendor_code == "not_enough_bonuses"


async def test_a_sale_runs_its_course(open_bench: OpenBench) -> None:
    """Points would leave without a sale, or a sale without its points."""
    bench = await _club(open_bench)
    _, account = await join(bench, 300)
    loyalty, bought = loyalty_of(bench), sale(spends=20, number="К-7")
    assert await loyalty.find(bought.id) is None
    kept = await loyalty.reserve(bought, key="k1")
    assert (kept.reference, kept.state, kept.points_spent) == (
        bought.id,
        SaleState.RESERVED,
        BonusPoints(points=Decimal(20)),
    )
    assert await balance(bench, account) == 280
    done = await loyalty.commit(bought, kept, key="k2")
    assert (done.state, done.points_earned) == (
        SaleState.COMMITTED,
        BonusPoints(points=Decimal(44)),
    )
    assert await balance(bench, account) == 324
    (row,) = (await bench.api("orders"))["orders"]
    assert (row["number"], row["status"], row["prepaySum"]) == ("К-7", "complete", 880)
    found = await loyalty.find(bought.id)
    assert found is not None
    assert found.state is SaleState.COMMITTED
    refund = Refund("r1", bought.id, done.reference, bought.at)
    back = await loyalty.refund(refund, key="k3")
    assert (back.points_earned, back.points_spent) == (
        BonusPoints(points=Decimal(-44)),
        BonusPoints(points=Decimal(-20)),
    )
    assert await balance(bench, account) == 300
    await loyalty.refund(refund, key="k3")
    assert await balance(bench, account) == 300


@pytest.mark.parametrize("apply_repeat", ["replace", "add", "400"])
async def test_reserving_again_takes_what_is_asked_now(
    open_bench: OpenBench, apply_repeat: str
) -> None:
    """What a second charge does is not documented: points would add up."""
    bench = await _club(open_bench, switches={"apply_repeat": apply_repeat})
    _, account = await join(bench, 300)
    for spends, left in ((20, 280), (20, 280), (50, 250), (0, 300)):
        kept = await loyalty_of(bench).reserve(sale(spends=spends), key="k1")
        assert kept.points_spent == BonusPoints(points=Decimal(spends))
        assert await balance(bench, account) == left
    assert (await bench.api("orders"))["pagination"]["totalCount"] == 1


async def test_a_sale_is_given_up_twice_as_once(open_bench: OpenBench) -> None:
    """A basket that was left would keep its points for ever."""
    bench = await _club(open_bench)
    _, account = await join(bench, 300)
    loyalty = loyalty_of(bench)
    kept = await loyalty.reserve(sale(spends=20), key="k1")
    for _ in range(2):
        await loyalty.cancel(kept, key="k2")
        assert await balance(bench, account) == 300
    found = await loyalty.find(kept.reference)
    assert found is not None
    assert found.state is SaleState.CANCELLED
    for again in (
        loyalty.reserve(sale(spends=20), key="k1"),
        loyalty.commit(sale(), kept, key="k"),
    ):
        with pytest.raises(Rejected, match="given up"):
            await again
    await loyalty.cancel(Kept("never-was", SaleState.RESERVED), key="k3")


async def test_a_committed_sale_is_not_cancelled(open_bench: OpenBench) -> None:
    """Earned points would stay with goods that were paid back by nobody."""
    bench = await _club(open_bench)
    await join(bench, 300)
    done = await loyalty_of(bench).commit(sale(spends=20), None, key="k1")
    with pytest.raises(Rejected, match="refund"):
        await loyalty_of(bench).cancel(done, key="k2")


async def test_an_offline_sale_is_one_call_of_ours(open_bench: OpenBench) -> None:
    """A receipt that was closed while the CRM was away would earn twice when told again."""
    bench = await _club(open_bench)
    _, account = await join(bench, 300)
    for _ in range(2):
        done = await loyalty_of(bench).commit(sale(spends=20), None, key="k1")
        assert done.state is SaleState.COMMITTED
        assert await balance(bench, account) == 324
    (row,) = (await bench.api("orders"))["orders"]
    assert len(row["payments"]) == 1


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("/orders/create", "reserve"),
        ("/loyalty/apply", "reserve"),
        ("/payments/create", "commit"),
        ("/edit", "commit"),
        ("/cancel-bonus-operations", "refund"),
    ],
)
async def test_a_step_cut_after_its_effect_is_done_once(
    open_bench: OpenBench, path: str, step: str
) -> None:
    """A lost answer at the till would take points twice, or the money."""
    bench = await _club(open_bench)
    _, account = await join(bench, 300)
    loyalty, bought = loyalty_of(bench), sale(spends=20)

    async def reserve() -> Kept:
        return await loyalty.reserve(bought, key="k1")

    async def commit() -> Kept:
        return await loyalty.commit(bought, await reserve(), key="k2")

    async def refund() -> Kept:
        done = await commit()
        return await loyalty.refund(Refund("r", bought.id, done.reference, bought.at), key="k3")

    steps = {"reserve": (reserve, 280), "commit": (commit, 324), "refund": (refund, 300)}
    attempt, left = steps[step]
    await bench.faults({"kind": "cut_after", "path": path, "times": 1})
    with pytest.raises(OutcomeUnknown):
        await attempt()
    assert await loyalty.find(bought.id) is not None
    await attempt()
    assert await balance(bench, account) == left
    (row,) = (await bench.api("orders"))["orders"]
    assert len(row["payments"]) == (0 if step == "reserve" else 1)


async def test_a_refund_has_the_status_of_the_account(open_bench: OpenBench) -> None:
    """Returned goods would stand as cancelled in an account that tells them apart."""
    own = {"statuses": {**STATUSES, "no-product": "returned"}}
    bench = await _club(open_bench, own=own)
    await join(bench)
    done = await loyalty_of(bench).commit(sale(), None, key="k1")
    await loyalty_of(bench).refund(Refund("r", done.reference, done.reference, sale().at), key="k")
    (row,) = (await bench.api("orders"))["orders"]
    assert row["status"] == "no-product"


async def test_payments_of_two_sales_may_have_one_number(open_bench: OpenBench) -> None:
    """The second sale of a till that numbers payments from one would be refused for ever."""
    bench = await _club(open_bench)
    await join(bench)
    for name in ("s-1", "s-2"):
        payment = sale().payments[0].model_copy(update={"id": "1"})
        one = sale(name, payments=(payment,))
        for _ in range(2):
            await loyalty_of(bench).commit(one, None, key=name)
    rows = (await bench.api("orders"))["orders"]
    assert [len(row["payments"]) for row in rows] == [1, 1]
