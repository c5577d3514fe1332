"""Cancelling, returning and looking up: points go back once, and the state is told as it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from gateway.canonical import BonusOperationKind, BonusPoints
from gateway.contract import (
    AuthRejected,
    Kept,
    Missing,
    OutcomeUnknown,
    Refund,
    Rejected,
    SaleState,
)
from tests.connectors.bench import Bench

from .conftest import Open
from .world import (
    ANNA,
    AT,
    HONEY,
    TEA,
    balance,
    cut,
    loyalty,
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
