"""The project's people, for the conformance kit: what they do at the double and see in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import orjson

from gateway.canonical import (
    BonusPoints,
    Kind,
    Money,
    OrderLine,
    ProductRef,
)
from gateway.contract import MemberKey, Sale, WebhookRequest
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_ERASE,
    CUSTOMER_MERGE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)
from gateway.testing import (
    Flaw,
    Seeded,
    SpoilingTransport,
    Wired,
)

from .conftest import HOOK_SECRET, AnyJson

_DEVICE = "2f6b1b0e-8f53-4f0e-9f55-0d2e4a7f6c11"
_NOON = datetime(2026, 3, 1, 9, 58, tzinfo=UTC)


@dataclass
class Office:
    """The double's side door; its clock and ours go on together."""

    door: httpx.AsyncClient
    road: SpoilingTransport
    wired: Wired
    made: int = 0

    async def tell(self, what: str, body: Mapping[str, Any]) -> AnyJson:
        """Use the side door."""
        answer = await self.door.post(f"/__mock__/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def inspect(self, what: str, **keys: object) -> AnyJson:
        """Look at a part of the double."""
        await self.tell("act", {"action": "async.drain"})
        return (await self.tell("inspect", {"what": what, **({"keys": keys} if keys else {})}))[
            what
        ]

    async def later(self) -> None:
        """Let two minutes pass: exports count in whole minutes."""
        await self.tell("act", {"action": "clock.advance", "seconds": 120})
        self.wired.clock.ahead += timedelta(seconds=120)

    async def member(self, points: int) -> str:
        """Make a member with active points."""
        known = {row["ids"]["mindboxId"] for row in await self.inspect("customers")}
        self.made += 1
        lots = [{"amount": points}] if points else []
        row = {"mobilePhone": f"7999{self.made:07d}", "firstName": "Ольга", "lots": lots}
        await self.tell("seed", {"customers": [row]})
        rows = await self.inspect("customers")
        (made,) = {row["ids"]["mindboxId"] for row in rows} - known
        return str(made)


class Seed(Office):
    """Works on the double as the project's people do."""

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Make customers; nothing else is read."""
        assert kind is Kind.CUSTOMER
        known = {row["ids"]["mindboxId"] for row in await self.inspect("customers")}
        rows = []
        for record in records:
            self.made += 1
            row: dict[str, Any] = {"mobilePhone": f"7999{self.made:07d}"}
            rows.append(row if record.flaw is Flaw.SPARSE else row | {"firstName": record.text})
        await self.tell("seed", {"customers": rows})
        ids = [
            str(row["ids"]["mindboxId"])
            for row in await self.inspect("customers")
            if row["ids"]["mindboxId"] not in known
        ]
        for external_id, record in zip(ids, records, strict=True):
            self._spoil(external_id, record.flaw)
        await self.later()
        return ids

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Let an operator correct a customer."""
        assert kind is Kind.CUSTOMER
        who = {"ids": {"mindboxId": external_id}}
        change = {"action": "customer.edit", "customer": who, "fields": {"lastName": "Ежова"}}
        await self.tell("act", change)
        await self.later()

    async def held(self, kind: Kind, key: str) -> int:
        """Count the records that carry our key."""
        if kind is Kind.ORDER:
            return len(await self.inspect("orders", ids={"websiteOrder": key}))
        rows = await self.inspect("customers")
        return sum(row["ids"].get("websiteId") == key for row in rows)

    async def total(self, kind: Kind) -> int:
        """Count all records."""
        return len(await self.inspect(f"{kind}s"))

    def _spoil(self, external_id: str, flaw: Flaw) -> None:
        fields: dict[str, object] = {}
        if flaw is Flaw.MALFORMED:
            fields = {"subscriptions": "no list"}
        if flaw is Flaw.UNKNOWN_CODE:
            fields = {"sex": "other"}
        self.road.spoil(
            lambda row: (
                isinstance(row.get("ids"), dict) and str(row["ids"].get("mindboxId")) == external_id
            ),
            **fields,
        )

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a payload that the double takes."""
        customer = await self.member(100)
        event = {"kind": "view_product", "product": {"external_id": f"SKU-{number}"}}
        money = {"amount": "300", "currency": "RUB"}
        line = {"id": "1", "product": {"external_id": "SKU-1"}, "quantity": "1", "price": money}
        receipt = {
            "id": f"R-{number}",
            "kind": "sale",
            "shop": "S-07",
            "till": "1",
            "closed_at": "2026-03-01T10:00:00Z",
            "lines": [line],
            "total": money,
        }
        if operation == CUSTOMER_ERASE:
            return {"customer_external_ids": [customer]}
        if operation == CUSTOMER_MERGE:
            return {"survivor": customer, "losers": [await self.member(0)]}
        payloads: dict[str, Mapping[str, Any]] = {
            BONUS_POST: {"customer_external_id": customer, "kind": "accrue", "points": "10"},
            PROMO_UPLOAD: {"pool": "kit", "codes": [f"KIT-{number}"]},
            RECEIPT_REGISTER: {"receipt": receipt, "customer_external_id": customer},
            BEHAVIOUR_TRACK: {
                "event": {
                    "id": f"e-{number}",
                    "at": "2026-03-01T10:00:00Z",
                    "visitor_id": _DEVICE,
                    **event,
                },
                "customer_external_id": customer,
            },
        }
        return payloads[operation]

    async def effects(self, operation: str) -> Decimal:
        """Count what operations of this name did."""
        if operation == RECEIPT_REGISTER:
            return Decimal(len(await self.inspect("orders")))
        if operation == PROMO_UPLOAD:
            return Decimal(len(await self.inspect("promoCodes")))
        rows = await self.inspect("customers")
        if operation == CUSTOMER_ERASE:
            return Decimal(sum(not row.get("firstName") for row in rows))
        wanted = {
            BONUS_POST: "IzmenenieBalansa",
            BEHAVIOUR_TRACK: "ProsmotrTovara",
            CUSTOMER_MERGE: "Obedinenie",
        }[operation]
        return Decimal(sum(row["actions"].count(wanted) for row in rows))

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Return a sale of two pairs of laces."""
        line = OrderLine(
            id="1",
            product=ProductRef(external_id="SKU-9003"),
            quantity=Decimal(2),
            price=Money.of(300),
        )
        return Sale(
            id=f"K-{number}",
            lines=[line],
            at=_NOON,
            member=None if external_id is None else MemberKey(external_id=external_id),
            points=BonusPoints(points=Decimal(spends)),
            shop="S-07",
            till="1",
        )

    async def points(self, external_id: str) -> Decimal:
        """Return the member's active points."""
        (row,) = await self.inspect("customers", ids={"mindboxId": external_id})
        return Decimal(str(row["balances"][0]["available"]))

    async def members(self, phone: str) -> int:
        """Count members with a phone."""
        rows = await self.inspect("customers")
        return sum(str(row.get("mobilePhone")) == phone.lstrip("+") for row in rows)

    async def recipient(self) -> MemberKey:
        """Return a member with a phone."""
        return MemberKey(external_id=await self.member(0))

    async def code(self, to: MemberKey) -> str:
        """Return the code that was sent last."""
        rows = await self.inspect("messages")
        sent = [row["code"] for row in rows if str(row["customerId"]) == to.external_id]
        return str(sent[-1])

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return a call as the README sets it up."""
        assert kind is Kind.CUSTOMER
        event = "somethingNew" if unknown else "customerChanged"
        body = {
            "requestId": f"r-{external_id}",
            "event": event,
            "customer": {"mindboxId": external_id},
        }
        secret = "forged" if forged else HOOK_SECRET
        headers = {"authorization": f"WebHookSecretKey {secret}"}
        return WebhookRequest(orjson.dumps(body), headers)
