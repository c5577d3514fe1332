"""Alerts of running processes: every way at once, kills between look and send, the command line."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from gateway.ops.faults import ExitCode
from mocks.serving import serve
from mocks.slack.app import SlackSettings
from mocks.slack.app import build_app as build_slack
from mocks.smsc.app import SmscSettings
from mocks.smsc.app import build_app as build_smsc
from mocks.smtp.app import SmtpSettings, describe
from mocks.smtp.app import build_app as build_smtp
from tests.gateway.cli.run import gateway, process, running
from tests.gateway.ops.alerts.receiver import SECRET, Receiver, receiving
from tests.gateway.ops.house import House, eventually

_TOML = """
[alerts]
language = "ru"
every_s = 0.1
group_s = 0.2
clear_s = 0.3
flap_s = 0

[alerts.auth]
minutes = 0

[alerts.disk]
on = false

[alerts.to.mail]
account = "mail"
to = "duty@shop.example"

[alerts.to.phone]
account = "sms"
to = "+79161234567"

[alerts.to.chat]
account = "slack"
to = "C0ALERTS"

[alerts.to.board]
hook = {{ file = "hook.url" }}
secret = {{ file = "hook.secret" }}

[accounts.mail]
connector = "smtp"
[accounts.mail.settings]
host = "{host}"
port = {port}
security = "plain"
sender = "robot@shop.example"
user = "{user}"
password = {{ file = "smtp.password" }}

[accounts.sms]
connector = "smsc"
[accounts.sms.settings]
url = "{smsc}/sys"
login = "shop"
password = {{ file = "smsc.password" }}
sender = "SHOP"

[accounts.slack]
connector = "slack"
[accounts.slack.settings]
url = "{slack}/api"
token = {{ file = "slack.token" }}
"""


@dataclass(frozen=True)
class Town:
    """A house with everybody who can be told."""

    house: House
    board: Receiver
    doors: dict[str, httpx.AsyncClient]

    async def told(self) -> dict[str, list[str]]:
        """Return the texts that came, by way."""
        letters = (await self.doors["smtp"].get("/__mock__/letters")).json()["letters"]
        messages = (await self.doors["smsc"].get("/__mock__/messages")).json()["messages"]
        posts = (await self.doors["slack"].get("/__mock__/messages")).json()["messages"]
        return {
            "mail": [one["text"] for one in letters],
            "phone": [one["text"] for one in messages if one["was_sent"]],
            "chat": [one["text"] for one in posts],
            "board": [turn for turn, _, _ in self.board.turns()],
        }

    async def counts(self) -> list[int]:
        """Return how many messages came, by way."""
        return [len(texts) for texts in (await self.told()).values()]


@asynccontextmanager
async def town(house: House) -> AsyncIterator[Town]:
    """Serve the doubles, and write them into the configuration."""
    about, slack = SmtpSettings(), SlackSettings()
    async with AsyncExitStack() as stack:
        doors, urls = {}, {}
        for name, app in (
            ("smtp", build_smtp(about)),
            ("smsc", build_smsc(SmscSettings())),
            ("slack", build_slack(slack)),
        ):
            urls[name] = await stack.enter_async_context(serve(app))
            client = httpx.AsyncClient(base_url=urls[name], trust_env=False)
            doors[name] = await stack.enter_async_context(client)
        board = await stack.enter_async_context(receiving())
        files = {
            "hook.url": board.url,
            "hook.secret": SECRET,
            "smsc.password": SmscSettings().password,
            "slack.token": slack.token,
            "smtp.password": about.password,
        }
        for name, text in files.items():
            (house.folder / name).write_text(text, "utf-8")
        server = describe(about, urls["smtp"])
        filled = _TOML.format(
            host=server["host"], port=server["port"], user=server["user"], smsc=urls["smsc"],
            slack=urls["slack"],
        )  # fmt: skip
        house.config.write_text(house.config.read_text("utf-8") + filled, "utf-8")
        yield Town(house, board, doors)


async def test_everybody_is_told_once_when_it_begins_and_once_when_it_ends(house: House) -> None:
    """A shop would learn of a refused key from its customers."""
    async with town(house) as there, running(house, "run") as run:
        await run.event("run.started")
        house.vendor("crm").change(mood="refuses")
        assert await eventually(there.counts, lambda found: found == [1, 1, 1, 1])
        first = await there.told()
        assert first["board"] == ["began"]
        for way in ("mail", "phone", "chat"):
            assert "crm: доступ отклонён" in first[way][0]
        house.vendor("crm").change(mood="ok")
        assert await eventually(there.counts, lambda found: found == [2, 2, 2, 2])
        last = await there.told()
        assert last["board"] == ["began", "over"]
        assert "ПРОШЛО" in last["mail"][1]
        run.process.send_signal(signal.SIGTERM)
        assert await run.ended() == ExitCode.OK
    assert there.board.forged == 0


async def test_kills_between_look_and_send_lose_nothing_and_tell_nothing_twice(
    house: House,
) -> None:
    """Each restart would ring again, or a kill between look and send would swallow the message."""
    async with town(house) as there:
        house.vendor("crm").change(mood="refuses")
        async with running(house, "run") as run:
            await run.event("alerts.began")
            run.process.kill()
            await run.ended()
        async with running(house, "run") as run:
            await run.event("run.started")
            await eventually(there.counts, any)
            run.process.kill()
            await run.ended()
        async with running(house, "run") as run:
            await run.event("run.started")
            await eventually(there.counts, all)
            house.vendor("crm").change(mood="ok")
            await eventually(there.counts, lambda found: min(found) > 1)
        told = await there.told()
        # The vendor of SMS is asked by our id, and the receiver knows a message by its id. Mail and
        # chat cannot be asked: a message that was under way at a kill is sent once more.
        assert there.board.turns() == [("began", "auth", "crm"), ("over", "auth", "crm")]
        assert len(told["phone"]) == 2
        for way in ("mail", "chat"):
            assert 2 <= len(told[way]) <= 3


async def test_the_command_line_tries_the_addresses(house: House) -> None:
    """On a machine without a browser nobody could see what is wrong."""
    async with town(house) as there:
        assert process(house, "db", "upgrade").code == ExitCode.OK
        ended = await asyncio.to_thread(process, house, "alert", "test", "--json")
        assert ended.code == ExitCode.OK, ended.err
        assert ended.json()["addresses"] == [
            {"address": name, "cause": ""} for name in ("mail", "phone", "chat", "board")
        ]
        assert "Проверка тревог" in (await there.told())["mail"][0]
        there.board.status = 500
        ended = await asyncio.to_thread(process, house, "alert", "test", "board")
        assert (ended.code, ended.out) == (ExitCode.FOUND, "board: HTTP 500\n")
        ended = await asyncio.to_thread(process, house, "alert", "test", "nobody")
        assert ended.code == ExitCode.FOUND


@pytest.mark.usefixtures("house")
def test_silences_and_lists_stand_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Maintenance could not be announced from a script."""
    gateway(capsys, "db", "upgrade")
    assert gateway(capsys, "alert", "list").out == "nothing is wrong\n"
    made: Any = gateway(
        capsys, "alert", "silence", "--rule", "lag", "--reason", "переезд", "--json"
    ).json()
    assert (made["rule"], made["who"]) == ("lag", "olga")
    listed = gateway(capsys, "alert", "list", "--rules", "--history")
    assert f"silence {made['id']}  lag until" in listed.out
    assert "olga: переезд" in listed.out
    assert "disk" in listed.out
    lifted = gateway(capsys, "alert", "silence", "--lift", made["id"])
    assert lifted.code == ExitCode.OK
    assert "silence" not in gateway(capsys, "alert", "list").out
    assert gateway(capsys, "alert", "silence").code == ExitCode.FOUND
    wrong = gateway(capsys, "alert", "silence", "--rule", "moon", "--reason", "x")
    assert (wrong.code, "known are lag" in wrong.err) == (ExitCode.FOUND, True)
