"""Upkeep: what time alone brings about, however often it is run."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from gateway.contract import SaleState
from gateway.loyalty.house.programme import NoticeKind
from gateway.loyalty.house.upkeep import Upkeep, UpkeepReport
from gateway.ports import LedgerAccount
from tests.gateway.loyalty.house.conftest import OpenShop
from tests.gateway.loyalty.house.shop import E3, NOON, Shop, line, rules, sale


async def run(shop: Shop) -> UpkeepReport:
    """Run the upkeep at the shop's time."""
    return await Upkeep(shop.house, shop.programme).run_once(shop.clock.now())


def at(days: float) -> datetime:
    """So many days after noon."""
    return NOON + timedelta(days=days)


async def test_points_that_died_are_written_off_once(shop: Shop) -> None:
    """Dead points would stay in the books, or be written off twice."""
    member = await shop.member()
    await shop.give(member, "30", key="a", days=10)
    await shop.give(member, "20", key="b", days=20)
    assert (await run(shop)).expired == 0
    shop.clock.move(days=10)
    assert (await run(shop)).expired == 1
    assert (await run(shop)).expired == 0
    assert (await shop.sums())[LedgerAccount.EXPIRED] == 30
    shop.clock.move(days=10)
    assert (await run(shop)).expired == 1
    assert (await shop.sums())[LedgerAccount.POINTS] == 0


async def test_reservations_lapse_also_where_nobody_looks(shop: Shop) -> None:
    """Points of a sale that was forgotten would stay blocked until the member comes again."""
    member = await shop.member(points="50")
    await shop.house.reserve(sale("s", member, spends="50"), key="r")
    await shop.house.reserve(sale("n", None), key="n")
    assert (await run(shop)).lapsed == 0
    shop.clock.move(hours=1)
    assert (await run(shop)).lapsed == 2
    assert await shop.available(member) == 50
    found = await shop.house.find("n")
    assert found is not None
    assert found.state is SaleState.CANCELLED


async def test_notices_come_once_per_day_of_death(shop: Shop) -> None:
    """A member would be told each night, or not at all, or by the wrong number of points."""
    member = await shop.member()
    for key, points, days in (("a", "30", 40), ("b", "5", 40), ("c", "20", 60)):
        await shop.give(member, points, key=key, days=days)
    days_told = []
    for day in range(62):
        shop.clock.at = at(day)
        before = len(shop.told.by_key)
        await run(shop)
        days_told += [day] * (len(shop.told.by_key) - before)
    told = [(kind, params) for _, kind, params in shop.told.by_key.values()]
    assert days_told == [10, 30, 30, 50]
    assert told == [
        (NoticeKind.EXPIRING, {"points": "35", "date": "2026-04-11", "days": "30"}),
        (NoticeKind.EXPIRING, {"points": "35", "date": "2026-04-11", "days": "10"}),
        (NoticeKind.EXPIRING, {"points": "20", "date": "2026-05-01", "days": "30"}),
        (NoticeKind.EXPIRING, {"points": "20", "date": "2026-05-01", "days": "10"}),
    ]


async def test_the_first_run_tells_by_the_shorter_notice_only(shop: Shop) -> None:
    """Switching the notices on, or an outage, would send two letters about the same points."""
    member = await shop.member()
    await shop.give(member, "30", key="near", days=5)
    await shop.give(member, "20", key="far", days=25)
    await shop.give(member, "10", key="beyond", days=200)
    report = await run(shop)
    assert report.notices == 2
    assert {params["days"] for _, _, params in shop.told.by_key.values()} == {"10", "30"}
    assert (await run(shop)).notices == 0


async def test_spent_points_are_not_announced(shop: Shop) -> None:
    """Somebody would be warned of points that are spent already."""
    member = await shop.member()
    await shop.give(member, "50", days=20)
    await shop.buy("s", member, line(price="100"), spends="50")
    assert (await run(shop)).notices == 0


async def test_time_lowers_a_tier(open_shop: OpenShop) -> None:
    """A member who stopped buying would keep the tier, or would not be told."""
    shop = open_shop(rules(E3, window_days=365))
    member = await shop.member()
    await shop.buy("s", member, line(price="60000"))
    shop.told.by_key.clear()
    shop.clock.move(days=364)
    assert (await run(shop)).tiers == 0
    shop.clock.move(hours=23)
    assert (await run(shop)).tiers == 0
    shop.clock.move(hours=25)
    assert (await run(shop)).tiers == 1
    assert [params for _, _, params in shop.told.by_key.values()] == [
        {"from": "Silver", "to": "Participant"}
    ]
    assert (await shop.house.balance(member))[0].tier == "Participant"


async def test_a_change_of_rules_moves_members_in_the_next_pass(open_shop: OpenShop) -> None:
    """New thresholds would hold only for those who buy."""
    shop = open_shop(rules())
    member = await shop.member()
    await shop.buy("s", member, line(price="60000"))
    other = open_shop(rules(E3))
    assert (await run(other)).tiers == 1
    assert other.told.by_key
    assert (await other.house.balance(member))[0].tier == "Silver"


@pytest.mark.parametrize("members", [120])
async def test_more_members_than_a_page(shop: Shop, members: int) -> None:
    """Those of the second page would keep their dead points."""
    for number in range(members):
        await shop.give(await shop.member(number), "1", days=1)
    shop.clock.move(days=1)
    assert (await run(shop)).expired == members
    assert (await shop.sums())[LedgerAccount.EXPIRED] == Decimal(members)
