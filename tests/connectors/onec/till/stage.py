"""A gateway's till door on the real route over real HTTP, and a till in front of it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

from fastapi import FastAPI

from connectors.onec import CONNECTOR
from connectors.onec.config import OneCSettings
from gateway.contract import ConnectorContext, TillRequest
from gateway.ingress.door import Door
from gateway.ingress.problems import answer_problems
from gateway.ingress.till_doors import query_of, till_doors
from mocks.serving import serve
from tests.gateway.contract.fakes import FakeLog

from .ledger import Ledger
from .people import MOMENT, Person

OK = 200
USER, LOGIN, PASSWORD = "till-1", "Касса1", "пароль-кассы"
CARD, PHONE = "2990000000417", "+79991234567"
CLIENT = "11111111-2222-11ee-8c3a-00155d010203"
RULE = "0d150001-2222-11ee-8c3a-00155d010203"
SETTINGS: dict[str, Any] = {
    "till": {
        "users": {
            USER: {"login": LOGIN, "password": PASSWORD, "shop": "msk-1"},
            "till-2": {"password": "another", "shop": "msk-1"},
        },
        "loyaltyservice": {
            "payment_percent": "30",
            "accrual": {"rule": RULE, "name": "3 % баллами", "after_days": 14, "months": 6},
        },
        "discountservice": {},
    }
}


class TillError(Exception):
    """What the till's own client makes of every status above 200. Shape: status and text."""


@dataclass
class Hands:
    """A clock that stands still until it is moved."""

    moment: datetime = MOMENT

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment.astimezone(UTC)

    def monotonic(self) -> float:
        """Return the moment in seconds."""
        return self.moment.timestamp()

    def pass_by(self, **parts: float) -> None:
        """Move on."""
        self.moment += timedelta(**parts)


def vera(points: str = "350") -> Person:
    """Return the member of the reference's samples."""
    return Person(
        CLIENT,
        ("Лапина", "Вера"),
        (CARD,),
        PHONE,
        "v.lapina@example.ru",
        datetime(1990, 4, 12, tzinfo=UTC).date(),
        [("welcome", Decimal(points))],
    )


@dataclass
class Stage:
    """A gateway that can be restarted, on a ledger that stays."""

    ledger: Ledger = field(default_factory=lambda: Ledger([vera()]))
    settings: Mapping[str, Any] = field(default_factory=lambda: SETTINGS)
    clock: Hands = field(default_factory=Hands)
    cards: Any = None
    accounts: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def __post_init__(self) -> None:
        """Start."""
        self.restart()

    def restart(self) -> None:
        """Begin anew with nothing remembered."""
        parsed = OneCSettings.model_validate(dict(self.settings))

        def refused(*args: object, **named: object) -> Any:  # noqa: ANN401 - never called
            raise AssertionError(args, named)

        context = ConnectorContext("tills", parsed, refused, self.clock, FakeLog())
        connector: Any = CONNECTOR.build(context)
        if self.cards is not None:
            connector.services.till.discount.documents.cards = self.cards
        self.accounts["tills"] = SimpleNamespace(connector=connector)

    @property
    def person(self) -> Person:
        """The one member."""
        return self.ledger.people[0]

    async def direct(
        self, method: str, path: str, *, query: str = "", body: bytes = b"", user: str = USER
    ) -> tuple[int, str]:
        """Call the door without a network, for many calls."""
        headers = {"authorization": _basic(user)}
        request = TillRequest(method, path, query_of(query.encode()), headers, body)
        door = self.accounts["tills"].connector.services.till
        reply = await door.answer(request, self.ledger)
        return reply.status, reply.body.decode()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Stage]:
        """Serve the real route."""
        till = SimpleNamespace(service=self.ledger)
        door = SimpleNamespace(accounts=self.accounts, till=till, log=FakeLog())
        app = FastAPI(openapi_url=None)
        app.include_router(till_doors(cast("Door", door)))
        answer_problems(app)
        async with serve(app) as url:
            self.url = url
            yield self


@dataclass
class TillClient:
    """A till as УНФ's own client is: it writes values into the address as they are.

    Only what a request line cannot hold is encoded. Every status above 200 is an error.
    """

    url: str
    user: str = USER

    async def ask(
        self, method: str, verb: str = "GET", *, body: object = None, **query: str
    ) -> Any:  # noqa: ANN401 - JSON or a sentence
        """Call a method."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        status, text = await self.send(verb, _path(method, query), content)
        if status != OK:
            raise TillError(status, text)
        try:
            return json.loads(text)
        except ValueError:
            return text

    async def hang_up(
        self, method: str, verb: str, when: Callable[[], Awaitable[None]], **query: str
    ) -> None:
        """Call a method, wait for something, and go away without the answer."""
        await self.send(verb, _path(method, query), dies=when)

    async def send(
        self,
        verb: str,
        path: str,
        content: bytes = b"",
        *,
        dies: Callable[[], Awaitable[None]] | None = None,
        headers: str = "",
    ) -> tuple[int, str]:
        """Send one request over a connection of its own."""
        host = self.url.removeprefix("http://")
        name, port = host.split(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        try:
            head = (
                f"{verb} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {_basic(self.user)}\r\n"
                f"Content-Length: {len(content)}\r\n{headers}Connection: close\r\n\r\n"
            )
            writer.write(head.encode("ascii") + content)
            await writer.drain()
            if dies is not None:
                await dies()
                return 0, ""
            told = await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
        head_, _, text = told.partition(b"\r\n\r\n")
        return int(head_.split(b" ")[1]), text.decode()


def _path(method: str, query: Mapping[str, str]) -> str:
    pairs = "&".join(f"{name}={_line(value)}" for name, value in query.items())
    return f"/till/tills/hs/loyaltyservice/{method}/" + (f"?{pairs}" if pairs else "")


def _line(value: str) -> str:
    return "".join(one if "!" <= one <= "~" else quote(one) for one in value)


def _basic(user: str) -> str:
    known = SETTINGS["till"]["users"].get(user, {"password": "wrong"})
    pair = f"{known.get('login', user)}:{known['password']}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
