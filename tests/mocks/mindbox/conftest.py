"""Fixtures of the double's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import open_project

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.mocks.mindbox.project import Project


@pytest.fixture
async def demo() -> AsyncIterator[Project]:
    """A project in the state of the golden samples, on 2026-03-01 09:58:02.250 UTC."""
    async with open_project() as running:
        yield running


@pytest.fixture
async def empty() -> AsyncIterator[Project]:
    """A project without customers."""
    async with open_project(demo=False) as running:
        yield running
