"""Operators' commands: what they print, as lines and as JSON, and what never."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from gateway.bootstrap.running import Gateway
from gateway.ops.faults import ExitCode
from gateway.ports import AccountState, DeliveryState
from tests.gateway.cli.run import Ended, gateway
from tests.gateway.ops.house import (
    CUSTOMER,
    EMAIL,
    FIRST,
    LAST,
    ORDER,
    PHONE,
    PLANTED,
    House,
    eventually,
    hint,
    letters,
)

Capture = pytest.CaptureFixture[str]


def clean(ended: Ended) -> Ended:
    """Prove that no planted personal datum and no secret is in an output."""
    assert not [secret for secret in PLANTED if secret in ended.out + ended.err]
    return ended


def synchronised(house: House) -> None:
    """Let a customer and an order arrive at both vendors."""
    house.vendor("shop").change(customer={"7": CUSTOMER}, order={"12": ORDER})

    async def live() -> None:
        async with house.gateway() as running:
            await hint(running, "customer", "7")
            await hint(running, "order", "12")

            async def there() -> bool:
                crm = house.vendor("crm").read()
                return bool(crm["customer"] and crm["order"])

            await eventually(there, bool)

    asyncio.run(live())


def refused(house: House, then: Callable[[Gateway], Awaitable[None]] | None = None) -> str:
    """Let the CRM refuse a customer; return the letter's id."""

    async def live() -> str:
        async with house.after_refusal() as running:
            if then is not None:
                await then(running)
            (letter,) = await letters(running.foundation)
            return str(letter.id)

    return asyncio.run(live())


def carried_on(house: House) -> list[str]:
    """Run the gateway until the CRM has a customer; return the first names there."""

    async def live() -> list[str]:
        async with house.gateway():

            async def names() -> list[str]:
                rows = house.vendor("crm").read()["customer"].values()
                return [row["name/first"] for row in rows]

            return await eventually(names, bool)

    return asyncio.run(live())


@pytest.mark.usefixtures("house")
def test_check_finds_everything_in_order(capsys: Capture) -> None:
    """A check that asks less than the gateway needs passes what will fail."""
    ended = clean(gateway(capsys, "check"))
    assert ended.code == ExitCode.OK
    assert re.findall(r"^(ok|FAIL) +(.*)$", ended.out, re.MULTILINE) == [
        ("ok", "configuration"), ("ok", "database"), ("ok", "bus"), ("ok", "account shop"),
        ("ok", "account crm"),
    ]  # fmt: skip
    assert "`gateway run` makes it" in ended.out
    document = gateway(capsys, "check", "--json").json()
    assert document["ok"] is True
    assert len(document["checks"]) == 5


def test_check_tells_each_vendor_with_its_remedy(house: House, capsys: Capture) -> None:
    """One vendor's trouble must not hide the other's, and each needs another hand."""
    house.vendor("shop").change(mood="refuses")
    house.vendor("crm").change(mood="away")
    ended = clean(gateway(capsys, "check"))
    assert ended.code == ExitCode.FOUND
    assert "read: the vendor refuses the token" in ended.out
    assert "Renew the key or its rights at the vendor" in ended.out
    assert "read: the vendor does not answer" in ended.out
    assert "Check the account's address and the network" in ended.out


def test_check_names_every_problem_of_the_configuration(house: House, capsys: Capture) -> None:
    """A connector's own settings are configuration too."""
    house.edit_config('token = { env = "FAKE_TOKEN" }', 'token = "in clear"\nshade = 3')
    ended = gateway(capsys, "check")
    assert ended.code == ExitCode.FOUND
    assert 'accounts.shop.settings.token: write { env = "NAME" }' in ended.out
    assert "accounts.shop.settings.shade: unknown key" in ended.out
    assert "in clear" not in ended.out + ended.err
    house.edit_config('connector = "fake"', 'connector = "sap"')
    ended = gateway(capsys, "check")
    assert "accounts.shop.connector: no connector is called sap" in ended.out


def test_a_parked_account_goes_on_after_a_good_check(house: House, capsys: Capture) -> None:
    """A renewed key would else need a restart or a wait."""

    async def park() -> None:
        async with house.foundation() as foundation:
            state = AccountState("crm", parked=True, reason="refused")
            await foundation.store.run(lambda tx: tx.put_account_state(state))

    asyncio.run(park())
    assert "crm rests: parked: refused" in gateway(capsys, "due").out
    assert "it was parked and is resumed" in gateway(capsys, "check").out
    assert "rests" not in gateway(capsys, "due").out


@pytest.mark.usefixtures("house")
def test_connectors_are_listed(capsys: Capture) -> None:
    """Which connectors are installed decides what a configuration may name."""
    document = gateway(capsys, "connector", "list", "--json").json()
    keys = [one["key"] for one in document["connectors"]]
    assert {"bitrix", "retailcrm", "fake"} <= set(keys)
    assert re.search(
        r"^fake +Vendor in a file", gateway(capsys, "connector", "list").out, re.MULTILINE
    )


def test_the_journal_is_masked_and_unmasking_leaves_a_trace(house: House, capsys: Capture) -> None:
    """A terminal is read over shoulders and pasted into tickets."""
    synchronised(house)
    shown = clean(gateway(capsys, "journal", "show", "8 (916) 123-45-67"))
    assert "phones/+7916***4567" in shown.out
    assert re.search(r"crm +made-c-\S+ .* done +same", shown.out)
    order = clean(gateway(capsys, "journal", "show", "а-1025"))
    assert "number = А-1025" in order.out
    assert "lines/1/price = 990.00 RUB" in order.out
    document = clean(gateway(capsys, "journal", "show", "shop:7", "--json")).json()
    assert [step["outcome"] for step in document["entities"][0]["story"]] == ["created", "created"]
    open_text = gateway(capsys, "journal", "show", EMAIL, "--unmask").out
    assert all(part in open_text for part in (PHONE, FIRST, LAST))
    assert "olga looked behind the mask." in open_text


def test_an_unknown_query_is_one_line_without_the_query(house: House, capsys: Capture) -> None:
    """What was typed may be a phone; it must not stand in the error."""
    asyncio.run(_upgraded(house))
    ended = clean(gateway(capsys, "journal", "show", PHONE))
    assert (ended.code, ended.out) == (ExitCode.FOUND, "")
    assert "nothing is known under this query" in ended.err


async def _upgraded(house: House) -> None:
    async with house.foundation():
        pass


def test_due_tells_that_everybody_is_told(house: House, capsys: Capture) -> None:
    """Silence would not tell an empty backlog from a command that looked nowhere."""
    synchronised(house)
    assert "nothing is due: everybody is told" in gateway(capsys, "due").out
    accounts = gateway(capsys, "due", "--json").json()["accounts"]
    assert [(one["account"], one["backlogs"]) for one in accounts] == [("crm", []), ("shop", [])]


def test_letters_are_listed_and_shown_without_personal_data(house: House, capsys: Capture) -> None:
    """The list is what operators share."""
    letter = refused(house)
    listed = clean(gateway(capsys, "dead", "list"))
    assert "crm  BAD_NAME  1" in listed.out
    assert "Correct what the vendor names, then replay." in listed.out
    assert letter in listed.out
    shown = clean(gateway(capsys, "dead", "show", letter))
    assert f"name/first = {FIRST[0]}***" in shown.out
    assert "vendor_code = BAD_NAME" in shown.out
    assert f"{FIRST}7" in gateway(capsys, "dead", "show", letter, "--unmask").out
    story = gateway(capsys, "journal", "show", "shop:7").out
    (told,) = [line for line in story.splitlines() if "olga looked behind the mask." in line]
    assert f"Letter {letter}." in told
    groups = clean(gateway(capsys, "dead", "list", "--json")).json()["groups"]
    assert groups[0]["letters"][0]["id"] == letter


def test_a_letter_is_edited_beside_the_gateway_and_goes_out(house: House, capsys: Capture) -> None:
    """The command has no bus; the running gateway must find what it made due."""
    letter = refused(house)
    setting = f"name/first={FIRST}"
    rehearsed = clean(gateway(capsys, "dead", "edit", letter, "--set", setting, "--dry-run"))
    assert "would tell crm, shop; nothing was changed" in rehearsed.out
    edited = clean(gateway(capsys, "dead", "edit", letter, "--set", f"name/first={FIRST}"))
    assert "name/first: А*** -> А***" in edited.out
    assert "corrected; tells crm, shop" in edited.out
    assert carried_on(house) == [FIRST]
    assert "no open letters" in gateway(capsys, "dead", "list").out
    again = gateway(capsys, "dead", "edit", letter, "--set", f"name/first={FIRST}")
    assert (again.code, "was replayed already" in again.err) == (ExitCode.FOUND, True)


def test_letters_are_replayed_by_id_and_by_cause(house: House, capsys: Capture) -> None:
    """After a fault is mended at the vendor, all of its letters go out with one command."""
    letter = refused(house)
    listed = gateway(capsys, "dead", "list").out
    as_of = re.search(r"^as of (\S+)$", listed, re.MULTILINE)
    assert as_of is not None
    before = gateway(
        capsys, "dead", "replay", "--cause", "BAD_NAME", "--as-of", "2020-01-01T00:00:00+00:00"
    )
    assert "0 of 0 letters" in before.out
    done = gateway(
        capsys, "dead", "replay", "--account", "crm", "--as-of", as_of.group(1), "--json"
    )
    assert [one["id"] for one in done.json()["letters"] if one["done"]] == [letter]
    again = gateway(capsys, "dead", "replay", letter)
    assert (again.code, "it was replayed already" in again.out) == (ExitCode.FOUND, True)


@pytest.mark.usefixtures("house")
def test_replay_without_a_choice_is_a_usage_error(capsys: Capture) -> None:
    """A bare command must not mean "everything"."""
    ended = gateway(capsys, "dead", "replay")
    assert ended.code == ExitCode.CONFIG
    assert "name letters by their ids" in ended.err


def test_a_letter_is_dropped_only_with_a_reason(house: House, capsys: Capture) -> None:
    """Nobody could answer later why a vendor was never told."""
    letter = refused(house)
    assert gateway(capsys, "dead", "drop", letter).code == ExitCode.CONFIG
    assert gateway(capsys, "dead", "drop", letter, "--reason", "проверка").code == ExitCode.OK
    dropped = gateway(capsys, "dead", "show", letter)
    assert "note    olga: проверка" in dropped.out
    assert letter in gateway(capsys, "dead", "list", "--state", "dropped").out


def test_an_age_is_short(house: House, capsys: Capture) -> None:
    """A backlog of three days must not read as 259200 seconds."""

    async def wait(running: Gateway) -> None:
        store, now = running.foundation.store, running.foundation.clock.now()
        rows = await store.read(lambda tx: tx.dead_letters(state="open", account=None, limit=1))
        due = now - timedelta(days=3, hours=4)
        await store.run(
            lambda tx: tx.set_delivery(rows[0].subject, "crm", DeliveryState.HELD, due_at=due)
        )

    refused(house, wait)
    assert re.search(r"^held +crm +1 +3d 4h", gateway(capsys, "due").out, re.MULTILINE)
