"""A points account: lots that activate and expire; sums in hundredths (section 11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Lot:
    """One accrual and what is left of it."""

    left: int
    available_from: datetime | None = None
    expires: datetime | None = None
    order_id: int | None = None

    def is_available(self, now: datetime) -> bool:
        """Tell whether the lot may be spent; one that waits for its day is blocked."""
        return self.available_from is None or self.available_from <= now


@dataclass(frozen=True)
class Balance:
    """What an account shows: ``total`` = ``available`` + ``blocked``."""

    total: int
    available: int
    blocked: int


@dataclass
class Ledger:
    """The lots of one customer's account of one type."""

    lots: list[Lot] = field(default_factory=list)
    debt: int = 0

    def balance(self, now: datetime) -> Balance:
        """Return the sums at ``now``."""
        available = sum(lot.left for lot in self.lots if lot.is_available(now)) - self.debt
        blocked = sum(lot.left for lot in self.lots if not lot.is_available(now))
        return Balance(available + blocked, available, blocked)

    def nearest_expiration(self) -> tuple[int, datetime] | None:
        """Return how much expires next, and when."""
        dated = [(lot.expires, lot.left) for lot in self.lots if lot.expires and lot.left]
        if not dated:
            return None
        first = min(moment for moment, _ in dated)
        return sum(left for moment, left in dated if moment == first), first

    def add(self, lot: Lot) -> None:
        """Accrue; a debt is paid first."""
        paid = min(self.debt, lot.left)
        self.debt -= paid
        lot.left -= paid
        self.lots.append(lot)

    def spend(self, amount: int, now: datetime) -> None:
        """Write off, what expires first goes first; what no lot covers becomes a debt."""
        usable = [lot for lot in self.lots if lot.is_available(now)]
        self.debt += _take(sorted(usable, key=lambda lot: lot.expires or _NEVER), amount)

    def reverse(self, order_id: int, amount: int, now: datetime) -> bool:
        """Take back what an order accrued; return whether spendable points were touched."""
        own = [lot for lot in self.lots if lot.order_id == order_id]
        was_available = any(lot.is_available(now) for lot in own)
        rest = _take(own, amount)
        if rest:
            self.spend(rest, now)
        return was_available or rest > 0

    def expire(self, now: datetime) -> list[tuple[int, datetime]]:
        """Drop what is past its day and return the amounts with their days."""
        gone = [(lot.left, lot.expires) for lot in self.lots if lot.expires and lot.expires <= now]
        if gone:
            self.lots = [lot for lot in self.lots if not lot.expires or lot.expires > now]
        return [(left, moment) for left, moment in gone if left]


def _take(lots: list[Lot], amount: int) -> int:
    """Take ``amount`` from the lots in turn and return what they could not give."""
    for lot in lots:
        taken = min(lot.left, amount)
        lot.left -= taken
        amount -= taken
    return amount
