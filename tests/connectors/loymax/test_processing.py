"""Processing in real time: quote, reserve, commit, cancel, refund, and what repeats of them do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from gateway.canonical import BonusPoints, DiscountReason, Money
from gateway.contract import (
    Kept,
    MemberKey,
    Missing,
    OutcomeUnknown,
    PromoState,
    Refund,
    SaleState,
)
from tests.connectors.bench import Bench

from .world import (
    ANNA,
    AT,
    CARD,
    IVAN,
    PHONE,
    balance,
    cut,
    journal,
    loyalty,
    part,
    sale,
)

T = TypeVar("T")
CONFIRM, PAY, CALCULATE = "/Confirm$", "/Bonus/Payment$", "/Calculate$"
ACCRUE, CANCEL, REFUND = "/Bonus$", "/Cancel$", "/Refund$"


def points(value: int | str) -> BonusPoints:
    """Return points."""
    return BonusPoints(points=Decimal(value))


def refund_of(kept: Kept, *lines: Any, refund_id: str = "SHOP100045R1") -> Refund:
    """Return goods of a sale that come back."""
    return Refund(
        id=refund_id, sale_id="SHOP100045", reference=kept.reference, at=AT, lines=lines or None
    )


async def sold(base: Bench, spent: int = 100) -> Kept:
    """Sell the basket with a coupon and points."""
    basket = sale(points=spent, promo_codes=("SPRING25",))
    kept = await loyalty(base).reserve(basket, key="r-1")
    return await loyalty(base).commit(basket, kept, key="k-1")


async def again(act: Callable[[], Awaitable[T]]) -> T:
    """Do something whose first answer is lost."""
    with pytest.raises(OutcomeUnknown):
        await act()
    return await act()


async def test_quote_is_reckoned_as_the_vendor_does(base: Bench) -> None:
    """The checkout promises another discount than the till gives, or points that are not there."""
    quote = await loyalty(base).quote(sale(points=100, promo_codes=("SPRING25",)))

    # 600 less 10 %, 460 without; 30 % of 1000 may be paid, 100 are: 54 and 46 by share.
    assert [one.price for one in quote.lines] == [Money.of("243"), Money.of("414")]
    assert quote.total == Money.of(900)
    assert quote.points_earned == points("45")
    assert (quote.available, quote.spendable) == (points(410), points(300))
    assert quote.promo_codes == [("SPRING25", PromoState.APPLIED)]
    first = {one.reason: one for one in quote.lines[0].discounts}
    assert first[DiscountReason.PROMOTION].amount == Money.of(60)
    assert first[DiscountReason.PROMOTION].name is None or "Весна" in str(
        first[DiscountReason.PROMOTION].name
    )
    assert first[DiscountReason.POINTS].points == points(54)
    assert await balance(base) == (410, 0)


async def test_point_that_is_not_a_rouble_is_reckoned_at_its_rate(base: Bench) -> None:
    """Where ten points are a rouble, the checkout lowers the price ten times too much."""
    await base.act("rules", rules={"rate": "0.5"})
    quote = await loyalty(base).quote(sale(points=100))

    assert quote.total == Money.of(1010)
    by_points = [one for each in quote.lines for one in each.discounts]
    assert sum(one.amount.amount for one in by_points if one.amount) == Decimal(50)
    assert sum(one.points.points for one in by_points if one.points) == Decimal(100)


async def test_promo_code_that_is_refused_is_left_out_of_the_quote(base: Bench) -> None:
    """A mistyped code leaves the buyer without any price at all."""
    quote = await loyalty(base).quote(sale(promo_codes=("NOPE",)))

    assert quote.promo_codes == [("NOPE", PromoState.NOT_APPLIED)]
    assert quote.total == Money.of(1060)


async def test_a_till_waits_for_two_calls_in_turn(base: Bench) -> None:
    """A processor of 300 ms a call would make each look-up longer than a till waits."""
    before = len(await journal(base))
    await loyalty(base).identify(MemberKey(phone=PHONE))
    asked = [row["path"].rsplit("/", 1)[-1] for row in (await journal(base))[before:]]
    assert sorted(one for one in asked if one != "token") == ["Balance", "Cards", "users"]


async def test_a_basket_may_be_reckoned_before_the_customer_is_named(base: Bench) -> None:
    """Goods are scanned first: the customer who is named then could neither spend nor earn."""
    for member in (None, MemberKey(card=CARD), MemberKey(phone=PHONE)):
        await loyalty(base).quote(sale(member=member))
    kept = await loyalty(base).reserve(sale(points=100), key="k-1")
    done = await loyalty(base).commit(sale(points=100), kept, key="k-1")
    assert done.points_spent == points(100)
    assert await loyalty(base).find(sale().id) is not None


async def test_quote_for_nobody_earns_as_for_a_card_and_pays_nothing(base: Bench) -> None:
    """A buyer without a card cannot even see the price."""
    quote = await loyalty(base).quote(sale(member=None, points=50))

    assert quote.total == Money.of(1060)
    assert quote.points_earned == points(53)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(MemberKey(phone=PHONE), id="phone"),
        pytest.param(MemberKey(card=CARD), id="card"),
        pytest.param(MemberKey(external_id=ANNA), id="id"),
        pytest.param(MemberKey(email="anna@example.com"), id="email"),
    ],
)
async def test_member_is_known_and_pays_by_each_key(base: Bench, key: MemberKey) -> None:
    """The till reads a card where the site knows a phone, and sells to a stranger."""
    member = await loyalty(base).identify(key)
    assert member is not None
    assert member.external_id == ANNA
    assert [one.available for one in member.customer.bonuses] == [points(410)]

    kept = await loyalty(base).reserve(sale(member=key, points=100), key="r-1")
    assert kept.points_spent == points(100)
    assert await balance(base) == (310, 100)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(MemberKey(phone="+79990000000"), id="phone"),
        pytest.param(MemberKey(card="1"), id="card"),
        pytest.param(MemberKey(card="7000000000099999"), id="free card"),
        pytest.param(MemberKey(external_id="999999"), id="id"),
        pytest.param(MemberKey(email="anna@example.co"), id="part of an email"),
    ],
)
async def test_stranger_is_none(base: Bench, key: MemberKey) -> None:
    """A stranger gets somebody's points, or the till an error instead of an offer to join."""
    assert await loyalty(base).identify(key) is None


async def test_who_left_is_no_member(base: Bench) -> None:
    """Somebody who left the programme is greeted by name at the till."""
    await base.act("customer.edit", id=5012, change={"state": "Deregistered"})

    assert await loyalty(base).identify(MemberKey(phone=PHONE)) is None
    with pytest.raises(Missing):
        await loyalty(base).quote(sale())


async def test_registering_twice_makes_one_member(base: Bench) -> None:
    """Two tills register the same phone, and her points are on two accounts."""
    first = await loyalty(base).register(IVAN, key="g-1")
    second = await loyalty(base).register(IVAN, key="g-1")

    assert first.external_id == second.external_id
    assert len(await part(base, "customers")) == 2


async def test_sale_moves_points_once_and_for_all(base: Bench) -> None:
    """Points are taken at the reservation already, or earned on what points paid."""
    basket = sale(points=100, promo_codes=("SPRING25",))
    kept = await loyalty(base).reserve(basket, key="r-1")
    assert await balance(base) == (310, 100)
    assert (kept.state, kept.points_spent) == (SaleState.RESERVED, points(100))

    done = await loyalty(base).commit(basket, kept, key="k-1")
    assert done.state is SaleState.COMMITTED
    assert (done.points_earned, done.points_spent) == (points(45), points(100))
    assert await balance(base) == (355, 0)


@pytest.mark.parametrize("lost", [CALCULATE, PAY, ACCRUE, CONFIRM])
@pytest.mark.parametrize("style", ["code", "state"])
@pytest.mark.parametrize("repeat", ["reject", "replay"])
async def test_lost_answer_costs_nobody_points(
    base: Bench, lost: str, style: str, repeat: str
) -> None:
    """After a time-out points are taken twice, or the sale can never be finished."""
    await base.switch(processing_error_style=style, repeat_operation=repeat)
    basket = sale(points=100, promo_codes=("SPRING25",))
    await base.faults(cut(lost))

    async def reserve() -> Kept:
        return await loyalty(base).reserve(basket, key="r-1")

    kept = await (again(reserve) if lost in (CALCULATE, PAY) else reserve())
    assert kept.points_spent == points(100)

    async def commit() -> Kept:
        return await loyalty(base).commit(basket, kept, key="k-1")

    done: Kept = await (again(commit) if lost in (ACCRUE, CONFIRM) else commit())
    assert (done.points_earned, done.points_spent) == (points(45), points(100))
    assert await balance(base) == (355, 0)
    assert [one["state"] for one in await part(base, "purchases")] == ["Confirmed"]


@pytest.mark.parametrize("lost", [CALCULATE, ACCRUE, CONFIRM])
@pytest.mark.parametrize("style", ["code", "state"])
async def test_sale_closed_offline_is_told_once(base: Bench, lost: str, style: str) -> None:
    """A receipt that the till sends after the link came back earns twice or never."""
    await base.switch(processing_error_style=style)
    await base.faults(cut(lost))
    done = await again(lambda: loyalty(base).commit(sale(), None, key="k-1"))

    assert (done.state, done.points_earned) == (SaleState.COMMITTED, points(53))
    assert await balance(base) == (463, 0)
    once_more = await loyalty(base).commit(sale(), None, key="k-1")
    assert once_more.points_earned == points(53)
    assert await balance(base) == (463, 0)
