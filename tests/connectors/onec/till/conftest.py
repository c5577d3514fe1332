"""Fixtures: a till door over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .stage import Stage, TillClient


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A gateway with one member of 350 points."""
    async with Stage().opened() as opened:
        yield opened


@pytest.fixture
def till(stage: Stage) -> TillClient:
    """The first till."""
    return TillClient(stage.url)
