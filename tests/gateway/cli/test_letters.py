"""``gateway dead`` on many letters, dry runs, and what waits for a second person."""

from __future__ import annotations

import asyncio
import re

import pytest

from gateway.ops.batches import STEP
from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import gateway
from tests.gateway.cli.test_commands import clean, refused
from tests.gateway.ops.house import FIRST, House
from tests.gateway.ops.letter_shelf import BAD, fail_again, shelve, stage_of

Capture = pytest.CaptureFixture[str]


def shelved(house: House, count: int) -> None:
    """Store letters about as many customers."""

    async def live() -> None:
        async with house.foundation() as foundation:
            await shelve(foundation, range(count))

    asyncio.run(live())


def test_a_dry_run_shows_what_is_sent_and_changes_nothing(house: House, capsys: Capture) -> None:
    """A replay could only be tried out on the customer."""
    letter = refused(house)
    run = clean(gateway(capsys, "dead", "replay", letter, "--dry-run"))
    assert run.code == ExitCode.OK
    assert "crm would make, version 1:" in run.out
    assert f"name/first: - -> {FIRST[0]}***" in run.out
    assert "nothing was changed, and no vendor was asked" in run.out
    setting = f"name/first={FIRST}"
    edit = clean(gateway(capsys, "dead", "edit", letter, "--set", setting, "--dry-run", "--json"))
    assert [one["account"] for one in edit.json()["tellings"]] == ["crm", "shop"]
    runs = clean(gateway(capsys, "dead", "replay", letter, "--dry-run", "--json")).json()
    assert [one["saying"] for one in runs["letters"]] == ["sent"]
    assert letter in gateway(capsys, "dead", "list").out


def test_a_group_is_listed_shortly_and_decided_whole(house: House, capsys: Capture) -> None:
    """A list of thousands hides the next group; a decision must reach all of them."""
    count = 2 * STEP + 5
    shelved(house, count)
    listed = gateway(capsys, "dead", "list").out
    assert f"crm  {BAD}  {count}" in listed
    assert f"and {count - 20} more; --json lists all" in listed
    whole = gateway(capsys, "dead", "list", "--json").json()
    assert len(whole["groups"][0]["letters"]) == whole["groups"][0]["count"] == count
    dry = gateway(capsys, "dead", "replay", "--cause", BAD, "--dry-run")
    assert f"and {count - 20} more" in dry.out
    assert f"{count} letters; nothing was changed" in dry.out
    done = gateway(capsys, "dead", "replay", "--cause", BAD, "--account", "crm")
    assert (done.code, f"{count} of {count} letters" in done.out) == (ExitCode.OK, True)
    assert "no open letters" in gateway(capsys, "dead", "list").out


def test_what_failed_since_the_list_was_printed_is_left(house: House, capsys: Capture) -> None:
    """Nobody has looked at it."""
    shelved(house, 3)
    found = re.search(r"^as of (\S+)$", gateway(capsys, "dead", "list").out, re.MULTILINE)
    assert found is not None

    async def fail() -> None:
        async with house.foundation() as foundation:
            stage = stage_of(foundation)
            one = await foundation.store.read(lambda tx: tx.dead_letter("l0001"))
            assert one is not None
            late = (stage.clock.now() - one.last_at).total_seconds() + 60
            await fail_again(foundation, one, later_s=late)

    asyncio.run(fail())
    done = gateway(
        capsys, "dead", "drop", "--cause", BAD, "--as-of", found[1], "--reason", "тест", "--json"
    )
    assert [one["id"] for one in done.json()["letters"]] == ["l0000", "l0002"]
    assert "l0001" in gateway(capsys, "dead", "list").out


def test_a_command_can_wait_for_a_second_person(house: House, capsys: Capture) -> None:
    """What needs two hands in the console would need one at the terminal."""
    house.config.write_text(
        house.config.read_text("utf-8") + '\n[console]\napprove = ["letter.drop"]\n', "utf-8"
    )
    shelved(house, 1)
    asked = gateway(capsys, "dead", "drop", "l0000", "--reason", "тест")
    assert (asked.code, "it waits for a second person" in asked.out) == (ExitCode.OK, True)
    assert "l0000" in gateway(capsys, "dead", "list").out
    assert "0 of 1 letters" not in gateway(capsys, "dead", "replay", "l0000").out
