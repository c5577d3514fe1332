"""Loymax keeps the contract, on its double over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

import connectors.loymax
from connectors.loymax import CONNECTOR
from connectors.loymax.purchases import purchase_id
from gateway.canonical import (
    Canonical,
    CardRef,
    Consent,
    Customer,
    Kind,
    Money,
    Order,
    OrderLine,
    ProductRef,
    Receipt,
    ReceiptKind,
)
from gateway.contract import MemberKey, Sale
from gateway.contract.operations import BONUS_POST, CUSTOMER_MERGE, RECEIPT_REGISTER
from gateway.testing import (
    ConnectorConformance,
    Flaw,
    Seeded,
    SideDoorFaults,
    SpoilingTransport,
    Wired,
    exemptions,
    wire,
)
from gateway.testing.samples import edited, phone_of, sample
from mocks.loymax.app import LoymaxSettings, build_app
from mocks.serving import serve

from .till_stage import TILLS
from .till_visitor import Visitor
from .world import HONEY, TEA, own_settings
from .world import sale as basket

_DENIED = '{"message": "Authorization has been denied for this request."}'
KIT_TILLS = {**TILLS, "late_s": 10**9}
"""The kit's purchase has the reference's day, which is no spell offline."""
_CARDS = [{"number": f"29{number:011d}"} for number in range(10)]


@dataclass
class Seed(Visitor):
    """Works at the installation as tills and operators do."""

    door: httpx.AsyncClient
    road: SpoilingTransport
    keys: dict[str, int] = field(default_factory=dict)
    made: int = 6000

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Let members join and buy something at one moment."""
        del kind
        at = datetime.now(UTC).isoformat()
        return [await self._joined(record, at) for record in records]

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Let an operator correct a name, and the member buy again."""
        del kind
        change = {"answers": {"LastName": "Ежова"}}
        await self._act("customer.edit", id=int(external_id), change=change)
        await self._buy(external_id)

    async def held(self, kind: Kind, key: str) -> int:
        """Count the records with our key; a member is known by the phone of its sample."""
        if kind is Kind.ORDER:
            return sum(
                row["purchaseId"] == purchase_id(key) for row in await self._part("purchases")
            )
        return await self.members(phone_of(int(key[-12:])))

    async def total(self, kind: Kind) -> int:
        """Count all records."""
        return len(await self._part("purchases" if kind is Kind.ORDER else "customers"))

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return what an operation wants."""
        who = await self.member(100)
        if operation == BONUS_POST:
            return {"customer_external_id": who, "kind": "accrue", "points": "10"}
        if operation == CUSTOMER_MERGE:
            return {"survivor": who, "losers": [await self.member(5)]}
        receipt = Receipt(
            id=f"KIT-{number}",
            kind=ReceiptKind.SALE,
            shop="7",
            till="2",
            closed_at=datetime.now(UTC),
            lines=(TEA, HONEY),
            total=Money.of(1060),
        )
        return {"receipt": receipt.model_dump(mode="json"), "customer_external_id": who}

    async def effects(self, operation: str) -> Decimal:
        """Count persons who share a group, or points that moved by batch or purchase."""
        if operation == CUSTOMER_MERGE:
            rows = await self._part("customers")
            groups = {row["groupId"] if row["groupId"] is not None else row["id"] for row in rows}
            return Decimal(len(rows) - len(groups))
        if operation == BONUS_POST:
            return Decimal(len(await self._part("batches")))
        rows = [row for row in await self._part("purchases") if row["state"] == "Confirmed"]
        return Decimal(str(sum(row["cashback"] for row in rows)))

    async def member(self, points: int) -> str:
        """Make a member with points."""
        return await self._seeded({"balance": points})

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Return tea and honey."""
        key = MemberKey(external_id=external_id) if external_id is not None else None
        return basket(f"KIT-{number}", member=key, points=spends)

    async def points(self, external_id: str) -> Decimal:
        """Return what a member may spend."""
        rows = await self._part("customers")
        found = next(row for row in rows if str(row["id"]) == external_id)
        return Decimal(str(found["balance"]))

    async def members(self, phone: str) -> int:
        """Count the members of a phone."""
        rows = await self._part("customers")
        return sum(
            row["phone"] == phone.lstrip("+") and row["state"] == "Registered" for row in rows
        )

    async def recipient(self) -> MemberKey:
        """Return a member."""
        return MemberKey(external_id=await self.member(0))

    async def code(self, to: MemberKey) -> str:
        """Return the code that was sent last."""
        del to
        return str((await self._part("messages"))[-1]["code"])

    async def _joined(self, record: Seeded, at: str) -> str:
        answers = {} if record.flaw is Flaw.SPARSE else {"FirstName": record.text}
        if record.flaw is Flaw.UNKNOWN_CODE:
            answers["Sex"] = "Иное"
        person_id = await self._seeded({"answers": answers})
        if record.flaw is Flaw.MALFORMED:
            self.road.spoil(lambda row: _is_person(row, person_id), firstName={"text": "Алёна"})
        await self._buy(person_id, at)
        return person_id

    async def _seeded(self, fields: Mapping[str, Any]) -> str:
        self.made += 1
        row = {"id": self.made, "phone": f"7901000{self.made:04d}", **fields}
        answer = await self.door.post("/__mock__/seed", json={"customers": [row]})
        answer.raise_for_status()
        return str(self.made)

    async def _buy(self, person_id: str, at: str | None = None) -> None:
        lines = [{"goodsId": "B-03", "amount": 460}]
        when = at or datetime.now(UTC).isoformat()
        await self._act("till.sell", id=int(person_id), lines=lines, at=when)

    async def _act(self, action: str, **body: Any) -> None:
        answer = await self.door.post("/__mock__/act", json={"action": action, **body})
        answer.raise_for_status()

    async def _part(self, name: str) -> list[dict[str, Any]]:
        answer = await self.door.get("/__mock__/inspect", params={"part": name})
        rows: list[dict[str, Any]] = answer.json()[name]
        return rows


class LoymaxFaults(SideDoorFaults):
    """Faults that let the look-up pass which stands before a posting at the same path."""

    async def cut(self, what: str, *, after: bool) -> None:
        """Cut the next writing call; see ``Faults``."""
        if what != BONUS_POST:
            await super().cut(what, after=after)
            return
        path = self.writes[what]
        passing = {"kind": "delay", "delay_s": 0, "path": path, "times": 1}
        cutting = {"kind": "cut_after" if after else "cut_before", "path": path, "times": 1}
        await self._script(passing, cutting)


@dataclass(frozen=True)
class Stage:
    """A running double with the connector on it."""

    wired: Wired
    door: httpx.AsyncClient
    road: SpoilingTransport


class TestConformance(ConnectorConformance):
    """The kit on Loymax."""

    factory = CONNECTOR
    exempt = exemptions(Path(connectors.loymax.__file__).with_name("quality.toml"))
    orders_need_buyers = True
    # What only the vendor tells: points, and what it has verified.
    unread = frozenset(
        {
            "bonuses",
            "bonuses/available",
            "bonuses/pending",
            "phones/confirmation",
            "emails/confirmation",
            "registered_at",
        }
    )

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a record of goods that a purchase names, and cards that are free."""
        found = sample(kind, number)
        if isinstance(found, Customer):
            cards = (CardRef(number=_CARDS[number % 10]["number"]),)
            consents = (
                Consent(id="mailing:email", granted=True),
                Consent(id="mailing:sms", granted=False),
            )
            return found.model_copy(update={"cards": cards, "consents": consents})
        if isinstance(found, Order):
            return found.model_copy(update={"lines": tuple(_named(line) for line in found.lines)})
        return found

    def edited(self, entity: Canonical) -> Canonical:
        """Return a record after a change that a purchase can hold."""
        if isinstance(entity, Order):
            lines = [line.model_copy(update={"quantity": Decimal(3)}) for line in entity.lines]
            return entity.model_copy(update={"lines": tuple(lines)})
        return edited(entity)

    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        """Serve a fresh installation."""
        road = SpoilingTransport()
        app = build_app(LoymaxSettings(deposit_delay_s=0))
        async with serve(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as door:
            answer = await door.post("/__mock__/seed", json={"cards": _CARDS})
            answer.raise_for_status()
            wired = wire(CONNECTOR, own_settings(url, tills=KIT_TILLS), transport=road)
            yield Stage(wired, door, road)
            await wired.connector.close()

    @pytest.fixture
    def connector(self, stage: Stage) -> Wired:
        """The connector."""
        return stage.wired

    @pytest.fixture
    def seed(self, stage: Stage) -> Seed:
        """The tills and operators."""
        return Seed(stage.door, stage.road)

    @pytest.fixture
    def faults(self, stage: Stage) -> SideDoorFaults:
        """The faults."""
        writes = {
            "customer": "BeginRegistration$",
            "order": "/Calculate$",
            "sale": "/Confirm$",
            BONUS_POST: "/deposit$",
            RECEIPT_REGISTER: "/Confirm$",
            CUSTOMER_MERGE: "/MergeAccount/",
        }
        return LoymaxFaults(stage.door, writes, {"status": 401, "body": _DENIED})


def _named(line: OrderLine) -> OrderLine:
    product = ProductRef(external_id="B-03", name="Кружка «Ёлка»")
    return line.model_copy(update={"product": product})


def _is_person(row: Mapping[str, Any], person_id: str) -> bool:
    return str(row.get("id")) == person_id and "firstName" in row
