"""Toy till door and notifier: JSON calls of one path, and messages of one key each."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusPoints, Customer, Money, OrderLine
from gateway.contract import (
    Caller,
    Log,
    MemberKey,
    Notice,
    NoticeChannel,
    Sale,
    TillBusy,
    TillRefused,
    TillReply,
    TillRequest,
    TillService,
)
from tests.gateway.testing.toy.calls import Calls
from tests.gateway.testing.toy.vendor import TOKEN

TILL = Caller("toy-till")
REFUSED = "refused@example.ru"
_STEPS = ("find", "spend", "close")


@dataclass
class ToyTillDoor:
    """A till's protocol: a step and a sale as JSON, the token in a header."""

    log: Log
    bad: str
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def answer(self, request: TillRequest, service: TillService) -> TillReply:
        """Answer one call."""
        if request.headers.get("x-token") != TOKEN and self.bad != "open till":
            return TillReply(b"who", status=401)
        if self.bad == "logs buyers":
            self.log.info("till.call", body=request.body.decode(errors="replace"))
        if self.bad == "serves no till":
            return TillReply(b"no", status=400)
        try:
            body = json.loads(request.body)
        except ValueError:
            if self.bad == "half calls":
                raise
            return TillReply(b"unreadable", status=400)
        try:
            await self._done(body, service)
        except (TillRefused, TillBusy):
            if self.bad != "always yes":
                return TillReply(b"refused", status=409)
        return TillReply(b"done")

    async def _done(self, body: Mapping[str, Any], service: TillService) -> None:
        who = MemberKey(phone=body["phone"])
        ident = f"{body['sale']}{next(self.numbers)}" if self.bad == "fresh sales" else body["sale"]
        line = OrderLine(id="1", quantity=Decimal(1), price=Money.of(100))
        at = datetime(2026, 3, 1, tzinfo=UTC)
        sale = Sale(ident, (line,), at, who, BonusPoints(points=Decimal(5)))
        if body["step"] == "find":
            await service.identify(TILL, who)
        elif body["step"] == "spend":
            await service.reserve(TILL, sale)
        else:
            await service.commit(TILL, sale)


def till_visit(member: Customer, *, forged: bool) -> Sequence[TillRequest]:
    """Return a visit: find, spend, close."""
    phone = member.phones[0].number
    return [
        TillRequest(
            "POST",
            "toy",
            {},
            {"x-token": "forged" if forged else TOKEN},
            json.dumps({"step": step, "sale": "s1", "phone": phone}).encode(),
        )
        for step in _STEPS
    ]


@dataclass
class ToyNotifier:
    """Messages of one key each."""

    calls: Calls
    log: Log
    bad: str
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def channels(self) -> frozenset[NoticeChannel]:
        """Both ways."""
        return frozenset(NoticeChannel)

    async def send(self, notice: Notice, *, key: str) -> str:
        """Send with its key."""
        if self.bad == "logs notices":
            self.log.info("notice.sent", to=notice.to)
        if self.bad == "sends again":
            key = f"{key}{next(self.numbers)}"
        key = f"to {notice.to}" if self.bad == "one notice for all" else key
        text = notice.text[:5] if self.bad == "short notices" else notice.text
        answer = await self.calls.call(
            "POST",
            "notice",
            operation="send notice",
            body={"to": notice.to, "text": text, "key": key},
            repeatable=False,
            allowed=(422,) if self.bad == "takes any address" else (),
        )
        return str(answer.json().get("id"))
