"""The customer of the project (section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mocks.mindbox.ledger import Ledger
from mocks.mindbox.reading import Json, camel

PLAIN_FIELDS = ("firstName", "lastName", "middleName", "fullName", "birthDate", "sex", "timeZone")
# Brand, channel and topic; an empty topic is the whole channel.
SubscriptionKey = tuple[str, str, str]


@dataclass
class Contact:
    """A phone or an e-mail; a changed one waits in ``pending`` until it is confirmed."""

    value: str = ""
    is_confirmed: bool = False
    is_invalid: bool = False
    pending: str = ""

    def change(self, value: str) -> bool:
        """Take a new value and return whether anything changed."""
        if value == self.value:
            changed, self.pending = bool(self.pending), ""
            return changed
        if self.is_confirmed:
            changed, self.pending = self.pending != value, value
            return changed
        self.value = value
        return True

    def confirm(self) -> bool:
        """Confirm what waits, or the present value; return whether anything changed."""
        if self.pending:
            self.value, self.pending, self.is_confirmed = self.pending, "", True
            return True
        changed, self.is_confirmed = not self.is_confirmed, True
        return changed

    def clear(self) -> bool:
        """Forget the contact."""
        had = bool(self.value or self.pending)
        self.value, self.pending, self.is_confirmed = "", "", False
        return had


@dataclass
class Customer:
    """One customer; ``ids`` are those of external systems."""

    id: int
    changed: datetime
    ids: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    email: Contact = field(default_factory=Contact)
    phone: Contact = field(default_factory=Contact)
    area: str = ""
    custom: dict[str, Any] = field(default_factory=dict)
    subscriptions: dict[SubscriptionKey, bool] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    password: str = ""

    def ledger(self, system_name: str) -> Ledger:
        """Return the account of a type, opened when it is needed."""
        return self.ledgers.setdefault(system_name, Ledger())

    def all_ids(self) -> Json:
        """Return the ``ids`` block."""
        return {"mindboxId": self.id, **{camel(key): value for key, value in self.ids.items()}}


def subscriptions(customer: Customer) -> list[Json]:
    """Return the ``subscriptions`` block; a whole channel has no ``topic``."""
    found = []
    for (brand, channel, topic), is_subscribed in customer.subscriptions.items():
        row: Json = {"pointOfContact": channel, "isSubscribed": is_subscribed}
        if brand:
            row["brand"] = brand
        if topic:
            row["topic"] = topic
        found.append(row)
    return found


def names(customer: Customer) -> Mapping[str, str]:
    """Return the filled plain fields."""
    return {name: customer.fields[name] for name in PLAIN_FIELDS if customer.fields.get(name)}
