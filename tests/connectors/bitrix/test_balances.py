"""Balances of loyalty programmes on the shop's account page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.bitrix.held_customer import held_customer
from gateway.canonical import BonusAccount, BonusPoints, Customer, Kind
from gateway.canonical.paths import spoken
from tests.connectors.bitrix.test_customers import register
from tests.connectors.bitrix.world import World, edit, settings_for

CLUB = BonusAccount(
    programme="club",
    available=BonusPoints(points=Decimal("1250.50")),
    pending=BonusPoints(points=Decimal(70)),
    blocked=BonusPoints(points=Decimal(1)),
    tier="Золотой",
)
OTHER = BonusAccount(programme="other", available=BonusPoints(points=Decimal(9)))
TIERED = {"club": {"available": "UF_POINTS", "tier": "UF_CLUB_TIER"}}

points = st.none() | st.integers(-10_000, 10**9).map(lambda n: BonusPoints(points=Decimal(n) / 100))
accounts = st.builds(
    BonusAccount,
    programme=st.sampled_from(["club", "other"]),
    available=points,
    pending=points,
    tier=st.none() | st.text("Зол отй", max_size=6),
)
balances = st.lists(accounts, max_size=2, unique_by=lambda one: one.programme).map(
    lambda rows: Customer(bonuses=tuple(rows))
)


async def shown(world: World, user_id: str) -> dict[str, Any]:
    """Return the user fields of a user."""
    user = (await world.shop.result("gateway.user.get", {"id": int(user_id)}))["user"]
    found: dict[str, Any] = user["fields"]
    return found


async def test_the_account_page_shows_the_points(world: World) -> None:
    """The buyer would not see his points, or see those of another programme."""
    user_id = await register(world)
    observed = await world.customer(user_id)
    wanted = observed.entity.model_copy(update={"bonuses": (CLUB, OTHER)})
    change = edit(world.connector, observed, wanted)
    assert change.changed == {"bonuses/club", "bonuses/club/available", "bonuses/club/pending"}
    await world.written(Kind.CUSTOMER, change)
    fields = await shown(world, user_id)
    assert fields == {
        "UF_FAVOURITE_SHOP": "Тверская",
        "UF_LOYALTY_TIER": "gold",
        "UF_POINTS": "1250.5",
        "UF_POINTS_LATER": "70",
    }


async def test_the_points_are_not_read_back(world: World) -> None:
    """An editor of the shop could give himself points by editing a profile."""
    user_id = await register(world, fields={"UF_POINTS": "1000000"})
    entity = (await world.customer(user_id)).entity
    assert "bonuses" not in entity.model_fields_set


def test_the_tier_of_a_programme_has_a_field_of_its_own() -> None:
    """The page would show the points and not what they earn."""
    held = held_customer(
        Customer(bonuses=(CLUB,)), None, settings_for("https://s.example.ru", balances=TIERED)
    )
    assert held.bonuses == (
        BonusAccount(programme="club", available=CLUB.available, tier="Золотой"),
    )


def test_a_field_with_two_meanings_is_refused() -> None:
    """Points would be overwritten by the tier at each telling, for ever."""
    with pytest.raises(ValidationError, match="UF_LOYALTY_TIER"):
        settings_for("https://s.example.ru", balances={"club": {"available": "UF_LOYALTY_TIER"}})


@given(balances, st.none() | balances)
def test_holding_held_balances_changes_nothing(entity: Customer, before: Customer | None) -> None:
    """Two rounds of reduction would differ, and the account would never be at rest."""
    settings = settings_for("https://shop.example.ru")
    base = None if before is None else held_customer(before, None, settings)
    held = held_customer(entity, base, settings)
    assert spoken(held_customer(held, base, settings)) == spoken(held)
