"""Fixtures: a stage with the processor of a vendor, and one with the programme inside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.forms.stage import Stage, open_stage
from tests.e2e.forms.visitor import Visitor


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Site and Loymax; the gateway is not started yet."""
    async with open_stage(tmp_path) as made:
        yield made


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Stage]:
    """Site and the programme inside the gateway; the gateway is not started yet."""
    async with open_stage(tmp_path, processor="house") as made:
        yield made


@pytest.fixture
async def visitors() -> AsyncIterator[Callable[[Stage], Visitor]]:
    """Make browsers, which are closed at the end."""
    async with AsyncExitStack() as stack:

        def make(stage: Stage) -> Visitor:
            visitor = Visitor(stage.url)
            stack.push_async_callback(visitor.close)
            return visitor

        yield make
