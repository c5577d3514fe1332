"""Stage: the connector on its double, and the double seen by its side door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from connectors.smsc import CONNECTOR
from connectors.smsc.notifier import SmscNotifier
from gateway.contract import Notice, NoticeChannel
from gateway.testing import SideDoorFaults, Wired, wire
from mocks.serving import serve
from mocks.smsc.app import SmscSettings, build_app

PHONE = "+79120000001"
UNREACHABLE = "+79129999999"


@dataclass(frozen=True)
class Seed:
    """Makes payloads and counts what rang."""

    door: httpx.AsyncClient

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a message to another phone per number."""
        assert operation == "notice.send"
        text = f"Баллы сгорят через {number} дн."
        return {"channel": "sms", "to": f"+7912000000{number}", "text": text}

    async def effects(self, operation: str) -> Decimal:
        """Count the messages that left."""
        assert operation == "notice.send"
        return Decimal(len([one for one in await self.messages() if one["was_sent"]]))

    def addressee(self, channel: NoticeChannel, *, refused: bool) -> str:
        """Return a phone that messages reach, or one that none does."""
        assert channel is NoticeChannel.SMS
        return UNREACHABLE if refused else PHONE

    async def delivered(self, channel: NoticeChannel, to: str) -> Sequence[str]:
        """Return the texts that a phone got."""
        assert channel is NoticeChannel.SMS
        found = await self.messages()
        return [one["text"] for one in found if one["was_sent"] and f"+{one['phone']}" == to]

    async def messages(self) -> list[Any]:
        """Return all that the double took."""
        found: list[Any] = (await self.door.get("/__mock__/messages")).json()["messages"]
        return found

    async def post(self, name: str, **body: Any) -> None:
        """Drive the side door."""
        (await self.door.post(f"/__mock__/{name}", json=body)).raise_for_status()


@dataclass(frozen=True)
class Stage:
    """The connector, its double and what goes wrong there."""

    wired: Wired
    seed: Seed
    faults: SideDoorFaults

    @property
    def notifier(self) -> SmscNotifier:
        """The account's notifier."""
        found = self.wired.connector.services.notifier
        assert isinstance(found, SmscNotifier)
        return found


def notice(text: str = "Код 482193", to: str = PHONE) -> Notice:
    """Return a message."""
    return Notice(NoticeChannel.SMS, to, text)


@asynccontextmanager
async def open_stage(**more: Any) -> AsyncIterator[Stage]:
    """Serve a fresh double and wire the connector to it; ``more`` are settings."""
    about = SmscSettings()
    async with serve(build_app(about)) as url, httpx.AsyncClient(base_url=url) as door:
        settings = {"url": f"{url}/sys", "login": about.login, "sender": "SHOP", **more}
        if "api_key" not in settings:
            settings["password"] = about.password
        wired = wire(CONNECTOR, settings)
        seed = Seed(door)
        await seed.post("settings", undeliverable=[UNREACHABLE[1:]])
        refusal = {"status": 200, "body": json.dumps({"error": "authorise", "error_code": 2})}
        try:
            yield Stage(
                wired,
                seed,
                SideDoorFaults(door, {"notice.send": "send", "notice": "send"}, refusal),
            )
        finally:
            await wired.connector.close()
