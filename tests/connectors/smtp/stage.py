"""Stage: the connector on its double, and the double seen by its side door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from connectors.smtp import CONNECTOR
from connectors.smtp.notifier import SmtpNotifier
from gateway.contract import Notice, NoticeChannel
from gateway.testing import Wired, wire
from mocks.serving import serve
from mocks.smtp.app import SmtpSettings, build_app, describe

TO = "elka@mail.example"
NOBODY = "nobody@mail.example"
_REPLIES = {
    401: ("AUTH", 535, "5.7.8 bad credentials"),
    429: ("MAIL", 451, "4.7.1 later"),
    500: ("MAIL", 421, "4.3.0 going down"),
    400: ("MAIL", 550, "5.7.1 no"),
}


@dataclass(frozen=True)
class Seed:
    """Makes payloads and counts what arrived."""

    door: httpx.AsyncClient

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a letter to another address per number."""
        assert operation == "notice.send"
        to = f"elka{number}@mail.example"
        return {"channel": "email", "to": to, "subject": "Баллы", "text": "Баллы скоро сгорят"}

    async def effects(self, operation: str) -> Decimal:
        """Count the letters that arrived."""
        assert operation == "notice.send"
        return Decimal(len(await self.letters()))

    def addressee(self, channel: NoticeChannel, *, refused: bool) -> str:
        """Return an address that letters reach, or one that the server does not know."""
        assert channel is NoticeChannel.EMAIL
        return NOBODY if refused else TO

    async def delivered(self, channel: NoticeChannel, to: str) -> Sequence[str]:
        """Return the texts that an address got, without the line end of every letter."""
        assert channel is NoticeChannel.EMAIL
        found = await self.letters()
        return [one["text"].removesuffix("\n") for one in found if to in one["recipients"]]

    async def letters(self) -> list[Any]:
        """Return all that arrived."""
        found: list[Any] = (await self.door.get("/__mock__/letters")).json()["letters"]
        return found

    async def post(self, name: str, **body: Any) -> None:
        """Drive the side door."""
        (await self.door.post(f"/__mock__/{name}", json=body)).raise_for_status()


@dataclass(frozen=True)
class Faults:
    """What goes wrong, in the words of SMTP; see the kit's ``Faults``."""

    seed: Seed

    async def answer(self, status: int, *, retry_after_s: int | None = None) -> None:
        """Answer the next command that this status stands for with its reply."""
        assert retry_after_s is None
        path, code, text = _REPLIES[status]
        await self.script(kind="status", path=path, status=code, body=text, times=1)

    async def cut(self, what: str, *, after: bool) -> None:
        """Cut the next letter's connection, before or after it arrived."""
        assert what in {"notice.send", "notice"}
        await self.script(kind="cut_after" if after else "cut_before", path="DATA", times=1)

    async def revoke(self) -> None:
        """Refuse the login from now on."""
        path, code, text = _REPLIES[401]
        await self.script(kind="status", path=path, status=code, body=text)

    async def clear(self) -> None:
        """Let everything work again."""
        await self.seed.post("faults", rules=[])

    async def script(self, **rule: Any) -> None:
        """Set one rule."""
        await self.seed.post("faults", rules=[rule])


@dataclass(frozen=True)
class Stage:
    """The connector, its double and what goes wrong there."""

    wired: Wired
    seed: Seed
    faults: Faults

    @property
    def notifier(self) -> SmtpNotifier:
        """The account's notifier."""
        found = self.wired.connector.services.notifier
        assert isinstance(found, SmtpNotifier)
        return found


def notice(text: str = "Код 482193", to: str = TO, subject: str = "Код") -> Notice:
    """Return a letter."""
    return Notice(NoticeChannel.EMAIL, to, text, subject)


@asynccontextmanager
async def open_stage(server: SmtpSettings | None = None, **more: Any) -> AsyncIterator[Stage]:
    """Serve a fresh double and wire the connector to it; ``more`` are settings."""
    server = server or SmtpSettings()
    async with serve(build_app(server)) as url, httpx.AsyncClient(base_url=url) as door:
        about = describe(server, url)
        same = {name: about[name] for name in ("host", "port", "security", "user", "password")}
        settings = {**same, "sender": "robot@shop.example", "sender_name": "Магазин", **more}
        wired = wire(CONNECTOR, settings)
        seed = Seed(door)
        refuse = {
            "action": "recipient.refuse",
            "address": NOBODY,
            "reply": "550 5.1.1 no such user",
        }
        await seed.post("act", **refuse)
        try:
            yield Stage(wired, seed, Faults(seed))
        finally:
            await wired.connector.close()
