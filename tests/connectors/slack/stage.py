"""Stage: the connector on its double, and the double seen by its side door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from connectors.slack import CONNECTOR
from gateway.contract import Notice, NoticeChannel, Notifier, WebhookRequest
from gateway.testing import SideDoorFaults, Wired, wire
from mocks.serving import serve
from mocks.slack.app import SlackSettings, build_app

CHANNEL, USER, ROOM = "C0ALERTS", "U0ANNA", "C0SUPPORT"


def unescaped(text: str) -> str:
    """Read a text as a person in the channel does."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@dataclass(frozen=True)
class Seed:
    """Makes payloads and counts what was posted."""

    door: httpx.AsyncClient

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a message of its own text per number."""
        assert operation == "notice.send"
        return {"channel": "chat", "to": CHANNEL, "text": f"Отстаём на {number} мин"}

    async def effects(self, operation: str) -> Decimal:
        """Count the messages."""
        assert operation == "notice.send"
        return Decimal(len(await self.messages()))

    def addressee(self, channel: NoticeChannel, *, refused: bool) -> str:
        """Return a channel that the bot is in, or one that is not there."""
        assert channel is NoticeChannel.CHAT
        return "C0NOWHERE" if refused else CHANNEL

    async def delivered(self, channel: NoticeChannel, to: str) -> Sequence[str]:
        """Return the texts of a channel."""
        assert channel is NoticeChannel.CHAT
        found = await self.messages()
        return [unescaped(one["text"]) for one in found if one["channel"] == to]

    async def messages(self) -> list[Any]:
        """Return all that the double took."""
        found: list[Any] = (await self.door.get("/__mock__/messages")).json()["messages"]
        return found

    async def post(self, name: str, **body: Any) -> dict[str, Any]:
        """Drive the side door."""
        answer = await self.door.post(f"/__mock__/{name}", json=body)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    async def slash(self, command: str, text: str, **more: Any) -> WebhookRequest:
        """Return a slash command as Slack sends it."""
        asked = {"user_id": USER, "channel_id": ROOM, **more}
        made = await self.post("act", action="slash", command=command, text=text, **asked)
        headers = {name.lower(): value for name, value in made["headers"].items()}
        return WebhookRequest(made["body"].encode(), headers)


@dataclass(frozen=True)
class Stage:
    """The connector, its double and what goes wrong there."""

    wired: Wired
    seed: Seed
    faults: SideDoorFaults

    @property
    def notifier(self) -> Notifier:
        """The account's notifier."""
        found = self.wired.connector.services.notifier
        assert found is not None
        return found


def notice(text: str = "Отстаём", to: str = CHANNEL) -> Notice:
    """Return a message."""
    return Notice(NoticeChannel.CHAT, to, text)


@asynccontextmanager
async def open_stage(*, by_hook: bool = False, **more: Any) -> AsyncIterator[Stage]:
    """Serve a fresh double and wire the connector to it; ``more`` are settings."""
    about = SlackSettings()
    async with serve(build_app(about)) as url, httpx.AsyncClient(base_url=url) as door:
        settings = {"url": f"{url}/api", "signing_secret": about.signing_secret, "users": [USER]}
        if by_hook:
            settings["webhook"] = f"{url}/services/{about.hook}"
        else:
            settings["token"] = about.token
        wired = wire(CONNECTOR, settings | more)
        seed = Seed(door)
        await seed.post("seed", url=url)
        refusal = {"status": 200, "body": json.dumps({"ok": False, "error": "invalid_auth"})}
        writes = {"notice.send": "postMessage", "notice": "postMessage"}
        try:
            yield Stage(wired, seed, SideDoorFaults(door, writes, refusal))
        finally:
            await wired.connector.close()
