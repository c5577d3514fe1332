"""Locks and reserves of points at the loyalty server (2.5).

Free, then blocked by a question for the balance, then free again: by an unlock, by a write-off, or
by the job that frees old locks. A write-off adds to a reserve until the receipt itself arrives.
"""

from __future__ import annotations

from decimal import Decimal

from mocks.onec.hs.cards import Card
from mocks.onec.hs.points import PointBook, later


class LockBook:
    """Blocked points and reserved write-offs by account."""

    def __init__(self, points: PointBook) -> None:
        """Start with everything free."""
        self._points = points
        self._infobase = points.infobase
        self._locked_at: dict[tuple[str, str], str] = {}
        self._reserved: dict[tuple[str, str], Decimal] = {}

    def balance(self, card: Card) -> Decimal:
        """Return the spendable points less what was written off without a receipt yet."""
        reserved = self._reserved.get(self._points.account(card), Decimal(0))
        return max(Decimal(0), self._points.spendable(card, self._infobase.now()) - reserved)

    def is_locked(self, card: Card) -> bool:
        """Tell whether the points are blocked now."""
        account = self._points.account(card)
        since = self._locked_at.get(account)
        if since is None:
            return False
        if later(since, self._infobase.settings.loyalty_lock_minutes) <= self._infobase.now():
            del self._locked_at[account]
            return False
        return True

    def lock(self, card: Card) -> None:
        """Block the points."""
        self._locked_at[self._points.account(card)] = self._infobase.now()

    def unlock(self, card: Card) -> None:
        """Free the points; free ones stay free."""
        self._locked_at.pop(self._points.account(card), None)

    def write_off(self, card: Card, amount: Decimal) -> None:
        """Reserve points and free the lock. The same call again writes off again."""
        account = self._points.account(card)
        self._reserved[account] = self._reserved.get(account, Decimal(0)) + amount
        self.unlock(card)

    def settle(self, card: Card) -> Decimal:
        """Let the receipt arrive: the reserve becomes a movement; return its amount."""
        amount = self._reserved.pop(self._points.account(card), Decimal(0))
        if amount:
            self._points.spend(card, amount, at=self._infobase.now())
        return amount
