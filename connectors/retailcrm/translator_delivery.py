"""Delivery translator: how the goods travel, and who is written on the order. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Delivery, Money, OrderContact, normal_email, normal_phone

from .codes import Books
from .config import RetailCrmSettings
from .touched import touches
from .translator import (
    address_of,
    address_to_wire,
    filled,
    held_address,
    held_name,
    is_empty,
    name_of,
    name_to_wire,
    tidy,
)
from .wire import DeliveryWire, OrderWire


@dataclass(frozen=True, slots=True)
class DeliveryTranslator:
    """Translates deliveries of one account's orders."""

    settings: RetailCrmSettings
    books: Books

    def delivery(self, wire: DeliveryWire, remarks: list[str]) -> Delivery:
        """Read the delivery; an unknown type stays unspoken."""
        method = self.books.delivery_types.meaning(wire.code)
        fields: dict[str, Any] = {
            "cost": self._cost(None if wire.cost is None else Money(amount=wire.cost)),
            "address": address_of(wire.address, home=self.settings.home_country),
        }
        if method is None and wire.code:
            remarks.append(f"delivery.code: {wire.code} is not mapped")
        else:
            fields["method"] = method
        track = tidy(wire.data.get("trackNumber"))
        if track:
            fields["tracking_number"] = track
        return Delivery(**fields)

    def _cost(self, cost: Money | None) -> Money | None:
        """Return the cost in the account's currency; the vendor writes nothing as zero."""
        if cost is None or cost.amount <= 0:
            return None
        return Money(amount=cost.amount, currency=self.settings.currency)

    def held(self, delivery: Delivery | None, known: Delivery | None) -> Delivery | None:
        """Reduce a delivery to what the vendor would hold after writing it over ``known``."""
        if delivery is None:
            return known
        before = known or Delivery()
        cost = delivery.cost
        if cost is not None and cost.currency != self.settings.currency:
            cost = before.cost
        fields: dict[str, Any] = {
            "method": self.books.delivery_types.reduced(delivery.method, before.method),
            "cost": self._cost(cost),
            "address": held_address(
                delivery.address, before.address, home=self.settings.home_country
            ),
            "tracking_number": before.tracking_number,
        }
        optional = ("method", "address", "tracking_number")
        return Delivery(**{n: value for n, value in fields.items() if value or n not in optional})

    def to_wire(self, delivery: Delivery, changed: Collection[str]) -> dict[str, Any]:
        """Return what changed of the delivery; ``None`` clears a part of its address."""
        wire: dict[str, Any] = {}
        if touches(changed, "delivery/cost"):
            wire["cost"] = delivery.cost.amount if delivery.cost else 0
        if delivery.method is not None and touches(changed, "delivery/method"):
            wire["code"] = self.books.delivery_types.code(delivery.method)
        if delivery.address is not None:
            address = address_to_wire(
                delivery.address, changed, home=self.settings.home_country, at="delivery/address"
            )
            wire |= {"address": address} if address else {}
        return wire

    def creation(self, delivery: Delivery) -> dict[str, Any]:
        """Return the delivery for a new order: what has no value is not sent."""
        wire = self.to_wire(delivery, ("delivery",))
        address = wire.pop("address", {})
        if delivery.address is not None and not is_empty(delivery.address):
            wire["address"] = filled(address)
        return filled(wire)


def contact_of(wire: OrderWire, remarks: list[str]) -> OrderContact:
    """Read who placed the order, as it is written on the order."""
    phone, email = normal_phone(wire.phone), normal_email(wire.email)
    fields: dict[str, Any] = {"name": name_of(wire)}
    for name, given, normal in (("phone", wire.phone, phone), ("email", wire.email, email)):
        if given and normal is None:
            remarks.append(f"{name}: cannot be read and was left out")
        else:
            fields[name] = normal
    return OrderContact(**fields)


def held_contact(contact: OrderContact | None, known: OrderContact | None) -> OrderContact | None:
    """Reduce the contact to what would be read back; one that nobody speaks of stays."""
    if contact is None:
        return known
    name = held_name(contact.name, known.name if known else None)
    fields: dict[str, Any] = {
        "phone": normal_phone(contact.phone),
        "email": normal_email(contact.email),
    }
    return OrderContact(**fields) if name is None else OrderContact(**fields, name=name)


def contact_to_wire(contact: OrderContact, changed: Collection[str]) -> dict[str, Any]:
    """Return what changed of who is written on the order; ``None`` clears a field."""
    row = name_to_wire(contact.name, changed, at="contact/name")
    for name in ("phone", "email"):
        if touches(changed, f"contact/{name}"):
            row[name] = getattr(contact, name)
    return row
