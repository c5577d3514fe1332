"""Toy services: operations, loyalty, codes, webhook and door."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
    Kind,
    Product,
)
from gateway.contract import (
    CodePurpose,
    CodeSent,
    ExchangeDesk,
    ExchangeReply,
    ExchangeRequest,
    Hint,
    HistoryPage,
    Kept,
    LineQuote,
    Member,
    MemberKey,
    Missing,
    Observed,
    Operation,
    OutcomeUnknown,
    Quote,
    Refund,
    Rejected,
    Sale,
    SaleState,
    StoreError,
    WebhookRefused,
    WebhookRequest,
    Written,
    same_secret,
)
from gateway.contract.operations import Payload
from tests.gateway.testing.toy.calls import Calls
from tests.gateway.testing.toy.vendor import TOKEN

_START = datetime(2026, 3, 1, tzinfo=UTC)


class ToyPayload(Payload):
    """What every toy operation takes."""

    number: int


@dataclass
class ToyPerformer:
    """Performer of one operation."""

    name: str
    calls: Calls
    bad: str
    tries: int = 0
    lost: set[str] = field(default_factory=set)

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Send with its key."""
        if self.bad != "takes any payload":
            try:
                ToyPayload.model_validate(dict(operation.payload))
            except ValidationError:
                msg = "the payload is not as prescribed"
                raise Rejected(msg) from None
        if operation.key in self.lost and self.bad == "gives up":
            return {}
        self.tries += 1
        key = f"{self.tries}#{operation.key}" if self.bad == "fresh keys" else operation.key
        key = "constant" if self.bad == "one key for all" else key
        body = {"key": key, "payload": dict(operation.payload)}
        try:
            answer = await self.calls.call(
                "POST",
                f"op/{self.name}",
                operation=f"perform {self.name}",
                body=body,
                repeatable=False,
            )
        except OutcomeUnknown as error:
            if error.http_status is None:
                self.lost.add(operation.key)
            raise
        result: dict[str, Any] = answer.json()
        return result

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Ask what a key did."""
        asked = f"1#{key}" if self.bad == "fresh keys" else key
        asked = "constant" if self.bad == "one key for all" else asked
        answer = await self.calls.call(
            "GET", f"op/{asked.replace('#', '%23')}", operation="find", allowed=(404,)
        )
        if answer.status_code == 404:
            return {} if self.bad == "knows all keys" else None
        result: dict[str, Any] = answer.json()
        return result


@dataclass
class ToyLoyalty:
    """Loyalty processing."""

    calls: Calls
    bad: str
    reserved: int = 0

    async def identify(self, key: MemberKey) -> Member | None:
        """Return the member."""
        body = {"phone": key.phone, "member": key.external_id}
        answer = await self._post("member", body, allowed=(404,))
        if answer is None and self.bad != "knows everybody":
            return None
        return Member("stranger" if answer is None else answer["id"], Customer())

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member."""
        self.reserved += 1
        key = f"{key}{self.reserved}" if self.bad == "registers again" else key
        answer = await self._post("register", {"key": key, "phone": customer.phones[0].number})
        return Member((answer or {})["id"], customer)

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the account."""
        answer = await self._post("balance", {"member": external_id}, allowed=(404,))
        if answer is None:
            if self.bad == "nobody has nothing":
                return []
            msg = "no such member"
            raise Missing(msg)
        return [BonusAccount(programme="main", available=BonusPoints(points=answer["points"]))]

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return postings."""
        rows: Any = await self._post("history", {"member": external_id})
        if self.bad == "oldest first":
            rows = rows[::-1]
        start = int(cursor or 0)
        items = [
            BonusOperation(
                id=str(row["n"]),
                kind=BonusOperationKind.REDEEM,
                points=BonusPoints(points=Decimal(1)),
                at=_START + timedelta(days=row["n"]),
            )
            for row in rows[start : start + limit]
        ]
        more = start + limit < len(rows)
        return HistoryPage(items, str(start + limit) if more else None)

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale."""
        if self.bad == "quotes cost":
            self.calls.vendor.points[_member(sale)] -= 1
        prices = [(line.id, line.price) for line in sale.lines if line.price is not None]
        await self._post("quote", {"total": "0"})
        return Quote(
            [LineQuote(name, price) for name, price in prices],
            prices[0][1],
            BonusPoints(points=Decimal(0)),
        )

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Block points."""
        self.reserved += 1
        key = f"{key}{self.reserved}" if self.bad == "blocks again" else key
        points = str(sale.points.points if sale.points is not None else 0)
        if self.bad == "one sale only" and self.reserved > 1:
            points = "0"
        body = {"key": key, "sale": sale.id, "member": _member(sale), "points": points}
        return self._kept(await self._post("reserve", body))

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Finish a sale."""
        del kept
        body = {"key": key, "sale": sale.id, "member": _member(sale)}
        if self.bad == "commits again" and key in self.calls.vendor.keys:
            self.calls.vendor.points[_member(sale)] -= 1
        return self._kept(await self._post("commit", body))

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Give up."""
        await self._post("cancel", {"key": key, "sale": kept.reference})

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Take back."""
        self.reserved += 1
        key = f"{key}{self.reserved}" if self.bad == "refunds again" else key
        return self._kept(await self._post("refund", {"key": key, "sale": refund.reference}))

    async def find(self, sale_id: str) -> Kept | None:
        """Look up."""
        answer = await self._post("find", {"sale": sale_id}, allowed=(404,))
        if answer is None and self.bad == "finds every sale":
            return Kept(sale_id, SaleState.RESERVED)
        return None if answer is None else self._kept(answer)

    def _kept(self, answer: Mapping[str, Any] | None) -> Kept:
        row = answer or {}
        return Kept(row["id"], SaleState(row["state"]))

    async def _post(
        self, step: str, body: Mapping[str, Any], *, allowed: tuple[int, ...] = ()
    ) -> dict[str, Any] | None:
        answer = await self.calls.call(
            "POST",
            f"loyalty/{step}",
            operation=f"loyalty {step}",
            body=body,
            repeatable=step not in {"register", "reserve", "commit", "cancel", "refund"},
            allowed=allowed,
        )
        if answer.status_code in allowed:
            return None
        told: dict[str, Any] = answer.json()
        return told


def _member(sale: Sale) -> str:
    return (sale.member.external_id if sale.member is not None else None) or ""


@dataclass
class ToyCodes:
    """One-time codes."""

    calls: Calls
    bad: str

    async def send(self, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Send."""
        del purpose
        body = {"to": to.phone}
        answer = await self.calls.call("POST", "code/send", operation="send", body=body)
        return CodeSent(answer.json()["reference"])

    async def confirm(
        self, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check."""
        del purpose, reference
        body = {"to": to.phone, "code": code}
        answer = await self.calls.call("POST", "code/confirm", operation="confirm", body=body)
        return bool(answer.json()["right"]) or self.bad == "any code"


@dataclass
class ToyHooks:
    """Webhook source: JSON with the token in a header."""

    bad: str
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and read."""
        proved = same_secret(request.headers.get("x-token"), TOKEN)
        if not proved and self.bad != "open door" and request.headers:
            msg = "the token does not fit"
            raise WebhookRefused(msg)
        try:
            body = json.loads(request.body)
        except ValueError as error:
            if self.bad == "trusts bodies":
                raise
            msg = "the body must be JSON"
            raise WebhookRefused(msg, status=400) from error
        if body["event"] != "saved" and self.bad != "takes all events":
            return []
        external_id = "0" if self.bad == "names another" else body["id"]
        token = f"{next(self.numbers)}" if self.bad == "fresh tokens" else f"saved:{body['id']}"
        return [Hint(Kind.ORDER, external_id, token)]


@dataclass
class ToyDoor:
    """Exchange door: one call brings JSON lines, one takes what is due, one confirms."""

    bad: str
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def answer(self, request: ExchangeRequest, desk: ExchangeDesk) -> ExchangeReply:
        """Answer one call."""
        if request.headers.get("x-token") != TOKEN and self.bad != "unlocked":
            return ExchangeReply(b"failure", status=401)
        if request.query["mode"] == "bring":
            body = b"".join([piece async for piece in request.body])
            hints = [self._hint(line) for line in body.decode().splitlines()]
            with suppress(*([StoreError] if self.bad == "says yes" else [])):
                await desk.receive(hints, kind=Kind.PRODUCT)
            return ExchangeReply(b"success")
        changes = await desk.take(Kind.ORDER, limit=10)
        if self.bad != "never tells":
            await desk.tell({change.key: Written(change.key) for change in changes})
        return ExchangeReply("\n".join(change.key for change in changes).encode())

    def _hint(self, line: str) -> Hint:
        token = str(next(self.numbers)) if self.bad == "fresh door tokens" else line
        return Hint(Kind.PRODUCT, line, token, carried=Observed(line, Product(name=line)))
