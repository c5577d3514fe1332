"""Members and their points, and the rules by which the ledger reckons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from gateway.canonical import (
    BonusAccount,
    BonusPoints,
    CardRef,
    Customer,
    EmailContact,
    OrderLine,
    PersonName,
    PhoneContact,
)
from gateway.canonical.money import KOPECK, rounded

EARNS = Decimal("0.03")
MOMENT = datetime.fromisoformat("2026-02-03T18:10:00+03:00")


@dataclass
class Person:
    """A member and its points; ``posted`` are the postings in their order."""

    external_id: str
    name: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    phone: str | None = None
    email: str | None = None
    born: date | None = None
    posted: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def balance(self) -> Decimal:
        """The sum of the postings."""
        return sum((points for _, points in self.posted), Decimal(0))

    def customer(self, available: Decimal, held: Decimal) -> Customer:
        """Return the person as the processor knows it."""
        return Customer(
            name=PersonName(**dict(zip(("last", "first", "patronymic"), self.name, strict=False))),
            birth_date=self.born,
            phones=(PhoneContact(number=self.phone),) if self.phone else (),
            emails=(EmailContact(address=self.email),) if self.email else (),
            cards=tuple(CardRef(number=one) for one in self.cards),
            bonuses=(
                BonusAccount(
                    programme="club",
                    available=BonusPoints(points=available),
                    blocked=BonusPoints(points=held),
                ),
            ),
        )


def total_of(lines: Sequence[OrderLine]) -> Decimal:
    """Return what lines cost."""
    counted = ((one.price, one.quantity) for one in lines)
    return sum((p.amount * q for p, q in counted if p and q), Decimal(0))


def earned_by(lines: Sequence[OrderLine], spent: Decimal = Decimal(0)) -> Decimal:
    """Return the points that a sale brings: 3 % of what is paid with money, to the kopeck."""
    return rounded((total_of(lines) - spent) * EARNS, KOPECK)
