"""Toy services: operations, codes, webhook and door."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gateway.canonical import (
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
    MemberKey,
    Observed,
    Operation,
    OutcomeUnknown,
    Rejected,
    StoreError,
    WebhookRefused,
    WebhookRequest,
    Written,
    same_secret,
)
from gateway.contract.operations import Payload
from tests.gateway.testing.toy.calls import Calls
from tests.gateway.testing.toy.vendor import TOKEN


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

    async def tidy(self, desk: ExchangeDesk) -> None:
        """Have nothing to remove."""

    def _hint(self, line: str) -> Hint:
        token = str(next(self.numbers)) if self.bad == "fresh door tokens" else line
        return Hint(Kind.PRODUCT, line, token, carried=Observed(line, Product(name=line)))
