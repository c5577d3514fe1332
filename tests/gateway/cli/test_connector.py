"""``gateway connector``: what is installed, whether it is whole, and a new one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import gateway
from tests.gateway.ops.house import House

Capture = pytest.CaptureFixture[str]


@pytest.mark.usefixtures("house")
def test_the_table_tells_what_a_connector_can_do(capsys: Capture) -> None:
    """A configuration would be written for what the connector cannot do."""
    listed = gateway(capsys, "connector", "list")
    assert listed.code == ExitCode.OK
    row = re.search(r"^retailcrm .*$", listed.out, re.MULTILINE)
    assert row is not None
    for told in ("RetailCRM", "v5", "2026-07-31", "10 in 1 s", "retail-gateway 0.1.0"):
        assert told in row.group()
    keys = re.search(r"^capability +(.*)$", listed.out, re.MULTILINE)
    writes = re.search(r"^order_writer +(.*)$", listed.out, re.MULTILINE)
    assert keys is not None
    assert writes is not None
    has = dict(zip(keys.group(1).split(), writes.group(1).split(), strict=True))
    assert {key: has[key] for key in ("bitrix", "canonical", "fake")} == {
        "bitrix": "yes", "canonical": "-", "fake": "-",
    }  # fmt: skip


def test_a_broken_plug_in_is_listed_with_the_reason(house: House, capsys: Capture) -> None:
    """It would be missing without a word, or hide the others."""
    points = house.site / "fake_vendor-1.0.dist-info/entry_points.txt"
    points.write_text(points.read_text() + "lost = no_such_module:CONNECTOR\n")
    listed = gateway(capsys, "connector", "list")
    assert "lost cannot be loaded: ModuleNotFoundError at import" in listed.out
    assert re.search(r"^fake ", listed.out, re.MULTILINE)
    document = gateway(capsys, "connector", "list", "--json").json()
    assert document["broken"] == {"lost": "ModuleNotFoundError at import"}
    checked = gateway(capsys, "connector", "check", "lost")
    assert (checked.code, checked.out) == (ExitCode.CONFIG, "")
    assert "cannot be loaded" in checked.err


@pytest.mark.usefixtures("house")
def test_a_manifest_that_is_not_true_is_found(capsys: Capture) -> None:
    """The core plans by the manifest: a gap in it is found by the first record."""
    checked = gateway(capsys, "connector", "check", "fake")
    assert checked.code == ExitCode.FOUND
    assert "write_batch.order: no such capability is declared" in checked.out


@pytest.mark.usefixtures("house")
def test_a_sound_connector_is_checked_without_an_account(capsys: Capture) -> None:
    """An author could not check what he has before he has an account."""
    checked = gateway(capsys, "connector", "check", "retailcrm")
    assert checked.code == ExitCode.OK
    assert re.findall(r"^(ok|FAIL) +(\S+)$", checked.out, re.MULTILINE) == [
        ("ok", "manifest"), ("ok", "settings"),
    ]  # fmt: skip
    assert "url* api_key* site* time_zone" in checked.out


def test_accounts_are_probed_and_their_parts_shown(house: House, capsys: Capture) -> None:
    """What an account really has depends on its settings and on the vendor."""
    house.vendor("crm").change(mood="refuses")
    argument = ("--config", str(house.config))
    checked = gateway(capsys, "connector", "check", "fake", *argument, "--json")
    assert checked.code == ExitCode.FOUND
    result = checked.json()["result"]
    told = {one["name"]: one for one in result["checks"]}
    assert told["account shop"]["ok"] is True
    assert "the vendor refuses the token" in told["account crm"]["notes"][0]
    assert told["parts shop"]["ok"] is False
    abilities = {one["capability"]: one["accounts"] for one in result["abilities"]}
    assert abilities["customer_reader"] == {"shop": True, "crm": True}
    unused = gateway(capsys, "connector", "check", "retailcrm", *argument)
    assert (unused.code, "no account of this" in unused.err) == (ExitCode.CONFIG, True)


def test_a_new_package_is_never_written_over(tmp_path: Path, capsys: Capture) -> None:
    """An hour of work would be lost to a repeated command."""
    made = gateway(capsys, "connector", "new", "acme", "--to", str(tmp_path), "--json")
    assert made.code == ExitCode.OK
    assert (tmp_path / "acme-gateway/acme_gateway/connector.py").is_file()
    assert str(tmp_path / "acme-gateway/tests/test_conformance.py") in made.json()["files"]
    texts = [one.read_text("utf-8") for one in tmp_path.rglob("*") if one.is_file()]
    assert not [text for text in texts if "@@" in text]
    again = gateway(capsys, "connector", "new", "acme", "--to", str(tmp_path))
    assert (again.code, "exists already" in again.err) == (ExitCode.FOUND, True)


@pytest.mark.parametrize("name", ["Acme", "a", "1c", "acme-crm", "acme/.."])
def test_a_name_that_cannot_be_a_key_is_refused(name: str, tmp_path: Path, capsys: Capture) -> None:
    """The package would not import, or the registry would refuse it."""
    refused = gateway(capsys, "connector", "new", name, "--to", str(tmp_path))
    assert refused.code == ExitCode.FOUND
    assert "lower-case letters" in refused.err
    assert list(tmp_path.iterdir()) == []


def test_a_room_is_made_in_a_checkout_only(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders of a room would lie about in somebody's home."""
    monkeypatch.chdir(tmp_path)
    refused = gateway(capsys, "connector", "new", "acme", "--here")
    assert (refused.code, "no checkout" in refused.err) == (ExitCode.FOUND, True)
    assert list(tmp_path.iterdir()) == []
