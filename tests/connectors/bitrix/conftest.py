"""Fixtures of the connector's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connectors.bitrix.world import open_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.connectors.bitrix.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A connector on a fresh double over real HTTP."""
    async with open_world() as running:
        yield running
