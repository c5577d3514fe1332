"""An account with tills: what its settings refuse, and one that has tills and no installation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import connectors.loymax
from connectors.loymax import CONNECTOR
from connectors.loymax.config import LoymaxSettings
from gateway.contract import Capability
from gateway.testing import ConnectorConformance, Wired, exemptions, wire

from .till_stage import TILLS
from .till_visitor import Visitor

REGISTER = {"login": "a", "password": "secret", "device": "d"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "name the installation, or tills"),
        ({"url": "https://demo.loymax.tech"}, "an installation needs all three"),
        ({"username": "gateway", "tills": TILLS}, "an installation needs all three"),
        ({"tills": {"registers": {}}}, "registers"),
        ({"tills": {"registers": {"a": REGISTER, "b": REGISTER}}}, "two of them have one login"),
        ({"tills": {"registers": {"a b": REGISTER}}}, "a b"),
        ({"tills": {"registers": {"a": {**REGISTER, "login": "a:b"}}}}, "login"),
        ({"tills": {**TILLS, "zone": "Mars/Olympus"}}, "not a time zone"),
        ({"tills": {**TILLS, "numbers": {"NoSuchCode": 1}}}, "numbers"),
    ],
)
def test_settings_that_cannot_serve_are_refused(settings: Mapping[str, Any], told: str) -> None:
    """A till would be turned away in the morning for a slip of the evening."""
    with pytest.raises(ValidationError, match=told):
        LoymaxSettings.model_validate(settings)


def test_an_account_without_tills_has_no_door() -> None:
    """The gateway would open a door that nobody has a password for."""
    settings = {"url": "https://demo.loymax.tech", "username": "gateway", "password": "secret"}
    assert wire(CONNECTOR, settings).connector.services.till is None


async def test_tills_alone_say_so() -> None:
    """An operator would look for members in an account that has none."""
    connector = wire(CONNECTOR, {"tills": TILLS}).connector
    report = await connector.probe()
    assert (report.ok, report.notes) == (True, ("no installation is set: tills only",))
    assert (connector.readers, connector.writers, connector.operations) == ({}, {}, {})


class TestTillsOnly(ConnectorConformance):
    """The kit on tills whose points somebody else keeps."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.loymax.__file__).with_name("quality.toml"))
    profile = frozenset({Capability.TILL_DOOR})

    @pytest.fixture
    async def connector(self) -> AsyncIterator[Wired]:
        """The connector."""
        wired = wire(CONNECTOR, {"tills": {**TILLS, "late_s": 10**9}})
        yield wired
        await wired.connector.close()

    @pytest.fixture
    def seed(self) -> Visitor:
        """The till."""
        return Visitor()
