"""Toy stage: what a connector's own test gives to the kit, for the toy vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

import httpx

from gateway.canonical import BonusPoints, Customer, Kind, Money, OrderLine
from gateway.contract import (
    ConnectorFactory,
    ExchangeDesk,
    ExchangeDoor,
    ExchangeReply,
    ExchangeRequest,
    MemberKey,
    NoticeChannel,
    Sale,
    TillReply,
    TillRequest,
    WebhookRequest,
)
from gateway.testing import ConnectorConformance, Seeded, Wired, wire
from tests.gateway.testing.toy import loud
from tests.gateway.testing.toy.connector import factory_of
from tests.gateway.testing.toy.tills import REFUSED, till_visit
from tests.gateway.testing.toy.vendor import TOKEN, ToyVendor, put


class ToySuite(ConnectorConformance):
    """The kit on the toy vendor, driven by hand: pytest does not collect it."""

    factory: ClassVar[ConnectorFactory] = factory_of(ToyVendor(), "")
    door_takes = Kind.ORDER


@dataclass
class ToyRecords:
    """Works on the vendor's records and operations."""

    vendor: ToyVendor

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Make records."""
        return put(self.vendor, kind, records)

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Move a record to the end of the feed."""
        del kind
        self.vendor.moment += 1
        self.vendor.rows[external_id]["moment"] = self.vendor.moment

    async def held(self, kind: Kind, key: str) -> int:
        """Count records with a key."""
        rows = self.vendor.rows.values()
        return sum(row["kind"] == kind and row["key"] == key for row in rows)

    async def total(self, kind: Kind) -> int:
        """Count records."""
        return sum(row["kind"] == kind for row in self.vendor.rows.values())

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a payload."""
        del operation
        return {"number": number}

    async def effects(self, operation: str) -> Decimal:
        """Return what operations of a name did."""
        return self.vendor.effects[operation]


@dataclass
class ToyCounter(ToyRecords):
    """Works at the counter besides: a till, the telephones of customers, and visitors."""

    async def behave(self, number: int) -> None:
        """Let somebody visit."""
        self.vendor.visits.append(number)

    def till_visit(self, member: Customer, *, forged: bool) -> Sequence[TillRequest]:
        """Return a till's calls."""
        return till_visit(member, forged=forged)

    def is_till_refusal(self, reply: TillReply) -> bool:
        """Tell a refusal by its status."""
        return reply.status >= 400

    def addressee(self, channel: NoticeChannel, *, refused: bool) -> str:
        """Return an address."""
        return REFUSED if refused else f"{channel}@example.ru"

    async def delivered(self, channel: NoticeChannel, to: str) -> Sequence[str]:
        """Return what arrived."""
        del channel
        return [one["text"] for one in self.vendor.notices.values() if one["to"] == to]


@dataclass
class ToySeed(ToyCounter):
    """Works on members, codes and calls besides."""

    async def member(self, points: int) -> str:
        """Make a member."""
        return self.vendor.join(Decimal(points))

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Return a sale."""
        return Sale(
            f"sale-{number}",
            [OrderLine(id="1", price=Money.of(100), quantity=Decimal(1))],
            datetime(2026, 3, 1, tzinfo=UTC),
            MemberKey(external_id=external_id),
            BonusPoints(points=Decimal(spends)),
        )

    async def points(self, external_id: str) -> Decimal:
        """Return a balance."""
        return self.vendor.points[external_id]

    async def members(self, phone: str) -> int:
        """Count members by phone; the vendor's index keeps the last, so the joins are counted."""
        del phone
        return len(set(self.vendor.registered.values()))

    async def recipient(self) -> MemberKey:
        """Return somebody."""
        return MemberKey(phone="+79161234567")

    async def code(self, to: MemberKey) -> str:
        """Return the last code."""
        return self.vendor.codes[to.phone or ""]

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return a webhook's call."""
        del kind
        event = "danced" if unknown else "saved"
        body = f'{{"event": "{event}", "id": "{external_id}"}}'.encode()
        return WebhookRequest(body, {"x-token": "forged" if forged else TOKEN})

    async def hand_over(
        self, door: ExchangeDoor, desk: ExchangeDesk, records: Sequence[Seeded], *, forged: bool
    ) -> None:
        """Bring records."""
        body = "\n".join(record.text for record in records).encode()
        await _visit(door, desk, "bring", body, token="forged" if forged else TOKEN)

    async def collect(self, door: ExchangeDoor, desk: ExchangeDesk) -> Sequence[str]:
        """Take what is due."""
        reply = await _visit(door, desk, "take", b"")
        assert isinstance(reply.body, bytes)
        return reply.body.decode().splitlines()


async def _visit(
    door: ExchangeDoor, desk: ExchangeDesk, mode: str, body: bytes, *, token: str = TOKEN
) -> ExchangeReply:
    async def pieces() -> AsyncIterator[bytes]:
        yield body

    return await door.answer(
        ExchangeRequest("POST", {"mode": mode}, {"x-token": token}, pieces()), desk
    )


@dataclass
class ToyFaults:
    """Scripts the vendor."""

    vendor: ToyVendor

    async def answer(self, status: int, *, retry_after_s: int | None = None) -> None:
        """Answer the next call with a status."""
        headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}

        def once(_: httpx.Request) -> httpx.Response:
            self.vendor.script = None
            return httpx.Response(status, headers=headers)

        self.vendor.script = once

    async def cut(self, what: str, *, after: bool) -> None:
        """Cut the next writing call."""
        path = {"sale": "loyalty/commit"}.get(what, f"op/{what}" if "." in what else what)

        def meant(request: httpx.Request) -> bool:
            return request.method == "POST" and request.url.path == f"/{path}"

        def before(request: httpx.Request) -> httpx.Response | None:
            if not meant(request):
                return None
            self.vendor.script = None
            msg = "the connection was cut"
            raise httpx.ReadError(msg, request=request)

        if after:
            self.vendor.cut_after = meant
        else:
            self.vendor.script = before

    async def revoke(self) -> None:
        """Refuse our credentials."""
        self.vendor.script = lambda _: httpx.Response(401)

    async def clear(self) -> None:
        """Let everything work."""
        self.vendor.script = None
        self.vendor.cut_after = lambda _: False


@dataclass(frozen=True)
class Stage:
    """The three fixtures."""

    suite: type[ConnectorConformance]
    connector: Wired
    seed: ToySeed
    faults: ToyFaults


@cache
def suite_of(bad: str) -> type[ConnectorConformance]:
    """Return the suite of a broken connector; the kit reads a suite's facts, not its vendor."""
    factory = factory_of(ToyVendor(), bad)
    if bad == "loud import":
        factory = replace(factory, build=loud.build)
    return type("BrokenSuite", (ToySuite,), {"factory": factory})


@asynccontextmanager
async def open_stage(bad: str) -> AsyncIterator[Stage]:
    """Open a fresh vendor with a connector that is broken in one place, or sound."""
    vendor = ToyVendor()
    transport = httpx.MockTransport(vendor.handle)
    wired = wire(factory_of(vendor, bad), {"token": TOKEN}, transport=transport)
    yield Stage(suite_of(bad), wired, ToySeed(vendor), ToyFaults(vendor))
