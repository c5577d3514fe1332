"""Kit: what the conformance checks of points, notes, prices and calls need at the double."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx

from gateway.canonical import Kind
from gateway.contract import MemberKey, Sale, WebhookRequest
from gateway.contract.operations import (
    BONUS_POST,
    CUSTOMER_ERASE,
    CUSTOMER_MERGE,
    CUSTOMER_NOTE,
)

from .members import LOYALTY, programme, sale

AUDITOR = {"X-API-KEY": "retailcrm-auditor-key"}
TOKEN = "kit-trigger-secret-0001"
OWN: dict[str, Any] = {
    "loyalty": LOYALTY,
    "store": {"price_types": {"retail": "base"}, "stores": {"main": "main"}},
    "webhook_token": TOKEN,
    "module": {
        "code": "gateway-kit",
        "base_url": "http://127.0.0.1:9",
        "client_id": "kit-client-secret-0001",
    },
}
CLUB = programme(confirmSmsRegistration=True, chargeCapPercent=100)
OFFERS = [
    {"id": 500 + n, "externalId": f"kit-{n}", "xmlId": f"kit-{n}", "name": "Чай", "price": 1}
    for n in range(1, 60)
]
WRITES = {
    "customer": "customers/upload",
    "order": "orders/upload",
    "product": "prices/upload",
    "sale": "orders/[0-9]+/edit",
    BONUS_POST: "bonus/credit",
    CUSTOMER_ERASE: "customers/[0-9]+/edit",
    CUSTOMER_MERGE: "customers/combine",
    CUSTOMER_NOTE: "notes/create",
}


@dataclass
class People:
    """Members and customers whom the kit makes at the double."""

    door: httpx.AsyncClient
    made: int = 0
    accounts: dict[str, int] = field(default_factory=dict)

    async def member(self, points: int) -> str:
        """Make an active member."""
        customer, account = await self._join(activate=True)
        if points:
            await self._act("loyalty.credit", account=account, amount=points)
        return str(customer)

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Return a sale of the double's only goods."""
        member = MemberKey(external_id=external_id) if external_id else None
        return sale(f"kit-sale-{number}", member=member, spends=spends)

    async def points(self, external_id: str) -> Decimal:
        """Return what a member may spend."""
        told = await self._get(f"loyalty/account/{self.accounts[external_id]}")
        return Decimal(str(told["loyaltyAccount"]["amount"]))

    async def members(self, phone: str) -> int:
        """Count the participations with a phone."""
        told = await self._get("loyalty/accounts", {"filter[phoneNumber]": phone})
        count: int = told["pagination"]["totalCount"]
        return count

    async def recipient(self) -> MemberKey:
        """Make a member who has not confirmed the phone."""
        await self._join(activate=False)
        return MemberKey(phone=self._phone())

    async def code(self, to: MemberKey) -> str:
        """Return the code that the double always sends."""
        del to
        return "1234"

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Make whom an operation is about."""
        del number
        if operation == BONUS_POST:
            customer = await self.member(0)
            return {"customer_external_id": customer, "kind": "accrue", "points": "30"}
        if operation == CUSTOMER_ERASE:
            return {"customer_external_ids": [str(await self._customer())]}
        survivor, loser = [str(await self._customer()) for _ in range(2)]
        if operation == CUSTOMER_MERGE:
            return {"survivor": survivor, "losers": [loser]}
        return {"customer_external_id": survivor, "text": "Звонить после шести"}

    async def effects(self, operation: str) -> Decimal:
        """Return the points of all members, the merged customers, or the notes."""
        if operation == BONUS_POST:
            balances = [await self.points(one) for one in self.accounts]
            return sum(balances, start=Decimal(0))
        if operation == CUSTOMER_ERASE:
            rows = (await self._get("customers", {"limit": "100"}))["customers"]
            return Decimal(sum(not row.get("firstName") for row in rows))
        if operation == CUSTOMER_MERGE:
            left = (await self._get("customers"))["pagination"]["totalCount"]
            return Decimal(self.made - left)
        return Decimal((await self._get("customers/notes"))["pagination"]["totalCount"])

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return what a trigger sends."""
        told = {"status": "new"} if unknown else {f"{kind}_id": external_id}
        token = "0" * len(TOKEN) if forged else TOKEN
        return WebhookRequest(urlencode({**told, "at": "10:00", "token": token}).encode())

    async def priced(self, key: str) -> int:
        """Count the offers that have the price of a product: its key ends with its number."""
        name = f"kit-{int(key.rpartition('zzzzz')[2])}"
        told = await self._get("store/offers", {"filter[externalIds][]": name})
        return sum(one["price"] != 1 for offer in told["offers"] for one in offer["prices"])

    async def _join(self, *, activate: bool) -> tuple[int, int]:
        customer = await self._customer()
        account = {"phoneNumber": self._phone()}
        joined = await self._act(
            "loyalty.join", customer=customer, loyaltyAccount=account, activate=activate
        )
        self.accounts[str(customer)] = joined["account"]
        return customer, joined["account"]

    async def _customer(self) -> int:
        self.made += 1
        person = {"firstName": "Алёна", "phones": [{"number": self._phone()}]}
        made: int = (await self._act("customer.create", customer=person))["id"]
        return made

    def _phone(self) -> str:
        return f"+7917{self.made:07d}"

    async def _act(self, action: str, **body: Any) -> dict[str, Any]:
        answer = await self.door.post("/__mock__/act", json={"action": action, **body})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        answer = await self.door.get(f"/api/v5/{path}", params=query, headers=AUDITOR)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told
