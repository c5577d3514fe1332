"""Switches: soft launch, the nearest turn, and a store that is away."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.contract import (
    MemberKey,
    OfflineReceipt,
    Reason,
    Stage,
    TillRefused,
)
from gateway.loyalty.switches import turn
from gateway.ports import SaleProgress, SwitchRow
from tests.gateway.loyalty.world import ANNA, TILL, World

PHONE = ANNA.phone or ""
START = Decimal(500)
ANNA_BY_ID = MemberKey(external_id=PHONE)


@pytest.fixture
def world() -> World:
    """A member with points."""
    return _with_member(World())


def _with_member(world: World) -> World:
    for ledger in world.ledgers.values():
        ledger.balances[PHONE] = START
    return world


async def _turn(world: World, feature: str, *, on: bool, **more: str | timedelta) -> None:
    now = world.clock.now()
    ahead = more.pop("ahead", timedelta())
    assert isinstance(ahead, timedelta)
    row = SwitchRow(
        feature, str(more.get("scope", "all")), str(more.get("name", "")), on, now + ahead, now,
        "olga", "launch",
    )  # fmt: skip
    await turn(world.table.store, row)
    await world.switches.refresh()


async def test_a_soft_launch_earns_and_does_not_spend(world: World) -> None:
    """Points would be spent before the launch, or not be earned."""
    await _turn(world, "spending", on=False)
    quoted = await world.service.quote(TILL, world.sale("s1", spends=50))
    assert (quoted.allowed.spending, quoted.quote.spendable and quoted.quote.spendable.points) == (
        False,
        Decimal(0),
    )
    with pytest.raises(TillRefused) as caught:
        await world.service.reserve(TILL, world.sale("s1", spends=50))
    assert caught.value.code == "spending-off"
    assert (await world.service.commit(TILL, world.sale("s1"))).stage is Stage.COMMITTED
    await _turn(world, "spending", on=True, ahead=timedelta(hours=1))
    assert not (await world.service.identify(TILL, ANNA)).allowed.spending
    world.clock.move(3600)
    assert (await world.service.identify(TILL, ANNA)).allowed.spending


async def test_the_nearest_switch_wins(world: World) -> None:
    """A shop that tries the launch out would wait for all others."""
    await _turn(world, "spending", on=False)
    await _turn(world, "spending", on=True, scope="brand", name="blue")
    await _turn(world, "spending", on=False, scope="shop", name="north")
    await _turn(world, "spending", on=True, scope="shop", name="south")
    told = {
        (shop, brand): world.switches.allowed(shop=shop, brand=brand).spending
        for shop, brand in [("north", "blue"), ("south", ""), ("east", "blue"), ("east", "")]
    }
    assert list(told.values()) == [False, True, True, False]
    assert [row.detail["who"] for row in world.table.journal] == ["olga"] * 4


async def test_switches_are_kept_while_the_store_is_away(world: World) -> None:
    """A database restart would turn spending on before the launch."""
    await _turn(world, "spending", on=False)
    world.table.is_away = True
    await world.switches.refresh()
    assert not world.switches.allowed(shop="", brand="").spending


async def test_while_earning_is_off_a_sale_is_kept_and_never_told(world: World) -> None:
    """Points would be earned before the programme begins, or the receipt be lost."""
    await _turn(world, "earning", on=False)
    quoted = await world.service.quote(TILL, world.sale("s1"))
    assert (quoted.quote.points_earned.points, quoted.allowed.spending) == (Decimal(0), False)
    deal = await world.service.commit(TILL, world.sale("s1"))
    await world.service.offline(TILL, [OfflineReceipt(sale=world.sale("s2"))])
    assert (deal.stage, deal.degraded and deal.degraded.reason) == (Stage.COMMITTED, Reason.OFF)
    await _turn(world, "earning", on=True)
    await world.service.refund(TILL, world.refund("r1", "s1", 1))
    await world.settle()
    assert {world.progress(name) for name in ("s1", "s2", "r1")} == {SaleProgress.COMMITTED}
    assert [call for call in world.ledger.calls if call != "quote"] == []
