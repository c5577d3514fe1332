"""Fixtures of the SOAP tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.onec.hs.services import open_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.mocks.onec.hs.services import Services


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    """The seeded double, its clock at the moment of the reference's samples."""
    async with open_services() as running:
        yield running
