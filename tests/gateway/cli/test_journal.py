"""``gateway journal``: stories in plain words, the whole journal as it grows, and as a file."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading

from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import gateway, process
from tests.gateway.cli.test_commands import Capture, clean, synchronised
from tests.gateway.ops.house import House

DEADLINE_S = 30.0


def test_a_story_is_told_in_plain_words_of_a_language(house: House, capsys: Capture) -> None:
    """Who answers the telephone is no programmer."""
    synchronised(house)
    english = clean(gateway(capsys, "journal", "show", "shop:7")).out
    assert "Received from shop: new here, taken in." in english
    assert "Sent to crm: made there as made-c-" in english
    russian = clean(gateway(capsys, "journal", "show", "shop:7", "--lang", "ru")).out
    assert "Получено от shop: запись новая, принята." in russian
    assert "Sent to" not in russian


def test_a_mistyped_phone_is_answered_with_those_near_to_it(house: House, capsys: Capture) -> None:
    """The caller would be told that he is no customer."""
    synchronised(house)
    ended = clean(gateway(capsys, "journal", "show", "8 916 123-45-66"))
    assert (ended.code, ended.out) == (ExitCode.FOUND, "")
    assert "nothing is known under this query; near to it is: customer c-" in ended.err
    assert "+7916***4567" in ended.err


def test_the_newest_sentences_are_listed_by_filter(house: House, capsys: Capture) -> None:
    """To see what a vendor does now one would have to know a customer."""
    synchronised(house)
    out = clean(gateway(capsys, "journal", "tail", "--account", "crm", "--event", "delivered")).out
    lines = out.splitlines()
    assert len(lines) >= 2
    assert all("Sent to crm" in line for line in lines)
    document = clean(gateway(capsys, "journal", "tail", "--lines", "1", "--json")).json()
    assert (len(document["lines"]), bool(document["cursor"])) == (1, True)
    refused = gateway(capsys, "journal", "tail", "--since", "yesterday")
    assert (refused.code, "since: write a time" in refused.err) == (ExitCode.FOUND, True)


def test_an_export_is_a_table_or_lines_of_json(house: House) -> None:
    """An auditor asks for a file."""
    synchronised(house)
    exported = clean(process(house, "journal", "export", "--account", "shop"))
    lines = [json.loads(line) for line in exported.out.splitlines()]
    assert {line["account"] for line in lines} == {"shop"}
    assert [line["id"] for line in lines] == sorted((line["id"] for line in lines), reverse=True)
    table = clean(process(house, "journal", "export", "--form", "csv", "--lang", "ru", "--all"))
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert any(row["text"].startswith("Получено от shop") for row in rows)
    assert (exported.err, table.err) == ("", "")


def test_following_ends_with_ctrl_c_and_exit_code_0(house: House) -> None:
    """A script that watches would take its own end for a fault."""
    synchronised(house)
    follower = subprocess.Popen(
        [sys.executable, "-m", "gateway", "journal", "tail", "--follow", "--lines", "1"],
        env={**house.env, "PYTHONUNBUFFERED": "1"}, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    timer = threading.Timer(DEADLINE_S, follower.kill)
    timer.start()
    try:
        assert follower.stdout is not None
        assert follower.stdout.readline().strip()
        os.kill(follower.pid, signal.SIGINT)
        _, errors = follower.communicate(timeout=DEADLINE_S)
    finally:
        timer.cancel()
    assert (follower.returncode, errors) == (0, "")
