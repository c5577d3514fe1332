"""Fixtures: a house whose console is served, and a browser before it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.browser import Browsing
from tests.e2e.console.desk import Desk, open_desk
from tests.gateway.ops.backstage import employ
from tests.gateway.ops.house import House, house

__all__ = ["house"]


@pytest.fixture
async def desk(house: House, browsing: Browsing) -> AsyncIterator[Desk]:
    """A desk in a house of two vendors; dropping a letter needs a second person."""
    employ(house, console='approve = ["letter.drop"]')
    async with house.gateway() as gateway, open_desk(gateway, browsing) as opened:
        yield opened
