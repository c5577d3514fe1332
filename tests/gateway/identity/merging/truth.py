"""Truth: people whom the test made up, and who each record is, whatever the gateway believes.

Nothing here asks the code under test who is who.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.canonical import (
    CardRef,
    Confirmation,
    Customer,
    EmailContact,
    Order,
    OrderContact,
    PersonName,
    PhoneContact,
)

FAMILY = "dom@example.ru"
"""A mailbox that two people of one household read."""


@dataclass(frozen=True)
class Human:
    """Somebody, with all that is his; a shared mailbox is his too."""

    name: PersonName
    born: date
    phone: str
    email: str
    card: str
    mailboxes: frozenset[str]

    def record(self, has: Iterable[str], *, proved: bool) -> Customer:
        """Return what a system writes down of him: names always, what else is in ``has``."""
        proof = Confirmation.CONFIRMED if proved else Confirmation.UNCONFIRMED
        parts: dict[str, Any] = {"name": self.name}
        if "born" in has:
            parts["birth_date"] = self.born
        if "phone" in has:
            parts["phones"] = (PhoneContact(number=self.phone, rank=0, confirmation=proof),)
        boxes = [FAMILY] if "family" in has and FAMILY in self.mailboxes else []
        boxes += [self.email] if "email" in has else []
        if boxes:
            parts["emails"] = tuple(
                EmailContact(address=box, rank=place, confirmation=proof)
                for place, box in enumerate(boxes)
            )
        if "card" in has:
            parts["cards"] = (CardRef(number=self.card),)
        return Customer(**parts)

    def order(self, number: str, has: Iterable[str]) -> Order:
        """Return an order of his with a mix of what he may give."""
        phone, email, card = (
            getattr(self, name) if name in has else None for name in ("phone", "email", "card")
        )
        contact = OrderContact(phone=phone, email=email)
        return Order(number=number, contact=contact, card_number=card)

    def reads(self, point: str) -> bool:
        """Tell whether a message to ``channel:address`` reaches him."""
        return point.partition(":")[2] in {self.phone, *self.mailboxes}


def _human(last: str, first: str, born: date, number: int, *more: str) -> Human:
    email = f"{first.lower()}@example.com"
    boxes = frozenset({email, *more})
    name = PersonName(last=last, first=first)
    return Human(name, born, f"+7916555010{number}", email, f"000{number}", boxes)


HUMANS = {
    "anna": _human("Ёжикова", "Anna", date(1985, 3, 4), 1, FAMILY),
    "pyotr": _human("Ежов", "Pyotr", date(1983, 7, 8), 2, FAMILY),
    "olga": _human("Котова", "Olga", date(1991, 9, 10), 3),
}


@dataclass
class Truth:
    """Who each record and each order is, and who proved what.

    Shape: ``records`` by account and id, of records that people made; ``orders`` by id at the
    shop: whose it is, and the account there from which it was placed (none for a guest's).
    """

    records: dict[tuple[str, str], str] = field(default_factory=dict)
    orders: dict[str, tuple[str, str]] = field(default_factory=dict)
    proved: set[tuple[str, str]] = field(default_factory=set)

    def may_be_one(self, people: set[str]) -> bool:
        """Tell whether records of these people may be one customer's.

        Only where each shares with another something that one of the two has proved.
        """
        if len(people) <= 1:
            return True
        shared = all(FAMILY in HUMANS[who].mailboxes for who in people)
        return shared and any((who, FAMILY) in self.proved for who in people)
