"""``gateway account``: how accounts are and what is decided, as lines and as JSON."""

from __future__ import annotations

import asyncio

import pytest

from gateway.ops.faults import ExitCode
from gateway.ports import AccountState
from tests.gateway.cli.run import gateway
from tests.gateway.ops.house import TOKEN, House

Capture = pytest.CaptureFixture[str]


def prepared(house: House, *states: AccountState) -> None:
    """Make the store, with states of accounts in it."""

    async def live() -> None:
        async with house.foundation() as foundation:
            for state in states:
                await _put(foundation.store, state)

    async def _put(store: object, state: AccountState) -> None:
        await store.run(lambda tx: tx.put_account_state(state))  # type: ignore[attr-defined]

    asyncio.run(live())


def test_accounts_are_listed_with_their_state_and_limit(house: House, capsys: Capture) -> None:
    """An operator without a browser would have to read the database."""
    crm = '[accounts.crm]\nconnector = "fake"\n'
    house.edit_config(crm, f"{crm}rate = {{ calls = 10 }}\n")
    prepared(house)
    ended = gateway(capsys, "account", "list")
    assert ended.code == ExitCode.OK
    header, first, second = ended.out.splitlines()
    assert header.split()[:3] == ["account", "vendor", "state"]
    assert first.split("  ")[0] == "crm"
    assert "works" in first
    assert "10 in 1 s" in first
    assert second.startswith("shop")
    document = gateway(capsys, "account", "list", "--json").json()
    assert [one["standing"]["stand"] for one in document["accounts"]] == ["works", "works"]
    assert document["accounts"][0]["spending"]["limit"]["calls"] == 10


def test_a_pause_is_set_shown_and_taken_back(house: House, capsys: Capture) -> None:
    """A platform engineer at night has a terminal and no console."""
    prepared(house)
    ended = gateway(capsys, "account", "pause", "crm", "--who", "anna", "--reason", "переезд")
    assert (ended.code, ended.out) == (0, "crm: it rests; what comes meanwhile waits\n")
    listed = gateway(capsys, "account", "list").out
    assert "crm: paused by anna: переезд" in listed
    assert "crm rests: paused by anna: переезд" in gateway(capsys, "due").out
    ended = gateway(capsys, "account", "resume", "crm")
    assert ended.out == "crm: it goes on within seconds\n"
    assert gateway(capsys, "account", "resume", "crm").out == "crm: it was not paused\n"
    assert "paused by" not in gateway(capsys, "account", "list").out


def test_a_check_leaves_a_paused_account_paused(house: House, capsys: Capture) -> None:
    """The nightly check would end what a person decided in the evening."""
    prepared(house)
    gateway(capsys, "account", "pause", "crm")
    ended = gateway(capsys, "check")
    assert ended.code == ExitCode.OK
    assert "an operator paused it" in ended.out
    assert "paused by olga" in gateway(capsys, "account", "list").out


def test_a_pace_is_set_and_restored(house: House, capsys: Capture) -> None:
    """A vendor asks on the phone to slow down."""
    prepared(house)
    ended = gateway(capsys, "account", "budget", "crm", "--calls", "1", "--per-s", "2.5")
    assert ended.out == "crm: 1 calls in 2.5 s from now on\n"
    assert "1 in 2.5 s (slowed by olga)" in gateway(capsys, "account", "list").out
    ended = gateway(capsys, "account", "budget", "crm", "--json")
    assert ended.json()["accounts"][0]["changed"] is True
    assert "slowed" not in gateway(capsys, "account", "list").out


def test_a_probe_says_what_it_found_and_resumes_what_was_parked(
    house: House, capsys: Capture
) -> None:
    """After the key was renewed nobody would know whether it works."""
    prepared(house, AccountState("crm", parked=True, reason="the vendor refuses the token"))
    ended = gateway(capsys, "account", "probe", "crm")
    assert (ended.code, ended.out) == (
        0, "crm works\n  0 customers\n  it was parked and is resumed\n",
    )  # fmt: skip
    house.vendor("crm").change(mood="refuses")
    ended = gateway(capsys, "account", "probe", "crm")
    assert ended.code == ExitCode.FOUND
    assert "crm does not work\n  read: the vendor refuses the token" in ended.out
    assert TOKEN not in ended.out
    document = gateway(capsys, "account", "probe", "crm", "--json").json()
    assert document["accounts"][0]["ok"] is False


def test_an_unknown_account_is_named_with_the_known(house: House, capsys: Capture) -> None:
    """A typing error would look like a success."""
    prepared(house)
    ended = gateway(capsys, "account", "pause", "crn")
    assert ended.code == ExitCode.FOUND
    assert "no account crn: the configuration names crm, shop" in ended.err


def test_a_decision_waits_where_a_second_person_is_wanted(house: House, capsys: Capture) -> None:
    """The command line would be the way round the four eyes."""
    house.config.write_text(
        house.config.read_text("utf-8") + '\n[console]\napprove = ["account.pause"]\n', "utf-8"
    )
    prepared(house)
    ended = gateway(capsys, "account", "pause", "crm")
    assert ended.code == ExitCode.OK
    assert ended.out.startswith("it waits for a second person: approval ")
    assert "paused" not in gateway(capsys, "account", "list").out
