"""Returns: earned points leave, spent ones go back to where they came from."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.contract import Missing, Rejected, SaleState
from gateway.ports import EntryKind, LedgerAccount
from tests.gateway.loyalty.house.conftest import OpenShop
from tests.gateway.loyalty.house.shop import E3, Shop, back, line, rules, sale


async def test_parts_of_a_return_add_up_to_the_whole(shop: Shop) -> None:
    """Three returns of one piece would give other points than one of three."""
    member = await shop.member(points="100")
    await shop.buy("s", member, line(price="33.33", quantity="3"), spends="10")
    before = await shop.available(member)
    steps = []
    for key in ("a", "b", "c"):
        kept = await shop.house.refund(back(key, "s", line(quantity="1")), key=f"f-{key}")
        assert kept.points_earned is not None
        assert kept.points_spent is not None
        steps.append((kept.points_earned.points, kept.points_spent.points))
    assert before == Decimal("98.99")
    assert [sum(one) for one in zip(*steps, strict=True)] == [Decimal("-8.99"), -10]
    assert await shop.available(member) == 100
    with pytest.raises(Rejected):
        await shop.house.refund(back("d", "s", line(quantity="1")), key="f-d")


async def test_spent_points_return_to_their_lots(shop: Shop) -> None:
    """A member would turn points that die tomorrow into ones that live for ever."""
    member = await shop.member()
    await shop.give(member, "30", key="soon", days=40)
    await shop.give(member, "30", key="late", days=400)
    await shop.buy("s", member, line(price="100"), spends="50")
    await shop.house.refund(back("r", "s"), key="f")
    lots = await shop.store.read(lambda tx: tx.house_lots(member))
    assert {one.lot.id.partition("-")[0]: one.points for one in lots} == {
        "adjust:soon": 30,
        "adjust:late": 30,
    }


async def test_returned_points_live_for_the_grace_period(shop: Shop) -> None:
    """Somebody who brings goods back would find the points dead."""
    member = await shop.member()
    await shop.give(member, "50", days=10)
    await shop.buy("s", member, line(price="100"), spends="50")
    shop.clock.move(days=20)
    await shop.house.refund(back("r", "s"), key="f")
    assert await shop.available(member) == 50
    shop.clock.move(days=14)
    assert await shop.available(member) == 0


async def test_without_grace_returned_points_die_with_their_lot(open_shop: OpenShop) -> None:
    """The switch would do nothing."""
    shop = open_shop(rules(grace_days=0))
    member = await shop.member()
    await shop.give(member, "50", days=10)
    await shop.buy("s", member, line(price="100"), spends="50")
    shop.clock.move(days=20)
    await shop.house.refund(back("r", "s"), key="f")
    assert await shop.available(member) == 0
    assert (await shop.sums())[LedgerAccount.EXPIRED] == 50


async def test_what_cannot_be_withdrawn_is_a_debt_that_is_paid_first(shop: Shop) -> None:
    """A member would keep points of goods that came back, or see a balance below zero."""
    member = await shop.member()
    await shop.buy("s", member, line(price="1000"))
    await shop.buy("t", member, line(price="200"), spends="100")
    assert await shop.available(member) == 10
    await shop.house.refund(back("r", "s"), key="f")
    assert await shop.available(member) == 0
    assert (await shop.sums())[LedgerAccount.DEBT] == -90
    await shop.buy("u", member, line(price="1000"))
    assert await shop.available(member) == 10
    assert (await shop.sums())[LedgerAccount.DEBT] == 0


async def test_a_balance_may_be_shown_below_zero_as_far_as_the_rules_say(
    open_shop: OpenShop,
) -> None:
    """A programme that shows debts would hide them, or show more than its minimum."""
    shop = open_shop(rules(min_balance=-50))
    member = await shop.member()
    await shop.buy("s", member, line(price="1000"))
    await shop.buy("t", member, line(price="200"), spends="100")
    await shop.house.refund(back("r", "s"), key="f")
    assert await shop.available(member) == -50


async def test_points_that_died_are_not_taken_twice(open_shop: OpenShop) -> None:
    """A late return would take other points for those that time had taken already."""
    shop = open_shop(rules(expire_days=30))
    member = await shop.member()
    await shop.buy("s", member, line(price="1000"))
    shop.clock.move(days=30)
    await shop.give(member, "70")
    await shop.house.refund(back("r", "s"), key="f")
    assert await shop.available(member) == 70
    assert (await shop.sums())[LedgerAccount.EXPIRED] == 0


async def test_a_return_takes_pending_points_first_of_its_own_sale(open_shop: OpenShop) -> None:
    """Active points would be taken while those of the returned goods are still to come."""
    shop = open_shop(rules(activation_days=14))
    member = await shop.member(points="5")
    await shop.buy("s", member, line(price="1000"))
    await shop.house.refund(back("r", "s"), key="f")
    assert await shop.points(member) == {"available": 5, "pending": 0, "blocked": 0}


async def test_a_return_twice_is_once_and_is_found(shop: Shop) -> None:
    """A till that repeats its return would take the points twice."""
    member = await shop.member()
    await shop.buy("s", member, line(quantity="2"))
    first = await shop.house.refund(back("r", "s", line(quantity="1")), key="f")
    again = await shop.house.refund(back("r", "s", line(quantity="1")), key="f")
    assert (first.reference, first.points_earned) == (again.reference, again.points_earned)
    assert await shop.available(member) == 10
    found = await shop.house.find("r")
    assert found is not None
    assert (found.state, found.points_earned) == (SaleState.COMMITTED, first.points_earned)
    with pytest.raises(Rejected, match="another content"):
        await shop.house.refund(back("r", "s"), key="f")


async def test_a_return_of_what_was_never_sold_is_refused(shop: Shop) -> None:
    """Points would return for a sale that never was, or that is still open."""
    member = await shop.member(points="50")
    with pytest.raises(Missing):
        await shop.house.refund(back("r", "none"), key="f")
    from_till = await shop.house.reserve(sale("s", member, spends="10"), key="r")
    assert from_till.state is SaleState.RESERVED
    with pytest.raises(Rejected, match="not committed"):
        await shop.house.refund(back("r", "s"), key="f2")


async def test_the_tier_falls_with_a_return(open_shop: OpenShop) -> None:
    """Somebody could buy a tier, return the goods, and keep it."""
    shop = open_shop(rules(E3))
    member = await shop.member()
    await shop.buy("s", member, line(price="10000"))
    assert (await shop.house.balance(member))[0].tier == "Bronze"
    await shop.house.refund(back("r", "s"), key="f")
    assert (await shop.house.balance(member))[0].tier == "Participant"
    moves = [params for _, _, params in shop.told.by_key.values()]
    assert moves == [
        {"from": "Participant", "to": "Bronze"},
        {"from": "Bronze", "to": "Participant"},
    ]


async def test_an_anonymous_return_moves_no_points(shop: Shop) -> None:
    """A return without a member would fail at the till."""
    await shop.buy("s", None)
    kept = await shop.house.refund(back("r", "s"), key="f")
    assert kept.state is SaleState.COMMITTED


async def test_history_shows_what_changed_the_points(shop: Shop) -> None:
    """Somebody would see movements that were none, or miss one."""
    member = await shop.member(points="100")
    await shop.buy("s", member, line(price="200"), spends="50")
    await shop.house.refund(back("r", "s", line(quantity="0.5")), key="f")
    page = await shop.house.history(member, cursor=None, limit=10)
    shown = [(one.kind.value, one.points.points) for one in page.items]
    assert shown == [
        ("cancel", Decimal("-7.5")),
        ("cancel", Decimal(25)),
        ("accrue", Decimal(15)),
        ("redeem", Decimal(-50)),
        ("adjust", Decimal(100)),
    ]
    first = await shop.house.history(member, cursor=None, limit=2)
    rest = await shop.house.history(member, cursor=first.cursor, limit=10)
    assert [*first.items, *rest.items] == list(page.items)
    whole = await shop.store.read(lambda tx: tx.house_history(member, before=None, limit=99))
    assert EntryKind.BLOCK not in {one.kind for one in whole}
