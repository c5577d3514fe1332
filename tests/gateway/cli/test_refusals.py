"""Refusals: what cannot start ends with one clear text, its remedy and its exit code."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest

from gateway.ops.faults import ExitCode
from gateway.store import schema_state
from tests.gateway.cli.run import Ended, gateway
from tests.gateway.ops.house import House

Capture = pytest.CaptureFixture[str]


def refused(ended: Ended, code: ExitCode, text: str) -> None:
    """Prove that a command ended with one clear text."""
    assert ended.code == code
    assert text in ended.err
    assert ended.err.startswith("gateway: ")
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_a_port_that_is_taken_is_told_before_anything_starts(house: House, capsys: Capture) -> None:
    """A process that runs without its door looks well and hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house.edit_config("port = 0", f"port = {port}")
        refused(gateway(capsys, "run"), ExitCode.CONFIG, f"cannot listen on 127.0.0.1 port {port}")
    assert schema_state(house.url).current == ""


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("command", [("serve",), ("work",)])
def test_parts_of_a_gateway_need_a_store_that_they_can_share(
    capsys: Capture, command: tuple[str, ...]
) -> None:
    """With a file of its own each part would work for itself."""
    refused(gateway(capsys, *command), ExitCode.CONFIG, "need PostgreSQL")


@pytest.mark.usefixtures("house")
def test_a_missing_configuration_names_the_option(capsys: Capture) -> None:
    """Started in the wrong folder is the most frequent first mistake."""
    ended = gateway(capsys, "due", "--config", "nowhere.toml")
    refused(ended, ExitCode.CONFIG, "nowhere.toml: no such file: give one with --config")


def test_a_kind_that_an_account_has_not_is_told(house: House, capsys: Capture) -> None:
    """The shop waits for goods that nobody would ever send."""
    told = 'updates = ["customer", "order"]'
    house.edit_config(told, told.replace('"]', '", "product"]'))
    ended = gateway(capsys, "run")
    assert ended.code == ExitCode.CONFIG
    assert "accounts.shop.updates: the connector fake has no product with these" in ended.err


def test_all_problems_of_a_configuration_are_told_at_once(house: House, capsys: Capture) -> None:
    """One error per attempt makes ten attempts."""
    house.edit_config("relay_s = 0.1", "relay_s = -1\nspeed = 3")
    house.edit_config('token = { env = "FAKE_TOKEN" }', 'token = { env = "FAKE_TOKEN" }\nx = 1')
    house.edit_config("port = 0", 'port = "many"')
    ended = gateway(capsys, "run")
    refused(ended, ExitCode.CONFIG, "sync.speed: unknown key: check the spelling or take it out")
    assert "sync.relay_s" in ended.err
    assert "http.port" in ended.err


@pytest.mark.usefixtures("house")
def test_a_database_without_schema_says_how_to_make_it(capsys: Capture) -> None:
    """A driver's word about a missing table helps nobody."""
    refused(gateway(capsys, "due"), ExitCode.STORE, "run `gateway db upgrade`")
    ended = gateway(capsys, "db", "upgrade")
    assert (ended.code, "up to date" in ended.out) == (ExitCode.OK, True)
    assert gateway(capsys, "due").code == ExitCode.OK


def test_a_database_of_a_newer_program_is_left_alone(house: House, capsys: Capture) -> None:
    """An old program on a new schema would damage what it does not understand."""
    assert gateway(capsys, "db", "upgrade").code == ExitCode.OK
    with sqlite3.connect(house.folder / "data" / "gateway.db") as database:
        database.execute("UPDATE schema_version SET version_num = '9999'")
    database.close()
    for command in (("run",), ("due",), ("db", "upgrade")):
        refused(gateway(capsys, *command), ExitCode.STORE, "a newer program wrote this database")


def test_another_data_key_is_refused(house: House, capsys: Capture) -> None:
    """Everything would look well until the first row cannot be opened."""
    assert gateway(capsys, "db", "upgrade").code == ExitCode.OK
    assert gateway(capsys, "due").code == ExitCode.OK
    (house.folder / "data" / "data.key").unlink()
    refused(gateway(capsys, "due"), ExitCode.STORE, "written with another data key")


def test_a_demo_does_not_begin_in_another_days_folder(capsys: Capture, tmp_path: Path) -> None:
    """Its gateway would wait for customers whom the new vendors never heard of."""
    (tmp_path / "gateway.log").write_text("an earlier day")
    ended = gateway(capsys, "demo", "--keep", str(tmp_path))
    assert ended.code == 2
    assert "is not empty" in ended.err
    assert (tmp_path / "gateway.log").read_text() == "an earlier day"
