"""The SMTP connector keeps the contract on its double."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import connectors.smtp
from connectors.smtp import CONNECTOR
from gateway.testing import ConnectorConformance, Wired, exemptions
from tests.connectors.smtp.stage import Faults, Seed, Stage, open_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The connector on a fresh double."""
    async with open_stage() as opened:
        yield opened


class TestConformance(ConnectorConformance):
    """The kit on SMTP."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.smtp.__file__).with_name("quality.toml"))

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> Seed:
        """The double's side door."""
        return stage.seed

    @pytest.fixture
    def faults(self, stage: Stage) -> Faults:
        """What goes wrong."""
        return stage.faults
