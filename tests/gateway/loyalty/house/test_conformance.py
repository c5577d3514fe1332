"""Conformance: the checks of the kit for processors, on the house over a real store."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from gateway.canonical import BonusPoints
from gateway.contract import LoyaltyProcessing, MemberKey, Sale
from gateway.testing.checks.loyalty import LoyaltyChecks
from tests.gateway.loyalty.house.shop import NOON, Shop, line


class Seed:
    """Members and sales of the house."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def member(self, points: int) -> str:
        """Make a member with points."""
        return await self._shop.member(1, str(points))

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Two lines."""
        return Sale(
            f"kit-{number}",
            (line("a", "199.90", "3"), line("b", "700.00")),
            NOON,
            member=MemberKey(external_id=external_id) if external_id else None,
            points=BonusPoints(points=Decimal(spends)) if spends else None,
        )

    async def points(self, external_id: str) -> Decimal:
        """Points that can be spent."""
        return await self._shop.available(external_id)

    async def members(self, phone: str) -> int:
        """Members with a phone."""
        return int(await self._shop.house.identify(MemberKey(phone=phone)) is not None)


class Faults:
    """Cuts the store's answer."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def cut(self, what: str, *, after: bool) -> None:
        """Lose the next commit, or its answer."""
        self._shop.store.cut = "after" if after else "before"

    async def clear(self) -> None:
        """Work again."""
        self._shop.store.cut = ""


class TestHouse(LoyaltyChecks):
    """What ``LoyaltyProcessing`` promises; the house has no manifest, so all of it applies."""

    @pytest.fixture
    def connector(self, shop: Shop) -> SimpleNamespace:
        """Something with the services of a connector."""
        loyalty: LoyaltyProcessing = shop.house
        return SimpleNamespace(connector=SimpleNamespace(services=SimpleNamespace(loyalty=loyalty)))

    @pytest.fixture
    def seed(self, shop: Shop) -> Seed:
        """Seed the house."""
        return Seed(shop)

    @pytest.fixture
    def faults(self, shop: Shop) -> Faults:
        """Cut the house's store."""
        return Faults(shop)
