"""A loyalty service in memory that keeps the promises of ``TillService``, for tests of the doors.

3 points per 100 roubles, up to half of a sale payable by points.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
    Money,
    Offer,
)
from gateway.contract import (
    Allowed,
    Balances,
    Caller,
    CodePurpose,
    CodeSent,
    Deal,
    Degraded,
    HistoryPage,
    Identified,
    Kept,
    LineQuote,
    Member,
    MemberKey,
    OfflineReceipt,
    PromoState,
    Quote,
    Quoted,
    Refund,
    Sale,
    SaleState,
    Stage,
    TillBusy,
    TillRefused,
)
from tests.gateway.ingress.pos.entries import (
    Entry,
    Step,
    Why,
    line_text,
    refused,
    rounded,
    told_of,
    total_of,
)

CODE = "1234"
OFFER = Offer(id="o-1", title="Носки в подарок")
PROOF = "proof-of-a-code"
_PROGRAMME = "main"
_MOST_CODES = 3
_TOO_MANY = "code-limited"


@dataclass
class MemoryMembers:
    """The part about members.

    ``trouble`` is raised by every call; ``degraded`` colours every answer.
    """

    members: dict[str, Customer] = field(default_factory=dict)
    points: dict[str, Decimal] = field(default_factory=dict)
    kept: dict[tuple[str, str], Entry] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    codes: dict[MemberKey, int] = field(default_factory=dict)
    asked: list[object] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)
    trouble: Exception | None = None
    degraded: Degraded | None = None
    allowed: Allowed = field(default_factory=Allowed)

    def _met(self, caller: Caller, what: object) -> None:
        self.asked.append(what)
        self.callers.append(caller)
        if self.trouble is not None:
            raise self.trouble

    def _find(self, who: MemberKey | None) -> str | None:
        if who is None:
            return None
        for name, customer in self.members.items():
            named = {
                name if who.external_id else "",
                *(one.number for one in customer.phones if who.phone),
                *(one.address for one in customer.emails if who.email),
                *(one.number for one in customer.cards if who.card),
            }
            if (who.external_id or who.phone or who.email or who.card) in named:
                return name
        return None

    def _account(self, name: str) -> BonusAccount:
        points = BonusPoints(points=self.points.get(name, Decimal(0)))
        return BonusAccount(programme=_PROGRAMME, available=points, tier="Silver")

    def _identified(self, name: str | None) -> Identified:
        if name is None:
            return Identified(None, self.allowed, self.degraded)
        customer = self.members[name].model_copy(update={"bonuses": (self._account(name),)})
        return Identified(Member(name, customer, [OFFER]), self.allowed, self.degraded)

    def _same_key(self, caller: Caller, key: str, told: str) -> None:
        digest = hashlib.sha256(told.encode()).hexdigest()
        if key and self.keys.setdefault((caller.name, key), digest) != digest:
            raise refused(Why.REUSED)

    async def identify(self, caller: Caller, who: MemberKey) -> Identified:
        """Find a member."""
        self._met(caller, who)
        return self._identified(self._find(who))

    async def register(self, caller: Caller, customer: Customer, *, key: str = "") -> Identified:
        """Make a member, or find it by its contacts."""
        self._met(caller, customer)
        self._same_key(caller, key, repr(sorted(customer.model_dump_json())))
        contacts = [MemberKey(phone=one.number) for one in customer.phones]
        contacts += [MemberKey(email=one.address) for one in customer.emails]
        for contact in contacts:
            if name := self._find(contact):
                return self._identified(name)
        name = f"m-{len(self.members) + 1}"
        self.members[name] = customer
        return self._identified(name)

    async def send_code(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Count the codes of an address."""
        self._met(caller, to)
        self.codes[to] = self.codes.get(to, 0) + 1
        if self.codes[to] > _MOST_CODES:
            reason = "codes were asked for too often"
            raise TillBusy(_TOO_MANY, reason, retry_after_s=59.2)
        return CodeSent(reference="ref-1", again_after_s=60.0, length=4)

    async def confirm_code(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> str | None:
        """Know one code."""
        self._met(caller, to)
        return PROOF if code == CODE else None

    async def balance(self, caller: Caller, who: MemberKey) -> Balances:
        """Tell points."""
        self._met(caller, who)
        name = self._find(who)
        if name is None:
            raise refused(Why.NOBODY)
        return Balances([self._account(name)], self.degraded)

    async def history(
        self, caller: Caller, who: MemberKey, *, cursor: str | None, limit: int
    ) -> HistoryPage:
        """Tell ``limit`` postings of three."""
        self._met(caller, (who, cursor, limit))
        if self._find(who) is None:
            raise refused(Why.NOBODY)
        first = int(cursor) if cursor and cursor.isdecimal() else 0
        at = datetime(2026, 11, 1, tzinfo=UTC)
        postings = [
            BonusOperation(
                id=f"p-{number}",
                kind=BonusOperationKind.ACCRUE,
                points=BonusPoints(points=Decimal("1.5")),
                at=at - timedelta(days=number),
            )
            for number in range(first, min(first + limit, 3))
        ]
        more = first + limit
        return HistoryPage(postings, str(more) if more < 3 else None)


class MemoryTills(MemoryMembers):
    """The whole service."""

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Reckon a sale."""
        self._met(caller, sale)
        total = total_of(sale)
        name = self._find(sale.member)
        available = self.points.get(name, Decimal(0)) if name else None
        earned = rounded(total.amount * Decimal("0.03")) if name else Decimal(0)
        quote = Quote(
            lines=[LineQuote(line.id, line.price or Money.of(0)) for line in sale.lines],
            total=total,
            points_earned=BonusPoints(points=earned),
            available=None if available is None else BonusPoints(points=available),
            spendable=None
            if available is None
            else BonusPoints(points=min(available, rounded(total.amount / 2))),
            promo_codes=[(code, PromoState.UNKNOWN) for code in sale.promo_codes],
            offers=[OFFER] if name else [],
            receipt_texts=["Спасибо за покупку"],
            cashier_hints=["Предложите носки"] if name else [],
        )
        return Quoted(quote, self.allowed, self.degraded)

    async def reserve(self, caller: Caller, sale: Sale, *, key: str = "", proof: str = "") -> Deal:
        """Block points."""
        self._met(caller, sale)
        wanted = sale.points.points if sale.points else Decimal(0)
        if self.allowed.code_needed and wanted and proof != PROOF:
            raise refused(Why.NO_PROOF)
        quoted = (await self.quote(caller, sale)).quote
        if wanted > (quoted.spendable.points if quoted.spendable else Decimal(0)):
            raise refused(Why.TOO_FEW_POINTS)
        return self._step(
            caller, Step("reserve", sale.id, told_of(sale), SaleState.RESERVED, key), quoted
        )

    async def commit(self, caller: Caller, sale: Sale, *, key: str = "") -> Deal:
        """Close a sale and count its points once."""
        self._met(caller, sale)
        quoted = (await self.quote(caller, sale)).quote
        deal = self._step(
            caller, Step("commit", sale.id, told_of(sale), SaleState.COMMITTED, key), quoted
        )
        name = self._find(sale.member)
        if name and not deal.replayed:
            spent = sale.points.points if sale.points else Decimal(0)
            self.points[name] = (
                self.points.get(name, Decimal(0)) + quoted.points_earned.points - spent
            )
        return deal

    async def cancel(self, caller: Caller, sale_id: str, *, key: str = "") -> Deal:
        """Give a sale up."""
        self._met(caller, sale_id)
        found = self.kept.get((caller.name, sale_id))
        if found and found.deal.stage is Stage.COMMITTED:
            raise refused(Why.CLOSED)
        return self._step(caller, Step("cancel", sale_id, "", SaleState.CANCELLED, key))

    async def refund(self, caller: Caller, refund: Refund, *, key: str = "") -> Deal:
        """Take goods back from a sale of this caller."""
        self._met(caller, refund)
        if (caller.name, refund.sale_id) not in self.kept:
            raise refused(Why.NO_SALE)
        told = repr((refund.sale_id, refund.at, [line_text(one) for one in refund.lines or ()]))
        return self._step(caller, Step("refund", refund.id, told, SaleState.COMMITTED, key))

    async def offline(self, caller: Caller, receipts: Sequence[OfflineReceipt]) -> Sequence[Deal]:
        """Take in each receipt."""
        deals: list[Deal] = []
        for one in receipts:
            given = one.sale.id if one.sale else one.refund.id if one.refund else ""
            try:
                if one.sale:
                    deals.append(await self.commit(caller, one.sale))
                elif one.refund:
                    deals.append(await self.refund(caller, one.refund))
            except TillRefused as refusal:
                deals.append(Deal(given, Stage.REFUSED, cause=refusal.reason))
        return deals

    async def deal(self, caller: Caller, sale_id: str) -> Deal | None:
        """Look a sale of this caller up."""
        self._met(caller, sale_id)
        found = self.kept.get((caller.name, sale_id))
        return found.deal if found else None

    def _step(self, caller: Caller, step: Step, quoted: Quote | None = None) -> Deal:
        self._same_key(caller, step.key, f"{step.name} {step.sale_id} {step.told}")
        found = self.kept.get((caller.name, step.sale_id))
        if found and step.name in found.steps:
            if found.steps[step.name] != step.told:
                raise refused(Why.DIFFERS)
            return replace(found.deal, replayed=True)
        earned = quoted.points_earned if quoted else None
        kept = Kept(f"processor-{step.sale_id}", step.state, points_earned=earned)
        deal = Deal(step.sale_id, Stage(str(step.state)), kept, self.degraded)
        steps = {**(found.steps if found else {}), step.name: step.told}
        self.kept[caller.name, step.sale_id] = Entry(deal, steps)
        return deal
