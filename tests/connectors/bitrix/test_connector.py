"""Settings and the check of an account."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.bitrix import CONNECTOR
from connectors.bitrix.config import BitrixSettings
from gateway.contract import Unavailable
from tests.connectors.bitrix.world import CODE, World, open_world

URL = f"https://shop.example.ru/rest/1/{CODE}/"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"url": "https://shop.example.ru/"}, "url"),
        ({"url": f"https://user:secret@shop.example.ru/rest/1/{CODE}/"}, "url"),
        ({"time_zone": "Moscow"}, "time_zone"),
        ({"application_token": " "}, "application_token"),
        ({"statuses": {"P": "assembling"}}, ""),
        ({"statuses": {"N": "new", "X": "cancelled"}}, ""),
        ({"status_codes": {"complete": "N"}}, ""),
        ({"customer_attributes": {"shop": "FAVOURITE"}}, "customer_attributes.shop"),
        ({"no_such_key": 1}, "no_such_key"),
    ],
)
def test_wrong_settings_are_named_by_path_without_their_value(
    change: dict[str, Any], path: str
) -> None:
    """A typing error would show at the first message, or the webhook's secret in the error."""
    with pytest.raises(ValidationError) as invalid:
        BitrixSettings.model_validate({"url": URL, **change})
    (error,) = invalid.value.errors(include_input=False, include_url=False, include_context=False)
    assert ".".join(str(step) for step in error["loc"]) == path
    assert CODE not in str(invalid.value)


def test_settings_do_not_show_their_secrets() -> None:
    """The webhook's address would stand in a diagnostic print."""
    settings = BitrixSettings.model_validate({"url": URL, "application_token": "very-secret"})
    assert CODE not in repr(settings)
    assert "very-secret" not in repr(settings)


def test_maps_of_ids_may_be_written_as_toml_writes_them() -> None:
    """TOML knows text keys only: pay systems could not be mapped."""
    settings = BitrixSettings.model_validate({"url": URL, "pay_systems": {"2": "card"}})
    assert settings.pay_systems == {2: "card"}


async def test_a_good_account_passes_the_probe(world: World) -> None:
    """An account that works would be refused at start."""
    report = await world.connector.probe()
    assert report.ok, report.notes
    assert report.facts["contract"] == "1"
    await world.connector.prepare()
    await world.connector.close()
    await world.connector.close()


@pytest.mark.parametrize(
    ("switch", "word"),
    [
        ({"scopes": ["sale"]}, "scope gateway"),
        ({"scopes": ["gateway"]}, "scope sale"),
        ({"extension_installed": False}, "gateway"),
        ({"sale_rights": "D"}, "module sale"),
    ],
)
async def test_a_lacking_right_is_named(world: World, switch: dict[str, Any], word: str) -> None:
    """The operator would see the account fail later without knowing what to grant."""
    await world.shop.door("settings", switch)
    report = await world.connector.probe()
    assert not report.ok
    assert any(word in note for note in report.notes), report.notes


async def test_codes_that_the_shop_does_not_have_are_named() -> None:
    """A status would be sent that the shop refuses, order by order."""
    async with open_world(
        statuses={"N": "new", "ZZ": "delivery"}, site_id="s9", time_zone="Asia/Tomsk"
    ) as world:
        report = await world.connector.probe()
        assert not report.ok
        told = " ".join(report.notes)
        assert "statuses.ZZ" in told
        assert "site s9" in told
        assert "time_zone" in told


async def test_a_shop_that_is_away_is_not_an_operators_fault(world: World) -> None:
    """An outage during the check would be shown as a wrong configuration."""
    await world.fault({"kind": "cut_before", "path": "profile"})
    with pytest.raises(Unavailable):
        await world.connector.probe()


def test_the_manifest_tells_what_is_there() -> None:
    """The core would ask for a kind that the connector does not have."""
    assert CONNECTOR.manifest.key == "bitrix"
    assert CONNECTOR.settings is BitrixSettings
    assert CONNECTOR.manifest.probes == frozenset(CONNECTOR.manifest.write_batch)
