"""Fixtures of the double's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.mocks.bitrix.shop import Shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A fresh shop whose change log holds nothing back."""
    async with open_shop(change_hold_s=0.0) as running:
        yield running
