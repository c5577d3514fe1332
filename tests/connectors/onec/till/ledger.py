"""A loyalty service with a ledger: what it answers is what stands in its books.

It lives longer than the door before it, as the gateway's own rows do, so a restart of the gateway
is a new door on the same ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusPoints, Customer, Money
from gateway.canonical.money import KOPECK, rounded
from gateway.contract import (
    Allowed,
    Caller,
    Deal,
    Degraded,
    Identified,
    LineQuote,
    Member,
    MemberKey,
    OfflineReceipt,
    PromoState,
    Quote,
    Quoted,
    Reason,
    Refund,
    Sale,
    Stage,
    TillRefused,
)

from .people import Person, earned_by, total_of
from .rules import (
    NOT_RESERVED,
    PROCESSOR_REFUSED,
    SALE_DIFFERS,
    SPENDING_OFF,
    Unasked,
    check,
    refusal,
)

SHARE = Decimal("0.30")
_DONE = frozenset({Stage.COMMITTED, Stage.ACCEPTED})


@dataclass
class Row:
    """A sale or return in the books."""

    content: Any
    stage: Stage
    person: Person | None
    points: Decimal


@dataclass
class Ledger(Unasked):
    """See ``TillService``.

    ``away``: the processor does not answer. ``refusing``: it refuses reservations. ``fail`` are
    errors raised by the next calls of a method, before anything happens; ``cut`` by the next ones
    after it happened, as when the process dies before it answers. ``counted`` is set by a commit.
    """

    people: list[Person] = field(default_factory=list)
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    allowed: Allowed = field(default_factory=Allowed)
    away: bool = False
    refusing: bool = False
    promo: dict[str, PromoState] = field(default_factory=dict)
    quoted: Quote | None = None
    asked: list[Sale] = field(default_factory=list)
    fail: dict[str, list[Exception]] = field(default_factory=dict)
    cut: dict[str, list[Exception]] = field(default_factory=dict)
    counted: asyncio.Event = field(default_factory=asyncio.Event)

    def held(self, person: Person) -> Decimal:
        """Points under reservation."""
        mine = (row for row in self.rows.values() if row.person is person)
        return sum((row.points for row in mine if row.stage is Stage.RESERVED), Decimal(0))

    def expire(self) -> None:
        """Let all holds end."""
        for row in self.rows.values():
            if row.stage is Stage.RESERVED:
                row.stage = Stage.CANCELLED

    async def closed(self) -> None:
        """Wait for a commit."""
        async with asyncio.timeout(20):
            await self.counted.wait()

    def find(self, key: MemberKey | None) -> Person | None:
        """Return the person whom a key names."""
        for one in self.people if key is not None else ():
            named = (one.external_id, one.phone, one.email)
            if key is not None and (
                (key.external_id, key.phone, key.email)
                in {(named[0], None, None), (None, named[1], None), (None, None, named[2])}
                or key.card in one.cards
            ):
                return one
        return None

    def _raise(self, planned: dict[str, list[Exception]], method: str) -> None:
        if planned.get(method):
            raise planned[method].pop(0)

    async def identify(self, caller: Caller, who: MemberKey) -> Identified:
        """Find a member."""
        del caller
        self._raise(self.fail, "identify")
        if self.away:
            return Identified(None, self.allowed, Degraded(Reason.AWAY))
        found = self.find(who)
        return Identified(self._member(found) if found else None, self.allowed)

    def _member(self, person: Person) -> Member:
        held = self.held(person)
        return Member(person.external_id, person.customer(person.balance - held, held))

    async def register(self, caller: Caller, customer: Customer, *, key: str = "") -> Identified:
        """Make a member, or return the one with these contacts."""
        del caller, key
        self._raise(self.fail, "register")
        phone = customer.phones[0].number if customer.phones else None
        email = customer.emails[0].address if customer.emails else None
        found = self.find(MemberKey(phone=phone)) if phone else None
        if found is None:
            name = customer.name
            parts = (name.last, name.first, name.patronymic) if name else ()
            found = Person(f"new-{len(self.people)}", tuple(filter(None, parts)), (), phone, email)
            found.born = customer.birth_date
            self.people.append(found)
        found.cards = (*found.cards, *(one.number for one in customer.cards))
        return Identified(self._member(found), self.allowed)

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Reckon a sale by the rules of the book: 3 % back, 30 % payable."""
        del caller
        check(sale)
        self.asked.append(sale)
        if self.away:
            return Quoted(self._plain(sale), self.allowed, Degraded(Reason.AWAY))
        if self.quoted is not None:
            return Quoted(self.quoted, self.allowed)
        person = self.find(sale.member)
        quote = self._plain(sale)
        limit = rounded(quote.total.amount * SHARE, KOPECK)
        available = person.balance - self.held(person) if person else Decimal(0)
        return Quoted(
            replace(
                quote,
                lines=[
                    replace(one, points_earned=BonusPoints(points=earned_by([line])))
                    for one, line in zip(quote.lines, sale.lines, strict=True)
                ]
                if person
                else quote.lines,
                spendable=BonusPoints(points=min(limit, available)),
                promo_codes=tuple(
                    (code, self.promo.get(code, PromoState.UNKNOWN)) for code in sale.promo_codes
                ),
            ),
            self.allowed,
        )

    def _plain(self, sale: Sale) -> Quote:
        lines = [LineQuote(one.id, one.price or Money.of(0)) for one in sale.lines]
        return Quote(lines, Money.of(total_of(sale.lines)), BonusPoints(points=Decimal(0)))

    async def reserve(self, caller: Caller, sale: Sale, *, key: str = "", proof: str = "") -> Deal:
        """Block points."""
        del key, proof
        check(sale)
        self._raise(self.fail, "reserve")
        row = self.rows.get((caller.name, sale.id))
        if row is not None:
            self._same(row, sale)
            return self._told(caller, sale.id)
        person = self.find(sale.member)
        points = sale.points.points if sale.points else Decimal(0)
        if self.allowed.code_needed or not self.allowed.spending:
            raise refusal(SPENDING_OFF)
        if self.refusing or person is None or points > person.balance - self.held(person):
            self.rows[caller.name, sale.id] = Row(sale, Stage.UNAVAILABLE, person, points)
            raise refusal(PROCESSOR_REFUSED)
        stage = Stage.UNAVAILABLE if self.away else Stage.RESERVED
        self.rows[caller.name, sale.id] = Row(sale, stage, person, points)
        self._raise(self.cut, "reserve")
        return self._told(caller, sale.id)

    async def commit(self, caller: Caller, sale: Sale, *, key: str = "") -> Deal:
        """Close a sale; points are spent only when they were reserved."""
        del key
        check(sale)
        self._raise(self.fail, "commit")
        row = self.rows.get((caller.name, sale.id))
        if row is not None:
            self._same(row, sale)
        if row is None or row.stage not in {Stage.RESERVED, *_DONE}:
            raise refusal(NOT_RESERVED)
        if row.stage is Stage.RESERVED:
            self._count(row, sale)
        self._raise(self.cut, "commit")
        return self._told(caller, sale.id)

    async def offline(self, caller: Caller, receipts: Sequence[OfflineReceipt]) -> Sequence[Deal]:
        """Take receipts in; a bad one spares its neighbours, one with other content is refused."""
        self._raise(self.fail, "offline")
        told = [self._taken(caller, one) for one in receipts]
        self.counted.set()
        self._raise(self.cut, "offline")
        return told

    def _taken(self, caller: Caller, receipt: OfflineReceipt) -> Deal:
        if receipt.refund is not None:
            return self._given_back(caller, receipt.refund)
        sale = receipt.sale
        assert sale is not None
        known = self.rows.get((caller.name, sale.id))
        try:
            check(sale)
            if known is not None:
                self._same(known, sale)
                return replace(self._told(caller, sale.id), replayed=True)
        except TillRefused:
            return Deal(sale.id, Stage.REFUSED)
        person = self.find(sale.member)
        points = sale.points.points if sale.points else Decimal(0)
        row = self.rows[caller.name, sale.id] = Row(sale, Stage.REFUSED, person, points)
        if points <= (person.balance - self.held(person) if person else 0):
            self._count(row, sale)
        # It is kept now; what the processor says of it comes later.
        return Deal(sale.id, Stage.ACCEPTED)

    def _count(self, row: Row, sale: Sale) -> None:
        row.stage = Stage.ACCEPTED if self.away else Stage.COMMITTED
        if row.person is not None:
            row.person.posted.append((f"{sale.id}:spent", -row.points))
            row.person.posted.append((f"{sale.id}:earned", earned_by(sale.lines, row.points)))
        self.counted.set()

    def _same(self, row: Row, sale: Sale) -> None:
        if replace(row.content, at=sale.at) != sale:
            raise refusal(SALE_DIFFERS)

    async def cancel(self, caller: Caller, sale_id: str, *, key: str = "") -> Deal:
        """Give a sale up."""
        del key
        row = self.rows.get((caller.name, sale_id))
        if row is not None and row.stage is Stage.RESERVED:
            row.stage = Stage.CANCELLED
        self._raise(self.cut, "cancel")
        return self._told(caller, sale_id)

    def _given_back(self, caller: Caller, refund: Refund) -> Deal:
        sold = self.rows.get((caller.name, refund.sale_id))
        if sold is None or sold.stage not in _DONE or refund.lines is not None:
            return Deal(refund.id, Stage.REFUSED)
        if (caller.name, refund.id) not in self.rows:
            self.rows[caller.name, refund.id] = Row(refund, Stage.ACCEPTED, None, Decimal(0))
            if sold.person is not None:
                earned = earned_by(sold.content.lines, sold.points)
                sold.person.posted.append((f"{refund.id}:back", sold.points - earned))
        return self._told(caller, refund.id)

    async def deal(self, caller: Caller, sale_id: str) -> Deal | None:
        """Return what became of a sale."""
        if (caller.name, sale_id) not in self.rows:
            return None
        return self._told(caller, sale_id)

    def _told(self, caller: Caller, sale_id: str) -> Deal:
        return Deal(sale_id, self.rows[caller.name, sale_id].stage)
