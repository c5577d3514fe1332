"""Fixtures: a running shop, opened anew for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.hiding import Shop, open_planted
from tests.e2e.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A shop between a site and a CRM, with the gateway running and nothing going wrong."""
    async with open_world(tmp_path) as running:
        yield running


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """The same with planted secrets; its people are planted by the test."""
    async with open_planted(tmp_path) as running:
        yield Shop(running, tmp_path)
