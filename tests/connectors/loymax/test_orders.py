"""Orders as purchases: what is earned, when, and that no repeat earns it twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Kind, Money, Order, OrderStatus, Payment
from gateway.contract import Exists, Failed, Missing, Rejected, Written
from tests.connectors.bench import Bench, Copy, failures

from .conftest import Open
from .world import ANNA, HONEY, TEA, balance, cut, journal, line, order, part

KEY = "o-01hzx0000000000000000001"
STEPS = ["/Calculate$", "/Bonus$", "/Confirm$"]
FAULTS: dict[str, dict[str, Any]] = {
    "cut": {"kind": "cut_after"},
    "busy": {"kind": "status", "status": 503},
    "silent": {"kind": "hang_after"},
}


async def tell(base: Bench, copy: Copy, snapshot: Order, buyer: str | None = ANNA) -> Written[Any]:
    """Tell an order as the core would."""
    return await base.tell(Kind.ORDER, copy, snapshot, customer_external_id=buyer)


async def placed(base: Bench, *stages: OrderStatus, **fields: Any) -> Copy:
    """Bring an order through its stages."""
    copy = Copy(KEY)
    for stage in stages or (OrderStatus.NEW,):
        await tell(base, copy, order(stage, **fields))
    return copy


async def test_open_order_moves_no_points(base: Bench) -> None:
    """Points are earned by an order that nobody has paid."""
    copy = await placed(base)
    (row,) = await part(base, "purchases")

    assert copy.external_id == row["purchaseId"]
    assert (row["state"], row["amount"], row["personId"]) == ("Created", 1060.0, 5012)
    assert await balance(base) == (410, 0)


async def test_complete_order_earns(base: Bench) -> None:
    """A paid order earns nothing, or on the price before the shop's own discount."""
    lowered = (TEA.model_copy(update={"price": Money.of(250)}), HONEY)
    await placed(base, OrderStatus.NEW, OrderStatus.COMPLETE, lines=lowered)
    (row,) = await part(base, "purchases")

    assert (row["state"], row["amount"]) == ("Confirmed", 960.0)
    assert await balance(base) == (458, 0)


async def test_edited_order_earns_by_its_last_lines(base: Bench) -> None:
    """Goods that were taken out of the order are earned on."""
    copy = await placed(base)
    await tell(base, copy, order(lines=(HONEY, line("C-1", "Ёлка", "99.90", 3))))
    await tell(base, copy, order(lines=(HONEY,)))
    await tell(base, copy, order(OrderStatus.COMPLETE, lines=(HONEY,)))

    assert await balance(base) == (433, 0)
    assert len(await part(base, "purchases")) == 1


async def test_order_complete_at_once_and_stages_between(base: Bench) -> None:
    """An order that is told late, or many times on its way, earns another sum."""
    await placed(
        base,
        OrderStatus.NEW,
        OrderStatus.APPROVAL,
        OrderStatus.DELIVERY,
        OrderStatus.COMPLETE,
        OrderStatus.COMPLETE,
    )
    assert await balance(base) == (463, 0)
    other = order(OrderStatus.COMPLETE).model_copy(update={"number": "SITE-2"})
    await tell(base, Copy("o-01hzx0000000000000000002"), other)
    assert await balance(base) == (516, 0)


async def test_cancelled_order_earns_nothing(base: Bench) -> None:
    """A dropped order earns, or stays open at the vendor for ever."""
    await placed(base, OrderStatus.NEW, OrderStatus.CANCELLED)
    other = order(OrderStatus.CANCELLED).model_copy(update={"number": "SITE-3"})
    await tell(base, Copy("o-01hzx0000000000000000003"), other)

    assert [one["state"] for one in await part(base, "purchases")] == ["Canceled"]
    assert await balance(base) == (410, 0)


async def test_returned_order_gives_its_points_back(base: Bench) -> None:
    """Goods come back and their points stay."""
    await placed(base, OrderStatus.COMPLETE, OrderStatus.RETURNED)

    assert await balance(base) == (410, 0)
    assert [one["state"] for one in await part(base, "purchases")] == ["Confirmed"] * 2


async def test_promo_code_and_payments_go_along(base: Bench) -> None:
    """The order's coupon stays unused at the vendor, and is taken a second time."""
    payments = (Payment(id="p-1", method="cash", amount=Money.of(1000)),)
    await placed(base, OrderStatus.COMPLETE, promo_codes=("SPRING25",), payments=payments)

    assert [one["state"] for one in await part(base, "coupons")] == ["Used"]
    assert await balance(base) == (460, 0)


async def test_order_without_a_customer_is_nobodys(base: Bench) -> None:
    """An anonymous order earns for whoever was served before."""
    await base.tell(Kind.ORDER, Copy(KEY), order(OrderStatus.COMPLETE))
    (row,) = await part(base, "purchases")

    assert (row["state"], row["personId"]) == ("Confirmed", None)
    assert await balance(base) == (410, 0)


async def test_order_of_a_stranger_fails_alone(base: Bench) -> None:
    """One buyer whom the vendor lost stops the orders of all others."""
    wanted = [
        base.change(Kind.ORDER, Copy("o-1"), order(), customer_external_id="999999"),
        base.change(
            Kind.ORDER,
            Copy("o-2"),
            order().model_copy(update={"number": "SITE-2"}),
            customer_external_id=ANNA,
        ),
    ]
    lost, good = await base.write(Kind.ORDER, *wanted)

    assert isinstance(lost, Failed)
    assert isinstance(lost.error, Missing)
    assert isinstance(good, Written)


async def test_buyer_without_a_phone_is_known_by_the_card(base: Bench) -> None:
    """A member who joined by a plastic card earns nothing online."""
    await base.seed(
        customers=[{"id": 6000, "balance": 1}],
        cards=[{"id": 600, "number": "7000000000060000", "owner": 6000}],
    )
    await tell(base, Copy(KEY), order(OrderStatus.COMPLETE), "6000")

    assert await balance(base, "6000") == (54, 0)


async def test_line_without_goods_is_named(base: Bench) -> None:
    """A line that the vendor cannot know is sold without points, and nobody sees why."""
    bare = HONEY.model_copy(update={"product": None})
    change = base.change(Kind.ORDER, Copy(KEY), order(lines=(bare,)), customer_external_id=ANNA)
    (outcome,) = await base.write(Kind.ORDER, change)

    assert failures([outcome]) == ["TranslationFailed"]
    assert "lines/1/product" in str(outcome.error)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("style", ["code", "state"])
@pytest.mark.parametrize("lost", STEPS)
async def test_lost_step_of_an_order_is_taken_again(
    base: Bench, lost: str, style: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time-out earns twice or never."""
    monkeypatch.setattr(base.connector.writers[Kind.ORDER].steps.client.http, "timeout_s", 0.3)  # type: ignore[attr-defined]
    await base.switch(processing_error_style=style)
    copy = Copy(KEY)
    change = base.change(Kind.ORDER, copy, order(OrderStatus.COMPLETE), customer_external_id=ANNA)
    other = order().model_copy(update={"number": "SITE-0"})
    await base.write(Kind.ORDER, base.change(Kind.ORDER, Copy("o-0"), other))
    await base.faults({"path": lost, "times": 1, **FAULTS[fault]})
    first, second = [await base.write(Kind.ORDER, change) for _ in range(2)]

    assert failures(first) == (["RateLimited"] if fault == "busy" else ["OutcomeUnknown"])
    if isinstance(second[0], Exists):
        copy.external_id = second[0].external_id
        await tell(base, copy, order(OrderStatus.COMPLETE))
    assert failures(second) == []
    assert await balance(base) == (463, 0)
    assert len(await part(base, "purchases")) == 2


@pytest.mark.parametrize("style", ["code", "state"])
@pytest.mark.parametrize("lost", ["/Refund$", "r/Confirm$|/Confirm$"])
async def test_lost_step_of_a_return_is_taken_again(base: Bench, lost: str, style: str) -> None:
    """Points of a returned order are taken twice."""
    await base.switch(processing_error_style=style)
    copy = await placed(base, OrderStatus.COMPLETE)
    change = base.change(Kind.ORDER, copy, order(OrderStatus.RETURNED), customer_external_id=ANNA)
    await base.faults(cut(lost))
    first, second = [await base.write(Kind.ORDER, change) for _ in range(2)]

    assert failures(first) == ["OutcomeUnknown"]
    assert isinstance(second[0], Written), second
    assert await balance(base) == (410, 0)


@pytest.mark.parametrize("style", ["code", "state"])
async def test_lost_cancel_is_taken_again(base: Bench, style: str) -> None:
    """A cancelled order is an error for ever after, because it is cancelled."""
    await base.switch(processing_error_style=style)
    copy = await placed(base)
    change = base.change(Kind.ORDER, copy, order(OrderStatus.CANCELLED), customer_external_id=ANNA)
    await base.faults(cut("/Cancel$"))
    first, second = [await base.write(Kind.ORDER, change) for _ in range(2)]

    assert failures(first) == ["OutcomeUnknown"]
    assert isinstance(second[0], Written), second


async def test_order_that_is_over_is_not_touched(base: Bench) -> None:
    """A comment on an old order sells it again."""
    copy = await placed(base, OrderStatus.COMPLETE)
    before = len(await journal(base))
    await tell(base, copy, order(OrderStatus.COMPLETE, lines=(HONEY,)))

    assert len(await journal(base)) == before


@pytest.mark.parametrize("profile", ["legacy", "v1.2"])
async def test_both_versions_process(open_double: Open, profile: str) -> None:
    """Processing has one path in both versions, and the old one is asked for by another."""
    base = await open_double({"version": profile}, version_profile=profile)
    await placed(base, OrderStatus.NEW, OrderStatus.COMPLETE)

    assert await balance(base) == (463, 0)


async def test_weighed_goods_keep_their_grams(base: Bench) -> None:
    """0.357 kg is sold as a whole kilogram."""
    cheese = HONEY.model_copy(update={"quantity": Decimal("0.357"), "price": Money.of("899.90")})
    await placed(base, OrderStatus.COMPLETE, lines=(cheese,))
    (row,) = await part(base, "purchases")

    assert row["amount"] == 321.26


async def test_order_made_twice_is_met(base: Bench) -> None:
    """A repeated delivery reckons the order anew, after people worked on it."""
    copy = await placed(base)
    change = base.change(Kind.ORDER, Copy(KEY), order(), customer_external_id=ANNA)

    assert list(await base.write(Kind.ORDER, change)) == [Exists(copy.external_id or "")]


async def test_number_of_another_till_is_another_purchase(base: Bench) -> None:
    """Receipt 1 of yesterday's till is taken for order 1 of the site."""
    await base.act(
        "till.sell", id=5012, number="SITE-1", lines=[{"goodsId": "B-03", "amount": 460}]
    )
    await placed(base, OrderStatus.COMPLETE)

    assert await balance(base) == (410 + 23 + 53, 0)


async def test_purchase_that_the_vendor_cancelled_is_told(base: Bench) -> None:
    """The vendor dropped a purchase that hung too long, and its points are gone in silence."""
    copy = await placed(base)
    await base.switch(unconfirmed_lifetime_s=1)
    await base.door.post("/__mock__/clock", json={"advance": 60})
    wanted = order(OrderStatus.COMPLETE)
    change = base.change(Kind.ORDER, copy, wanted, customer_external_id=ANNA)
    (outcome,) = await base.write(Kind.ORDER, change)

    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Rejected)
    assert outcome.error.vendor_code == "OperationIsCanceled"


async def test_buyer_is_read_again_when_points_moved(base: Bench) -> None:
    """The site shows the balance before the order for weeks."""
    copy = Copy(KEY)
    opened = await tell(base, copy, order())
    done = await tell(base, copy, order(OrderStatus.COMPLETE))

    assert (opened.touched, done.touched) == ((), ((Kind.CUSTOMER, ANNA),))


async def test_order_of_an_unknown_id_is_missing(base: Bench) -> None:
    """An order that is not there is made anew by its edit."""
    change = base.change(Kind.ORDER, Copy(KEY, "999999"), order(), customer_external_id=ANNA)
    (outcome,) = await base.write(Kind.ORDER, change)

    assert failures([outcome]) == ["Missing"]
    assert await part(base, "purchases") == []
