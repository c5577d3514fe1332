"""The Slack connector keeps the contract on its double."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import connectors.slack
from connectors.slack import CONNECTOR
from gateway.testing import ConnectorConformance, SideDoorFaults, Wired, exemptions
from tests.connectors.slack.stage import Seed, Stage, open_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The connector on a fresh double."""
    async with open_stage() as opened:
        yield opened


class TestConformance(ConnectorConformance):
    """The kit on Slack."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.slack.__file__).with_name("quality.toml"))

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> Seed:
        """The double's side door."""
        return stage.seed

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """What goes wrong."""
        return stage.faults
