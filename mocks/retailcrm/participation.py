"""A customer's participation in a program and the bonuses on it (reference, 11.1 and 11.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mocks.retailcrm.shapes import plain

ZERO = Decimal(0)
NEVER = "9999-12-31"


@dataclass(slots=True, eq=False)
class Lot:
    """Bonuses credited together: spendable from ``start`` to ``end``, both days included."""

    left: Decimal
    start: str
    end: str | None = None
    active: bool = False


Taken = list[tuple[Lot, Decimal]]


@dataclass(slots=True, eq=False)
class Participation:
    """One customer in one program; the balance is what its active lots hold."""

    id: int
    program: int
    customer: int
    created_at: str
    phone: str | None = None
    card: str | None = None
    status: str = "not_confirmed"
    activated_at: str | None = None
    confirmed_at: str | None = None
    check: str | None = None
    pinned_level: int | None = None
    orders_sum: Decimal = ZERO
    custom: dict[str, Any] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Tell whether bonuses may be spent."""
        return self.status == "activated"

    @property
    def accumulates(self) -> bool:
        """Tell whether purchases and bonuses count."""
        return self.status != "deactivated"

    @property
    def amount(self) -> Decimal:
        """The spendable balance; bonuses that wait for their day are not in it."""
        return sum((lot.left for lot in self.lots if lot.active), ZERO)

    def account(self) -> dict[str, Any]:
        """Return the participation as an order names it."""
        return {"id": self.id, "amount": plain(self.amount)}

    def take(self, wanted: Decimal) -> Taken:
        """Take bonuses off the balance, those that burn first before the others.

        The caller has checked that the balance holds them.
        """
        taken: Taken = []
        for lot in sorted((one for one in self.lots if one.active), key=_burns):
            part = min(lot.left, wanted - sum((got for _, got in taken), ZERO))
            if part > ZERO:
                lot.left -= part
                taken.append((lot, part))
        self._sweep()
        return taken

    def give_back(self, taken: Sequence[tuple[Lot, Decimal]], wanted: Decimal, today: str) -> None:
        """Return ``wanted`` of what was taken to its lots; a lot that is over loses its term."""
        left = wanted
        for lot, part in reversed(taken):
            returned = min(part, left)
            left -= returned
            if returned <= ZERO:
                continue
            if lot not in self.lots:
                if lot.end is not None and lot.end < today:
                    lot = Lot(ZERO, today, None, active=True)  # noqa: PLW2901 - stands in for the dead one
                self.lots.append(lot)
            lot.left += returned

    def withdraw(self, lot: Lot | None, wanted: Decimal) -> Decimal:
        """Take credited bonuses away, off their own lot first; return how many were still there."""
        own = min(lot.left, wanted) if lot is not None and lot in self.lots else ZERO
        if lot is not None:
            lot.left -= own
        rest = min(wanted - own, self.amount)
        if rest > ZERO:
            self.take(rest)
        self._sweep()
        return own + rest

    def _sweep(self) -> None:
        self.lots = [lot for lot in self.lots if lot.left > ZERO]


def _burns(lot: Lot) -> str:
    return lot.end or NEVER
