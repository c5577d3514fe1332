"""Simulation: changed rules over past receipts, without effect."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from gateway.loyalty.house.simulation import Compared, Simulated, Simulation
from tests.gateway.loyalty.house.shop import E3, NOON, Shop, back, line, rules

YEAR = timedelta(days=365)


async def simulated(shop: Shop, form: object) -> tuple[Simulated, list[int]]:
    """Replay the year round noon."""
    seen: list[int] = []
    new = rules(form)  # type: ignore[arg-type]  # a form of rules
    made = await Simulation(shop.house, shop.programme, new).run(
        NOON - YEAR, NOON + YEAR, seen.append
    )
    return made, seen


async def filled(shop: Shop) -> None:
    """Three members in two shops; the first buys much and spends."""
    members = [await shop.member(number) for number in range(3)]
    await shop.buy("a1", members[0], line(price="20000"), shop="north")
    shop.clock.move(days=1)
    later = {"at": shop.clock.now()}
    await shop.buy("a2", members[0], line(price="1000"), spends="400", shop="south", **later)
    await shop.buy("b1", members[1], line(price="500", quantity="2"), shop="south", **later)
    await shop.house.refund(back("rb", "b1", line(quantity="1")), key="f")
    await shop.buy("anonymous", None, line(price="9999"), shop="north")


async def test_the_same_rules_change_nothing(shop: Shop) -> None:
    """The replay would reckon otherwise than the till did, and every comparison would be wrong."""
    await filled(shop)
    made, _ = await simulated(shop, {"tiers": [{"name": "Club", "percent": 10, "share": 50}]})
    assert made.whole == Compared(3, Decimal(2160), Decimal(2160), Decimal(11000), Decimal(11000))
    assert not made.moves


async def test_other_rules_are_compared_by_tier_and_shop(shop: Shop) -> None:
    """A shop would learn what its change costs from its bill."""
    await filled(shop)
    made, seen = await simulated(shop, E3)
    assert made.members == 2
    assert seen == [2]
    assert made.moves == {("Club", "Bronze"): 1, ("Club", "Participant"): 1}
    assert made.shops["north"] == Compared(1, Decimal(2000), Decimal(0), Decimal(10000), Decimal(0))
    assert made.shops["south"] == Compared(
        2, Decimal(160), Decimal(21), Decimal(1000), Decimal(300)
    )
    assert made.tiers == {"Club": made.whole}


async def test_a_simulation_has_no_effect(shop: Shop) -> None:
    """Looking at a change would make it."""
    await filled(shop)
    before = await shop.sums()
    await simulated(shop, E3)
    assert await shop.sums() == before
    assert await shop.store.read(lambda tx: tx.house_rules("none")) is None
