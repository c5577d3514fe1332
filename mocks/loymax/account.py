"""A bonus account: lots with activation and expiry, and bonuses blocked by purchases (6.2, 8.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from mocks.loymax.money import ZERO, total


@dataclass
class Lot:
    """Bonuses accrued together; spendable from ``activates`` (None: at once) to ``expires``."""

    amount: Decimal
    activates: datetime | None = None
    expires: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        """Tell whether it may be spent already."""
        return self.activates is None or self.activates <= now


@dataclass
class Account:
    """The account of one person or group in one currency.

    Shape: ``debt`` is what is missing when the balance is below zero. ``blocked`` holds what was
    taken out of the lots under a key and has neither been spent nor given back.
    """

    lots: list[Lot] = field(default_factory=list)
    accumulated: Decimal = ZERO
    paid: Decimal = ZERO
    debt: Decimal = ZERO
    is_blocked: bool = False
    blocked: dict[str, list[tuple[Lot, Decimal]]] = field(default_factory=dict)

    def settle(self, now: datetime) -> list[tuple[datetime, Decimal]]:
        """Drop what has expired and return it, oldest first."""
        gone = [lot for lot in self.lots if lot.expires is not None and lot.expires <= now]
        if not gone and all(lot.amount for lot in self.lots):
            return []
        self.lots = [lot for lot in self.lots if lot not in gone and lot.amount]
        lost = [(lot.expires, lot.amount) for lot in gone if lot.expires and lot.amount]
        return sorted(lost)

    def balance(self, now: datetime) -> Decimal:
        """Return what may be spent now."""
        return total(lot.amount for lot in self.lots if lot.is_active(now)) - self.debt

    def waiting(self, now: datetime) -> Decimal:
        """Return what is accrued and not yet active."""
        return total(lot.amount for lot in self.lots if not lot.is_active(now))

    def held(self) -> Decimal:
        """Return what unconfirmed purchases block."""
        return total(amount for parts in self.blocked.values() for _, amount in parts)

    def credit(self, lot: Lot) -> Lot:
        """Accrue; a debt is paid off first. Return the lot that is left."""
        self.accumulated += lot.amount
        return self.give(lot)

    def give(self, lot: Lot) -> Lot:
        """Put bonuses in without counting them as accrued; return the lot that is left."""
        if lot.activates is None and self.debt:
            covered = min(self.debt, lot.amount)
            self.debt -= covered
            lot = Lot(lot.amount - covered, None, lot.expires)
        if lot.amount:
            self.lots.append(lot)
        return lot

    def take_from(self, lot: Lot, amount: Decimal) -> Decimal:
        """Take up to ``amount`` out of one lot, active or not; return what it still held."""
        if not any(one is lot for one in self.lots):
            return ZERO
        part = min(lot.amount, amount)
        lot.amount -= part
        return part

    def block(self, key: str, amount: Decimal, now: datetime) -> None:
        """Take ``amount`` out under ``key``; the caller has checked the balance."""
        self.blocked[key] = self._take(amount, now)

    def release(self, key: str) -> None:
        """Give back what is blocked under ``key``, each part with its own expiry."""
        for lot, amount in self.blocked.pop(key, []):
            if any(one is lot for one in self.lots):
                lot.amount += amount
            else:
                self.lots.append(Lot(amount, lot.activates, lot.expires))

    def spend(self, key: str) -> None:
        """Make what is blocked under ``key`` final."""
        self.paid += total(amount for _, amount in self.blocked.pop(key, []))

    def withdraw(self, amount: Decimal, now: datetime) -> None:
        """Take ``amount`` at once; what the lots do not hold becomes debt."""
        taken = total(part for _, part in self._take(amount, now))
        self.debt += amount - taken

    def _take(self, amount: Decimal, now: datetime) -> list[tuple[Lot, Decimal]]:
        """Take from the active lots, those that expire first first."""
        parts: list[tuple[Lot, Decimal]] = []
        active = [lot for lot in self.lots if lot.is_active(now)]
        for lot in sorted(active, key=lambda one: (one.expires is None, one.expires or now)):
            part = min(lot.amount, amount)
            if part > 0:
                lot.amount -= part
                amount -= part
                parts.append((lot, part))
        return parts
