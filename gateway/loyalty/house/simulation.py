"""Simulation: past receipts under changed rules, before these are switched on; nothing is changed.

Each member's receipts are replayed in their order: the tier is what the purchases lead to under the
new rules, what was spent stays spent as far as the new rules allow it, and the rest earns. What
stands against it is what was booked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.config import HouseSection, TierSection
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import Programme
from gateway.loyalty.house.reckoning import (
    ZERO,
    basket_of,
    reckon,
    spendable,
    tier_of,
    to_unit,
)
from gateway.loyalty.house.record import Record, record_of
from gateway.loyalty.house.terms import rules_of, tier_named
from gateway.ports import HouseSaleRow, SaleKind, Tx

PAGE = 100
ALL_POINTS = Decimal(10) ** 12
"""More than anybody has: what a sale could take at the most is asked for."""


@dataclass(slots=True)
class Compared:
    """Sums of some receipts: as booked, and under the new rules. Units: points."""

    receipts: int = 0
    earned: Decimal = ZERO
    earned_new: Decimal = ZERO
    spendable: Decimal = ZERO
    spendable_new: Decimal = ZERO

    def add(self, other: Compared) -> None:
        """Add other sums."""
        self.receipts += other.receipts
        self.earned += other.earned
        self.earned_new += other.earned_new
        self.spendable += other.spendable
        self.spendable_new += other.spendable_new


@dataclass(slots=True)
class Simulated:
    """What a change of the rules would have brought.

    Shape: ``tiers`` by the tier that was booked, ``shops`` by shop; ``moves`` counts members by
    (tier by the rules of now, tier by the new ones) at the end, where these differ.
    Returns are not replayed: sums are of sales, gross.
    """

    members: int = 0
    whole: Compared = field(default_factory=Compared)
    tiers: dict[str, Compared] = field(default_factory=dict)
    shops: dict[str, Compared] = field(default_factory=dict)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, row: HouseSaleRow, record: Record, one: Compared) -> None:
        """Add one receipt."""
        self.whole.add(one)
        self.tiers.setdefault(record.tier, Compared()).add(one)
        self.shops.setdefault(row.shop, Compared()).add(one)

    def add(self, other: Simulated) -> None:
        """Add what was found for other members."""
        self.members += other.members
        self.whole.add(other.whole)
        for mine, theirs in ((self.tiers, other.tiers), (self.shops, other.shops)):
            for name, one in theirs.items():
                mine.setdefault(name, Compared()).add(one)
        self.moves.update(other.moves)


@dataclass(frozen=True, slots=True)
class Simulation:
    """Replays receipts of [since, until) under ``new`` rules, member by member."""

    house: House
    programme: Programme
    new: HouseSection

    async def run(
        self, since: datetime, until: datetime, progress: Callable[[int], None]
    ) -> Simulated:
        """Replay everything; ``progress`` is told how many members are done."""
        found, after = Simulated(), ""
        while True:
            last, page = await self.house.read(self._page(since, until, after))
            if not page.members:
                return found
            found.add(page)
            after = last
            progress(found.members)

    def _page(
        self, since: datetime, until: datetime, after: str
    ) -> Callable[[Tx], tuple[str, Simulated]]:
        """Return the work on the next members; it runs beside the event loop."""

        def work(tx: Tx) -> tuple[str, Simulated]:
            found = Simulated()
            members = tx.house_buyers(since=since, until=until, after=after, limit=PAGE)
            for member_id in members:
                self._replay(tx, member_id, (since, until), found)
            return (members[-1] if members else ""), found

        return work

    def _replay(
        self, tx: Tx, member_id: str, period: tuple[datetime, datetime], found: Simulated
    ) -> None:
        since, until = period
        rows = tx.house_sales_of(member_id, until=until)
        for at, row in enumerate(rows):
            if row.kind is not SaleKind.SALE or row.at < since:
                continue
            record = record_of(row.body)
            if record.lines:
                tier = tier_of(self.new, _purchases(self.new, rows[:at], row.at))
                booked = rules_of(tx, self.programme, record.version)
                found.count(row, record, self._compared(record, booked, tier))
        found.members += 1
        ends = [tier_of(form, _purchases(form, rows, until)).name for form in self._forms()]
        if ends[0] != ends[1]:
            found.moves[ends[0], ends[1]] += 1

    def _forms(self) -> tuple[HouseSection, HouseSection]:
        return self.programme.rules, self.new

    def _compared(self, record: Record, booked: HouseSection, tier: TierSection) -> Compared:
        most = _spendable(booked, tier_named(booked, record.tier), record)
        most_new = _spendable(self.new, tier, record)
        spent = min(record.spent, to_unit(most_new, self.new.spend_unit))
        replayed = reckon(self.new, tier, basket_of(self.new, record.lines), spent)
        return Compared(1, record.earned, replayed.earned, most, most_new)


def _spendable(form: HouseSection, tier: TierSection, record: Record) -> Decimal:
    if record.codes and form.points_or_code:
        return ZERO
    return spendable(form, tier, basket_of(form, record.lines), ALL_POINTS)


def _purchases(form: HouseSection, rows: Sequence[HouseSaleRow], at: datetime) -> Decimal:
    """Sum what counts for the tier at a moment of the rows that had come by then."""
    days = form.window_days
    since = at - timedelta(days=days) if days else None
    counted = (
        row.turnover
        for row in rows
        if row.counted_at <= at and (since is None or row.counted_at > since)
    )
    return sum(counted, ZERO)
