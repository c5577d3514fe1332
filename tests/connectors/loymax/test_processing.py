"""Processing in real time: quote, reserve, commit, cancel, refund, and what repeats of them do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from gateway.canonical import BonusOperationKind, BonusPoints, DiscountReason, Money
from gateway.contract import (
    AuthRejected,
    Kept,
    MemberKey,
    Missing,
    OutcomeUnknown,
    PromoState,
    Refund,
    Rejected,
    SaleState,
)
from tests.connectors.bench import Bench

from .conftest import Open
from .world import (
    ANNA,
    AT,
    CARD,
    HONEY,
    IVAN,
    PHONE,
    TEA,
    balance,
    cut,
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


@pytest.mark.parametrize("style", ["code", "state"])
async def test_cancelled_reservation_gives_points_back(base: Bench, style: str) -> None:
    """The basket is dropped and the points stay blocked, or a second cancel is an error."""
    await base.switch(processing_error_style=style)
    kept = await loyalty(base).reserve(sale(points=100), key="r-1")
    await base.faults(cut(CANCEL))
    await again(lambda: loyalty(base).cancel(kept, key="u-1"))

    assert await balance(base) == (410, 0)
    with pytest.raises(Rejected):
        await loyalty(base).commit(sale(points=100), kept, key="k-1")
    assert await balance(base) == (410, 0)


@pytest.mark.parametrize("style", ["code", "state"])
async def test_committed_sale_cannot_be_cancelled(base: Bench, style: str) -> None:
    """A cancel that came too late is told as done, and nobody refunds."""
    await base.switch(processing_error_style=style)
    done = await sold(base)

    with pytest.raises(Rejected):
        await loyalty(base).cancel(done, key="u-1")


@pytest.mark.parametrize("needs", ["yes", "no"])
@pytest.mark.parametrize("style", ["code", "state"])
@pytest.mark.parametrize("lost", [REFUND, f"R1{CONFIRM}"])
async def test_part_comes_back_once(base: Bench, needs: str, style: str, lost: str) -> None:
    """The returned honey takes its points twice, or gives the spent ones back twice."""
    await base.switch(refund_needs_confirm=needs, processing_error_style=style)
    done = await sold(base)
    await base.faults(cut(lost))
    back = await again(lambda: loyalty(base).refund(refund_of(done, HONEY), key="b-1"))

    # Of honey 46 were paid by points, and 20.70 earned on the rest.
    assert back.state is SaleState.COMMITTED
    assert await balance(base) == (355 + 46 - 20.7, 0)


async def test_whole_sale_comes_back(base: Bench) -> None:
    """After a full return the buyer keeps points of goods that she gave back."""
    done = await sold(base)
    back = await loyalty(base).refund(refund_of(done, TEA, HONEY), key="b-1")

    assert (back.points_spent, back.points_earned) == (points(-100), points(-45))
    assert await balance(base) == (410, 0)


async def test_more_than_was_sold_cannot_come_back(base: Bench) -> None:
    """One jar of honey is returned twice."""
    done = await sold(base)
    await loyalty(base).refund(refund_of(done, HONEY), key="b-1")

    with pytest.raises(Rejected, match="DifferentCheque"):
        await loyalty(base).refund(refund_of(done, HONEY, refund_id="SHOP100045R2"), key="b-2")
    with pytest.raises(Rejected, match="lines"):
        await loyalty(base).refund(refund_of(done), key="b-3")


@pytest.mark.parametrize("style", ["code", "state"])
async def test_sale_is_found_in_the_state_it_has(base: Bench, style: str) -> None:
    """A lost answer is looked up, and the finder takes a trial calculation for a sale."""
    await base.switch(processing_error_style=style)
    assert await loyalty(base).find("SHOP100045") is None
    await loyalty(base).quote(sale())
    assert await loyalty(base).find("SHOP100045") is None

    kept = await loyalty(base).reserve(sale(points=100), key="r-1")
    found = await loyalty(base).find("SHOP100045")
    assert found is not None
    assert (found.state, found.points_spent) == (SaleState.RESERVED, points(100))
    assert found.reference.split("|")[0] == kept.reference.split("|")[0]

    await loyalty(base).commit(sale(points=100), found, key="k-1")
    found = await loyalty(base).find("SHOP100045")
    assert found is not None
    assert (found.state, found.points_earned) == (SaleState.COMMITTED, points(48))
    assert await balance(base) == (358, 0)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        pytest.param(500, "NotEnoughMoney", id="more than there is"),
        pytest.param(400, "LargePaymentAmount", id="more than this sale may take"),
    ],
)
async def test_points_that_cannot_be_spent_are_refused(base: Bench, wanted: int, code: str) -> None:
    """A sale spends points that are not there."""
    with pytest.raises(Rejected) as caught:
        await loyalty(base).reserve(sale(points=wanted), key="r-1")

    assert caught.value.vendor_code == code
    assert await balance(base) == (410, 0)


async def test_history_is_newest_first_page_by_page(base: Bench) -> None:
    """The cabinet shows the oldest postings, and roubles of discount as points."""
    await sold(base)
    await base.act("points.credit", id=5012, amount=10, description="Ко дню рождения")
    first = await loyalty(base).history(ANNA, cursor=None, limit=1)
    await base.act("points.credit", id=5012, amount=5, description="Пока листали")
    rest = await loyalty(base).history(ANNA, cursor=first.cursor, limit=10)

    seen = [(one.kind, one.points) for one in [*first.items, *rest.items]]
    assert seen[0] == (BonusOperationKind.ACCRUE, points(10))
    assert sorted(seen[1:]) == sorted(
        [(BonusOperationKind.ACCRUE, points(45)), (BonusOperationKind.REDEEM, points(-100))]
    )
    assert rest.cursor is None
    with pytest.raises(Missing):
        await loyalty(base).history("999999", cursor=None, limit=10)


async def test_balance_is_what_may_be_spent(base: Bench) -> None:
    """Points that are not active yet are offered for spending."""
    (account,) = await loyalty(base).balance(ANNA)

    assert (account.available, account.pending) == (points(410), points(20))
    with pytest.raises(Missing):
        await loyalty(base).balance("999999")


async def test_application_without_a_register_is_a_matter_of_set_up(open_double: Open) -> None:
    """Every sale is tried for hours, though only the vendor's back office can help."""
    application = {
        "client_id": "shop-app-2",
        "client_secret": "app-secret-2",
        "redirect_uri": "https://shop.example.ru/cb",
    }
    base = await open_double({"application": application})

    with pytest.raises(AuthRejected, match="ApplicationDeviceGrant"):
        await loyalty(base).quote(sale())


async def test_sales_of_one_application_go_one_by_one(base: Bench) -> None:
    """Two calls at once for one register lock each other at the vendor."""
    await loyalty(base).quote(sale("A0"))
    await base.faults({"kind": "delay", "path": CALCULATE, "delay_s": 0.1})
    started = time.monotonic()
    await asyncio.gather(*(loyalty(base).quote(sale(f"A{place}")) for place in range(1, 4)))

    assert time.monotonic() - started >= 0.3
