"""Seed of the conformance kit: works at the Loymax double as members, tills and operators do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from connectors.loymax.purchases import purchase_id
from gateway.canonical import BonusPoints, Kind, Money, OrderLine, ProductRef
from gateway.contract import MemberKey, Sale
from gateway.contract.operations import BONUS_POST, CUSTOMER_MERGE
from gateway.testing import Flaw, Seeded, SideDoorFaults, SpoilingTransport, key_of
from gateway.testing.samples import phone_of

CARDS = [{"id": 9000 + number, "number": f"29{number:011d}"} for number in range(1, 10)]
"""Free cards, for the samples of the kit."""
_FIRST = 100
_OF_FLAW: Mapping[Flaw, Mapping[str, object]] = {
    Flaw.MALFORMED: {"phone": "не телефон"},
    Flaw.UNKNOWN_CODE: {"state": "Awaiting"},
}


@dataclass
class Seed:
    """See the ports of the kit. Persons that it makes count on from ``numbers``."""

    door: httpx.AsyncClient
    road: SpoilingTransport
    numbers: int = _FIRST

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Let members join and get points, which is what the vendor tells of them."""
        assert kind is Kind.CUSTOMER
        ids = []
        for record in records:
            sparse = record.flaw is Flaw.SPARSE
            made = await self._join(answers={} if sparse else {"FirstName": record.text})
            await self._bought(made)
            ids.append(made)
            self.road.spoil(
                lambda row, made=made: "uid" in row and str(row.get("id")) == made,  # type: ignore[misc]
                **_OF_FLAW.get(record.flaw, {}),
            )
        return ids

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Let a member buy something."""
        del kind
        await self._bought(external_id)

    async def held(self, kind: Kind, key: str) -> int:
        """Count the purchases of our id, or the members of the sample's phone: no key is kept."""
        if kind is Kind.ORDER:
            own = purchase_id(key)
            return sum(row["purchaseId"] == own for row in await self._part("purchases"))
        number = next(one for one in range(100) if key_of(Kind.CUSTOMER, one) == key)
        return await self.members(phone_of(number))

    async def total(self, kind: Kind) -> int:
        """Count all records."""
        return len(await self._part("purchases" if kind is Kind.ORDER else "customers"))

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return points to post, a receipt, or two persons to merge."""
        one = await self.member(0)
        if operation == BONUS_POST:
            return {"customer_external_id": one, "kind": "accrue", "points": "50"}
        if operation == CUSTOMER_MERGE:
            return {"survivor": one, "losers": [await self.member(0)]}
        sale = self.sale(number, one)
        receipt = {
            "id": f"CHK{number}",
            "kind": "sale",
            "shop": "main",
            "till": "1",
            "closed_at": sale.at,
            "lines": [line.model_dump(exclude_unset=True) for line in sale.lines],
            "total": {"amount": "1000", "currency": "RUB"},
        }
        return {"receipt": receipt, "customer_external_id": one}

    async def effects(self, operation: str) -> Decimal:
        """Count postings, persons in a group of somebody else, or finished purchases."""
        if operation == BONUS_POST:
            return Decimal(len(await self._part("batches")))
        if operation == CUSTOMER_MERGE:
            persons = await self._part("customers")
            return Decimal(sum(row["groupId"] != row["id"] for row in persons))
        purchases = await self._part("purchases")
        return Decimal(sum(row["state"] == "Confirmed" for row in purchases))

    async def member(self, points: int) -> str:
        """Let somebody join, with points on the account."""
        return await self._join(lots=[{"amount": points}] if points else [])

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Return a sale of tea for 1000 roubles."""
        return Sale(
            f"SALE{number}",
            [
                OrderLine(
                    id="1",
                    product=ProductRef(external_id="A-17", name="Чай"),
                    base_price=Money.of(500),
                    price=Money.of(500),
                    quantity=Decimal(2),
                )
            ],
            datetime(2026, 3, 1, 9, 0, number, tzinfo=UTC),
            MemberKey(external_id=external_id) if external_id is not None else None,
            BonusPoints(points=Decimal(spends)),
        )

    async def points(self, external_id: str) -> Decimal:
        """Return what a member may spend."""
        (row,) = [one for one in await self._part("customers") if str(one["id"]) == external_id]
        return Decimal(str(row["balance"]))

    async def members(self, phone: str) -> int:
        """Count the members of a phone."""
        rows = await self._part("customers")
        number = phone.lstrip("+")
        return sum(row["phone"] == number and row["state"] == "Registered" for row in rows)

    async def recipient(self) -> MemberKey:
        """Return a member whose new phone waits for its code (7.2: attached with a call)."""
        made = await self.member(0)
        self.numbers += 1
        answer = await self.door.post(
            f"/systemapi/v1.2/users/{made}/SetPhone",
            json={"phone": f"79020{self.numbers:06d}", "withoutCall": False},
            headers=await self._operator(),
        )
        assert answer.json()["result"]["state"] == "Success", answer.text
        return MemberKey(external_id=made)

    async def code(self, to: MemberKey) -> str:
        """Return the code that was sent last."""
        sent = [
            row for row in await self._part("messages") if str(row["personId"]) == to.external_id
        ]
        return str(sent[-1]["code"])

    async def _join(self, **fields: Any) -> str:
        self.numbers += 1
        row = {"id": self.numbers, "phone": f"79010{self.numbers:06d}", **fields}
        answer = await self.door.post("/__mock__/seed", json={"customers": [row]})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["customerIds"][0])

    async def _bought(self, external_id: str) -> None:
        lines = [{"goodsId": "A-17", "name": "Чай", "quantity": 1, "amount": 100}]
        deed = {"action": "till.sell", "id": int(external_id), "lines": lines}
        answer = await self.door.post("/__mock__/act", json=deed)
        assert answer.status_code == 200, answer.text

    async def _operator(self) -> Mapping[str, str]:
        form = {
            "grant_type": "password",
            "username": "gateway",
            "password": "operator-secret",
            "area": "users",
        }
        answer = await self.door.post("/authorizationService/token", data=form)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def _part(self, name: str) -> list[dict[str, Any]]:
        answer = await self.door.get("/__mock__/inspect", params={"part": name})
        rows: list[dict[str, Any]] = answer.json()[name]
        return rows


class LoymaxFaults(SideDoorFaults):
    """Faults: the list of batches has the path of posting one, and is asked for before it."""

    async def cut(self, what: str, *, after: bool) -> None:
        """Cut the next writing call; see ``Faults``."""
        if what != BONUS_POST:
            await super().cut(what, after=after)
            return
        path = self.writes[what]
        await self._script(
            {"kind": "delay", "delay_s": 0.0, "path": path, "times": 1},
            {"kind": "cut_after" if after else "cut_before", "path": path, "times": 1},
        )
