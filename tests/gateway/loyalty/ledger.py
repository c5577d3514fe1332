"""Ledger: a processor of points with a true ledger, that fails as it is told to.

It is strict where real ones are: a cancelled sale is never taken up again, an id is counted once,
and points that are not there are not blocked. What it refuses wrongly told calls with is counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from gateway.canonical import (
    BonusAccount,
    Customer,
    Money,
    OrderLine,
    PhoneContact,
)
from gateway.contract import (
    AuthRejected,
    HistoryPage,
    Kept,
    LineQuote,
    Member,
    MemberKey,
    Missing,
    OutcomeUnknown,
    Quote,
    RateLimited,
    Refund,
    Rejected,
    Sale,
    SaleState,
    Unavailable,
)
from tests.gateway.loyalty.entries import ZERO, Entry, Fault, points
from tests.gateway.sync.stepping import HeldClock

R = TypeVar("R")
_NOBODY, _TAKEN, _TOO_FEW = "nobody", "the id is taken", "too few points"
LATE_S = 4.0


@dataclass
class Ledger:
    """See ``LoyaltyProcessing``. ``percent`` of what is paid in money is earned.

    One that is not ``is_keyed`` knows sales by their ids alone, and refuses what it has done.
    """

    clock: HeldClock
    percent: Decimal = Decimal(10)
    is_keyed: bool = True
    balances: dict[str, Decimal] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    script: deque[Fault] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    misled: list[str] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    hangs: asyncio.Event = field(default_factory=asyncio.Event)
    alive: Callable[[], None] = lambda: None
    _answers: dict[str, Kept | Exception] = field(default_factory=dict)
    _coming: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)

    def arrive(self) -> None:
        """Let effects come whose time it is."""
        now = self.clock.now()
        due = [effect for at, effect in self._coming if at <= now]
        self._coming = [(at, effect) for at, effect in self._coming if at > now]
        misled = list(self.misled)
        for effect in due:
            try:
                effect()
            except (Rejected, Missing):
                self.misled[:] = misled

    def blocked(self, member: str) -> Decimal:
        """Points that open reservations hold."""
        return sum((one.blocked for one in self.entries.values() if one.member == member), ZERO)

    async def identify(self, key: MemberKey) -> Member | None:
        """Members are named by id, or by the phone that their id is of."""
        return await self._call("identify", lambda: self._member(key))

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member."""

        def effect() -> Member:
            name = customer.phones[0].number
            self.balances.setdefault(name, ZERO)
            member = self._member(MemberKey(external_id=name))
            assert member is not None
            return member

        return await self._call("register", effect)

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the account."""
        return await self._call("balance", lambda: [self._account(external_id)])

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return no postings."""
        return await self._call("history", lambda: HistoryPage(()))

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale."""
        return await self._call("quote", lambda: self._quote(sale))

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Block points."""
        return await self._write("reserve", key, lambda: self._reserve(sale))

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Take points and give the earned ones."""
        return await self._write("commit", key, lambda: self._commit(sale, kept))

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Free points."""
        await self._write("cancel", key, lambda: self._cancel(kept))

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Take goods back."""
        return await self._write("refund", key, lambda: self._refund(refund))

    async def find(self, sale_id: str) -> Kept | None:
        """Look up."""
        return await self._call("find", lambda: self._kept(sale_id))

    def _member(self, key: MemberKey) -> Member | None:
        name = key.external_id or key.phone or ""
        if name not in self.balances:
            return None
        phones = (PhoneContact(number=name),)
        return Member(name, Customer(phones=phones, bonuses=(self._account(name),)))

    def _account(self, name: str) -> BonusAccount:
        if name not in self.balances:
            raise Missing(_NOBODY)
        blocked = self.blocked(name)
        available = points(self.balances[name] - blocked)
        return BonusAccount(programme="main", available=available, blocked=points(blocked))

    def _quote(self, sale: Sale) -> Quote:
        lines = [LineQuote(one.id, one.price) for one in sale.lines if one.price is not None]
        named = sale.member is not None
        available = self._account(_name(sale.member)).available if named else None
        return Quote(
            lines, _money(sale), points(self._earned(_total(sale))), available=available,
            spendable=available,
        )  # fmt: skip

    def _reserve(self, sale: Sale) -> Kept:
        name = _name(sale.member)
        wanted = sale.points.points if sale.points is not None else ZERO
        if name not in self.balances:
            raise Missing(_NOBODY)
        if sale.id in self.entries:
            self.misled.append(f"reserve of {sale.id} again")
            raise Rejected(_TAKEN)
        if self.balances[name] - self.blocked(name) < wanted:
            raise Rejected(_TOO_FEW)
        self.entries[sale.id] = Entry(name, SaleState.RESERVED, _total(sale), blocked=wanted)
        return self._known(sale.id)

    def _commit(self, sale: Sale, kept: Kept | None) -> Kept:
        entry = self.entries.get(sale.id)
        if entry is not None and entry.has_lapsed:
            raise Rejected(_TAKEN)
        if entry is not None and entry.state is not SaleState.RESERVED:
            self.misled.append(f"commit of {sale.id}, which is {entry.state}")
            raise Rejected(_TAKEN)
        wanted = sale.points.points if sale.points is not None else ZERO
        if (entry is None or kept is None) and wanted:
            self.misled.append(f"commit of {sale.id} spends what is not blocked")
            raise Rejected(_TOO_FEW)
        name = _name(sale.member) or None
        if entry is None:
            entry = self.entries[sale.id] = Entry(name, SaleState.RESERVED, _total(sale))
        entry.state, entry.total = SaleState.COMMITTED, _total(sale)
        entry.spent, entry.blocked = entry.blocked, ZERO
        entry.earned = self._earned(entry.total - entry.spent) if name else ZERO
        entry.sold = {line.id: line.quantity or ZERO for line in sale.lines}
        entry.sums = {line.id: _sum(line) for line in sale.lines}
        if name is not None:
            self.balances[name] = self.balances.get(name, ZERO) + entry.earned - entry.spent
        return self._known(sale.id)

    def _cancel(self, kept: Kept) -> Kept:
        entry = self.entries.get(kept.reference)
        if entry is None:
            raise Missing(_NOBODY)
        if entry.state is SaleState.COMMITTED:
            self.misled.append(f"cancel of {kept.reference}, which is counted")
            raise Rejected(_TAKEN)
        entry.state, entry.blocked = SaleState.CANCELLED, ZERO
        return self._known(kept.reference)

    def _refund(self, refund: Refund) -> Kept:
        sale = self.entries.get(refund.reference)
        if sale is None or sale.state is not SaleState.COMMITTED:
            raise Missing(_NOBODY)
        if refund.id in self.entries:
            self.misled.append(f"refund {refund.id} again")
            raise Rejected(_TAKEN)
        share, total = ZERO, sum(sale.sums.values(), ZERO)
        for line in refund.lines or ():
            back = sale.given_back.get(line.id, ZERO) + (line.quantity or ZERO)
            if back > sale.sold.get(line.id, ZERO):
                raise Rejected(_TAKEN)
            sale.given_back[line.id] = back
            share += sale.sums[line.id] * (line.quantity or ZERO) / sale.sold[line.id] / total
        earned = (sale.earned * share).quantize(Decimal("0.01"))
        spent = (sale.spent * share).quantize(Decimal("0.01"))
        entry = Entry(sale.member, SaleState.COMMITTED, ZERO, spent=-spent, earned=-earned)
        self.entries[refund.id] = entry
        if sale.member is not None:
            self.balances[sale.member] += spent - earned
        return self._known(refund.id)

    def _earned(self, paid: Decimal) -> Decimal:
        return (paid * self.percent / 100).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)

    def _kept(self, told: str) -> Kept | None:
        return self._known(told) if told in self.entries else None

    def _known(self, told: str) -> Kept:
        entry = self.entries[told]
        spent = entry.blocked if entry.state is SaleState.RESERVED else entry.spent
        balance = self._account(entry.member) if entry.member in self.balances else None
        return Kept(
            told, entry.state, points_earned=points(entry.earned), points_spent=points(spent),
            balance=balance,
        )  # fmt: skip

    async def _write(self, step: str, key: str, effect: Callable[[], Kept]) -> Kept:
        def once() -> Kept:
            if key not in self._answers or not self.is_keyed:
                try:
                    self._answers[key] = effect()
                except (Rejected, Missing) as error:
                    self._answers[key] = error
            answer = self._answers[key]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return await self._call(step, once)

    async def _call(self, step: str, effect: Callable[[], R]) -> R:
        self.alive()
        self.calls.append(step)
        fault = self.script.popleft() if self.script else Fault.NONE
        if fault is Fault.HANGS:
            self.hangs.set()
            await self.release.wait()
        refusals: dict[Fault, Exception] = {
            Fault.AWAY: Unavailable("away"),
            Fault.LIMITED: RateLimited("limited", retry_after_s=2.0),
            Fault.LOST_BEFORE: OutcomeUnknown("lost"),
            Fault.LOST_AFTER: OutcomeUnknown("lost"),
            Fault.LATE: OutcomeUnknown("lost"),
            Fault.BUG: KeyError("bug"),
            Fault.DENIED: AuthRejected("denied"),
        }
        if fault is Fault.LATE:
            at = self.clock.now() + timedelta(seconds=LATE_S)
            self._coming.append((at, effect))
        elif fault in {Fault.NONE, Fault.HANGS}:
            return effect()
        elif fault is Fault.LOST_AFTER:
            effect()
        raise refusals[fault]


def _name(key: MemberKey | None) -> str:
    return (key.external_id or key.phone or "") if key is not None else ""


def _sum(line: OrderLine) -> Decimal:
    return (line.price.amount if line.price is not None else ZERO) * (line.quantity or ZERO)


def _total(sale: Sale) -> Decimal:
    return sum((_sum(line) for line in sale.lines), ZERO)


def _money(sale: Sale) -> Money:
    return Money(amount=_total(sale))


def lapse(ledger: Ledger) -> None:
    """End all holds, as a processor does that finds them too old."""
    for entry in ledger.entries.values():
        if entry.state is SaleState.RESERVED:
            entry.state, entry.blocked, entry.has_lapsed = SaleState.CANCELLED, ZERO, True
