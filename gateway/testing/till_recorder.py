"""Till recorder: the core's side of a till's own protocol, kept in memory.

It keeps what ``TillService`` promises of repeats: a step that comes again with the same content has
the effect of once, and another content under the same key or step is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from gateway.canonical import BonusAccount, BonusPoints, Customer, Money, OrderLine
from gateway.contract import (
    Balances,
    Caller,
    CodePurpose,
    CodeSent,
    Deal,
    GatewayError,
    HistoryPage,
    Identified,
    Kept,
    LineQuote,
    Member,
    MemberKey,
    OfflineReceipt,
    Quote,
    Quoted,
    Refund,
    Sale,
    SaleState,
    Stage,
    TillRefused,
)

NO_POINTS = BonusPoints(points=Decimal(0))
_PROOF = "kit-proof"


@dataclass
class MemberRecorder:
    """The part of ``TillRecorder`` about the member."""

    member: Customer
    points: Decimal = Decimal(500)
    code: str = "4711"
    trouble: GatewayError | None = None
    calls: list[str] = field(default_factory=list)
    deals: dict[tuple[str, str], Deal] = field(default_factory=dict)
    asked: dict[tuple[str, str], object] = field(default_factory=dict)
    sales: dict[tuple[str, str], Sale] = field(default_factory=dict)

    async def identify(self, caller: Caller, who: MemberKey) -> Identified:
        """Find the member by any of its names."""
        self._begin("identify", caller)
        if not self._is_member(who):
            return Identified(None)
        account = BonusAccount(programme="kit", available=BonusPoints(points=self._left()))
        seen = self.member.model_copy(update={"bonuses": (account,)})
        return Identified(Member("kit-member", seen))

    async def register(self, caller: Caller, customer: Customer, *, key: str = "") -> Identified:
        """Return the member."""
        self._begin("register", caller)
        del customer, key
        return Identified(Member("kit-member", self.member))

    async def send_code(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Send nothing: the code is ``code``."""
        self._begin("send_code", caller)
        del to, purpose
        return CodeSent("kit-code", length=len(self.code))

    async def confirm_code(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> str | None:
        """Check the code."""
        self._begin("confirm_code", caller)
        del to, purpose, reference
        return _PROOF if code == self.code else None

    async def balance(self, caller: Caller, who: MemberKey) -> Balances:
        """Return the member's points. Raises ``TillRefused`` for a stranger."""
        self._begin("balance", caller)
        if not self._is_member(who):
            code = "member-unknown"
            raise TillRefused(code, "nobody has this name")
        return Balances([BonusAccount(programme="kit", available=BonusPoints(points=self._left()))])

    async def history(
        self, caller: Caller, who: MemberKey, *, cursor: str | None, limit: int
    ) -> HistoryPage:
        """Return no postings."""
        self._begin("history", caller)
        del who, cursor, limit
        return HistoryPage([])

    def _begin(self, name: str, caller: Caller) -> None:
        self.calls.append(name)
        if not caller.name:
            msg = "a caller has a name"
            raise ValueError(msg)
        if self.trouble is not None:
            raise self.trouble

    def _is_member(self, who: MemberKey) -> bool:
        names = {one.number for one in self.member.phones} | {"kit-member"}
        names |= {one.number for one in self.member.cards}
        names |= {one.address for one in self.member.emails}
        return bool(names & {who.phone, who.card, who.email, who.external_id})

    def _left(self) -> Decimal:
        spent = (_spent(deal.kept) for deal in self.deals.values() if deal.kept is not None)
        return self.points - sum(spent, Decimal(0))


@dataclass
class TillRecorder(MemberRecorder):
    """Serves one member; ``trouble`` is raised by every method while it is set.

    Shape: ``calls`` are the names of the methods that were called; ``deals`` by caller and id.
    """

    def effects(self) -> dict[tuple[str, str], tuple[Stage, Decimal]]:
        """Return what was done: the stage of each sale and return, and the points it spent."""
        return {
            name: (deal.stage, _spent(deal.kept))
            for name, deal in self.deals.items()
            if deal.stage is not Stage.CANCELLED
        }

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Reckon: prices as they are, a twentieth in points, a third may be spent."""
        self._begin("quote", caller)
        return Quoted(self.reckoned(sale))

    def reckoned(self, sale: Sale) -> Quote:
        """Return the quote of a sale; a test may have its own."""
        counted = [(line, price_of(line)) for line in sale.lines]
        lines = [
            LineQuote(
                line.id,
                price,
                points_earned=BonusPoints(points=price.times(_count(line)).amount / 20),
            )
            for line, price in counted
        ]
        total = sum((price.times(_count(line)).amount for line, price in counted), Decimal(0))
        left = self._left() if sale.member is not None else Decimal(0)
        return Quote(
            lines,
            Money.of(total),
            BonusPoints(points=total / 20),
            available=BonusPoints(points=left),
            spendable=BonusPoints(points=min(left, total / 3)),
        )

    async def reserve(self, caller: Caller, sale: Sale, *, key: str = "", proof: str = "") -> Deal:
        """Block the points of a sale."""
        self._begin("reserve", caller)
        del proof
        points = sale.points or NO_POINTS
        kept = Kept(sale.id, SaleState.RESERVED, points_spent=points)
        return self._step(caller, "reserve", sale, key, Deal(sale.id, Stage.RESERVED, kept))

    async def commit(self, caller: Caller, sale: Sale, *, key: str = "") -> Deal:
        """Close a sale."""
        self._begin("commit", caller)
        points = sale.points or NO_POINTS
        kept = Kept(sale.id, SaleState.COMMITTED, points_spent=points)
        return self._step(caller, "commit", sale, key, Deal(sale.id, Stage.COMMITTED, kept))

    async def cancel(self, caller: Caller, sale_id: str, *, key: str = "") -> Deal:
        """Give a sale up. Raises ``TillRefused`` for one that is closed."""
        self._begin("cancel", caller)
        known = self.deals.get((caller.name, sale_id))
        if known is not None and known.stage is Stage.COMMITTED:
            code = "sale-closed"
            raise TillRefused(code, "the sale is closed: give its goods back instead")
        return self._step(caller, "cancel", sale_id, key, Deal(sale_id, Stage.CANCELLED))

    async def refund(self, caller: Caller, refund: Refund, *, key: str = "") -> Deal:
        """Take goods back."""
        self._begin("refund", caller)
        return self._step(caller, "refund", refund, key, Deal(refund.id, Stage.COMMITTED))

    async def offline(self, caller: Caller, receipts: Sequence[OfflineReceipt]) -> Sequence[Deal]:
        """Take in receipts that were closed offline."""
        self._begin("offline", caller)
        return [self._late(caller, receipt) for receipt in receipts]

    def _late(self, caller: Caller, receipt: OfflineReceipt) -> Deal:
        thing = receipt.sale or receipt.refund
        if thing is None:
            return Deal("", Stage.REFUSED, cause="neither a sale nor a return")
        return self._step(caller, "offline", thing, "", Deal(thing.id, Stage.ACCEPTED))

    async def deal(self, caller: Caller, sale_id: str) -> Deal | None:
        """Return what became of a sale or return."""
        self._begin("deal", caller)
        return self.deals.get((caller.name, sale_id))

    def _step(self, caller: Caller, step: str, content: object, key: str, done: Deal) -> Deal:
        """Do a step once: by the caller's key, and by the sale and the step."""
        name = (caller.name, done.id)
        for ident, code in ((key, "key-reused"), (f"{step} {done.id}", "sale-differs")):
            if ident and self.asked.setdefault((caller.name, ident), (step, content)) != (
                step,
                content,
            ):
                raise TillRefused(code, "it came before with another content")
        known = self.deals.get(name)
        if known is not None and known.stage is done.stage:
            return replace(known, replayed=True)
        if isinstance(content, Sale):
            self.sales[name] = content
        self.deals[name] = done
        return done


def price_of(line: OrderLine) -> Money:
    """Return the price of a line after the shop's own discounts."""
    return line.price or line.base_price or Money.of(0)


def _count(line: OrderLine) -> Decimal:
    return line.quantity if line.quantity is not None else Decimal(1)


def _spent(kept: Kept | None) -> Decimal:
    points = kept.points_spent if kept is not None else None
    return points.points if points is not None else Decimal(0)
