"""Order translator: the vendor's order and the canonical one. Pure.

Why a price was lowered has no field at the vendor: promo codes and the card number go into custom
fields of the order, the money into the manual discount of its lines.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import BonusPoints, Order
from gateway.canonical.paths import known as valued
from gateway.canonical.paths import spoken
from gateway.contract import Change, Observed

from .codes import Books
from .config import RetailCrmSettings
from .overtaken import overtaken
from .touched import touched_items, touches
from .translator import (
    LONGEST_CUSTOM_TEXT,
    filled,
    held_moment,
    moment_of,
    moment_text,
    own_key,
    tidy,
    tidy_custom,
)
from .translator_customer import CORPORATE, custom_values
from .translator_delivery import DeliveryTranslator, contact_of, contact_to_wire, held_contact
from .translator_lines import LineTranslator
from .translator_payments import PaymentTranslator
from .wire import OrderWire

_TEXTS = {
    "number": "number",
    "customer_comment": "customerComment",
    "manager_comment": "managerComment",
    "cancel_reason": "statusComment",
}
_JOINT = "; "


@dataclass(frozen=True, slots=True)
class OrderTranslator:
    """Translates orders of one account."""

    settings: RetailCrmSettings
    books: Books
    line: LineTranslator = field(init=False)
    payment: PaymentTranslator = field(init=False)
    delivery: DeliveryTranslator = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        object.__setattr__(self, "line", LineTranslator(settings))
        payment = PaymentTranslator(self.books, settings.zone, settings.currency)
        object.__setattr__(self, "payment", payment)
        object.__setattr__(self, "delivery", DeliveryTranslator(settings, self.books))

    def observed(self, wire: OrderWire) -> Observed[Order]:
        """Read an order; what cannot be mapped stays unspoken and is remarked on."""
        remarks: list[str] = []
        fields: dict[str, Any] = {
            "number": wire.number,
            "customer_comment": wire.customer_comment,
            "manager_comment": wire.manager_comment,
            "cancel_reason": wire.status_comment,
            "contact": contact_of(wire, remarks),
            "placed_at": moment_of(wire.created_at, self.settings.zone),
            "lines": self.line.lines(wire.items, remarks),
            "payments": self.payment.payments(wire.payments, remarks),
            "delivery": self.delivery.delivery(wire.delivery, remarks),
            **self._bonuses(wire),
            **self._coded(wire, remarks),
            **self._custom(wire),
        }
        buyer = wire.customer
        return Observed(
            external_id=str(wire.id),
            entity=Order(**fields),
            key=own_key(wire.external_id),
            customer_external_id=(
                str(buyer.id) if buyer.id is not None and buyer.type != CORPORATE else None
            ),
            remarks=tuple(remarks),
        )

    def _bonuses(self, wire: OrderWire) -> dict[str, Any]:
        """Read the bonuses that the order spent and earns; without loyalty nothing is said."""
        if self.settings.loyalty is None:
            return {}
        spent, earned = wire.bonuses_charge_total, wire.bonuses_credit_total
        return {
            "points_spent": None if spent is None else BonusPoints(points=spent),
            "points_earned": None if earned is None else BonusPoints(points=earned),
        }

    def _coded(self, wire: OrderWire, remarks: list[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        status = self.books.statuses.meaning(wire.status)
        if status is not None:
            fields["status"] = status
        elif wire.status:
            remarks.append(f"status: {wire.status} is not mapped")
        if self.settings.order_methods:
            channel = self.books.order_methods.meaning(wire.order_method)
            if channel is not None or not wire.order_method:
                fields["channel"] = channel
            else:
                remarks.append(f"orderMethod: {wire.order_method} is not mapped")
        return fields

    def _custom(self, wire: OrderWire) -> dict[str, Any]:
        values = wire.custom_fields
        fields: dict[str, Any] = {}
        for name, code in self.settings.order_fields.named().items():
            text = tidy_custom(values.get(code))
            fields[name] = _codes(text) if name == "promo_codes" else text
        if self.settings.order_attributes:
            fields["attributes"] = {
                name: tidy_custom(values.get(code))
                for name, code in self.settings.order_attributes.items()
            }
        return fields

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what the vendor would hold after writing it over ``known``."""
        before = known or Order()
        lines = {line.id: line for line in before.lines}
        fields: dict[str, Any] = {
            "number": tidy(entity.number) or before.number,
            "customer_comment": tidy(entity.customer_comment),
            "manager_comment": tidy(entity.manager_comment),
            "cancel_reason": tidy(entity.cancel_reason),
            "contact": held_contact(entity.contact, before.contact),
            "status": self.books.statuses.reduced(entity.status, before.status),
            "placed_at": held_moment(entity.placed_at, self.settings.zone) or before.placed_at,
            "lines": tuple(self.line.held(line, lines.get(line.id)) for line in entity.lines)
            or before.lines,
            "payments": self.payment.held(entity.payments, before.payments),
            "delivery": self.delivery.held(entity.delivery, before.delivery),
        }
        kept = ("number", "contact", "status", "placed_at", "delivery")
        fields = {name: value for name, value in fields.items() if value or name not in kept}
        return Order(**fields, **self._held_optional(entity, before))

    def _held_optional(self, entity: Order, known: Order) -> dict[str, Any]:
        """Return the fields that exist only where the account is configured for them."""
        fields: dict[str, Any] = {}
        named = self.settings.order_fields.named()
        if "promo_codes" in named:
            # A used code is history: an order that names none any more keeps what is known.
            fields["promo_codes"] = _codes(joined(entity.promo_codes)) or known.promo_codes
        if "card_number" in named:
            fields["card_number"] = tidy_custom(entity.card_number)
        if "edit_mark" in named:
            fields["edit_mark"] = tidy_custom(entity.edit_mark)
        if self.settings.order_attributes:
            fields["attributes"] = {
                name: tidy_custom(entity.attributes.get(name))
                for name in self.settings.order_attributes
            }
        # Bonuses are moved by calls of their own; an edit of the order leaves them as they are.
        for name in ("points_spent", "points_earned"):
            if self.settings.loyalty is not None and getattr(known, name) is not None:
                fields[name] = getattr(known, name)
        channel = self.books.order_methods.reduced(entity.channel, known.channel)
        if self.settings.order_methods and channel is not None:
            fields["channel"] = channel
        return fields

    def creation(self, change: Change[Order]) -> dict[str, Any]:
        """Return the row that creates the order with its lines and payments."""
        entity = change.entity
        row = self._wire(entity, frozenset(Order.model_fields))
        row["items"] = [self.line.to_wire(line) for line in entity.lines]
        row["payments"] = [self.payment.creation(payment) for payment in entity.payments]
        row["customer"] = buyer(change)
        if entity.delivery is not None:
            row["delivery"] = self.delivery.creation(entity.delivery)
        row["customFields"] = filled(row.get("customFields", {}))
        return {"externalId": change.key, **filled(row)}

    def patch(self, change: Change[Order], current: OrderWire | None) -> dict[str, Any]:
        """Return what changed of the order; payments have calls of their own."""
        row = self._wire(change.entity, change.changed)
        if touches(change.changed, "lines") and change.entity.lines:
            rows = current.items if current else []
            touched = touched_items(change.changed, "lines")
            row["items"] = self.line.composition(change.entity.lines, rows, touched)
        return row

    def removed_rows(self, change: Change[Order], current: OrderWire | None) -> frozenset[int]:
        """Return the ids of the rows that the edit takes out of the order."""
        rows = current.items if current else []
        touched = touched_items(change.changed, "lines")
        return self.line.removed(change.entity.lines, rows, touched)

    def _wire(self, entity: Order, changed: Collection[str]) -> dict[str, Any]:
        row: dict[str, Any] = {
            wire: getattr(entity, name)
            for name, wire in _TEXTS.items()
            if touches(changed, name) and (name != "number" or entity.number)
        }
        if entity.status is not None and touches(changed, "status"):
            row["status"] = self.books.statuses.code(entity.status)
        if entity.channel is not None and touches(changed, "channel"):
            row["orderMethod"] = self.books.order_methods.code(entity.channel)
        if entity.placed_at is not None and touches(changed, "placed_at"):
            row["createdAt"] = moment_text(entity.placed_at, self.settings.zone)
        if entity.contact is not None:
            row |= contact_to_wire(entity.contact, changed)
        if entity.delivery is not None:
            delivery = self.delivery.to_wire(entity.delivery, changed)
            row |= {"delivery": delivery} if delivery else {}
        custom = self._custom_to_wire(entity, changed)
        if custom:
            row["customFields"] = custom
        return row

    def _custom_to_wire(self, entity: Order, changed: Collection[str]) -> dict[str, Any]:
        custom: dict[str, Any] = {}
        for name, code in self.settings.order_fields.named().items():
            if touches(changed, name):
                value = getattr(entity, name)
                custom[code] = joined(value) if name == "promo_codes" else value
        return custom | custom_values(self.settings.order_attributes, entity.attributes, changed)

    def is_overtaken(self, change: Change[Order], current: OrderWire) -> bool:
        """Tell whether a line or payment was changed at the vendor just where it is to change."""
        if change.known is None:
            return False
        there = Order(
            lines=self.line.lines(current.items, []),
            payments=self.payment.payments(current.payments, []),
        )
        base, wanted = change.known, change.entity
        return overtaken(
            spoken(there),
            valued(spoken(Order(lines=base.lines, payments=base.payments))),
            valued(spoken(Order(lines=wanted.lines, payments=wanted.payments))),
            change.changed,
        )


def buyer(change: Change[Order]) -> dict[str, Any]:
    """Name the order's customer: by the vendor's id, else by our key; empty when there is none."""
    if change.customer_external_id and change.customer_external_id.isdigit():
        return {"id": int(change.customer_external_id)}
    return {"externalId": change.customer_key} if change.customer_key else {}


def _codes(text: str | None) -> tuple[str, ...]:
    """Read promo codes that are joined in one field."""
    parts = (part.strip() for part in (text or "").split(_JOINT.strip()))
    return tuple(dict.fromkeys(part for part in parts if part))


def joined(codes: tuple[str, ...]) -> str | None:
    """Join promo codes as the vendor's own module does; those beyond the field's length are cut."""
    text = ""
    for code in _codes(_JOINT.join(codes)):
        longer = f"{text}{_JOINT}{code}" if text else code
        if len(longer) > LONGEST_CUSTOM_TEXT:
            break
        text = longer
    return text or None
