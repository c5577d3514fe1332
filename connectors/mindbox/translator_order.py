"""Order translator: finished orders for the vendor's memory (without its processing). Pure.

The shop has reckoned the order; Mindbox learns what was bought, at which price, by whom and what
became of it (vendor reference, 14.3). Prices are per line there, the total is after all that was
cancelled or returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    DiscountReason,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    ProductRef,
)
from gateway.contract import Change, TranslationFailed

from .config import MindboxSettings
from .values import moment_text, phone_text

_GONE = frozenset({OrderStatus.CANCELLED, OrderStatus.RETURNED})
_WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class OrderTranslator:
    """Translates orders of one project."""

    settings: MindboxSettings

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what Mindbox would hold after writing it over ``known``."""
        del known
        fields: dict[str, Any] = {
            "status": entity.status,
            "placed_at": entity.placed_at,
            "lines": tuple(self._held_line(line) for line in entity.lines),
            "promo_codes": _codes(entity),
            "payments": entity.payments,
            "contact": _held_contact(entity),
        }
        if entity.delivery is not None:
            fields["delivery"] = type(entity.delivery)(cost=entity.delivery.cost)
        if self.settings.order_number_field:
            fields["number"] = entity.number
        if self.settings.order_attributes:
            fields["attributes"] = {
                name: entity.attributes.get(name) or None for name in self.settings.order_attributes
            }
        return Order(**fields)

    def body(self, change: Change[Order]) -> dict[str, Any]:
        """Return the whole order to create or to write over.

        Raises ``TranslationFailed`` for a line without product or price.
        """
        entity, settings = change.entity, self.settings
        status = self.status(entity)
        order: dict[str, Any] = {
            "ids": {settings.order_key: change.key},
            "totalPrice": self._total(entity),
            "lines": [
                self._line(line, number, status, entity)
                for number, line in enumerate(entity.lines, start=1)
            ],
        }
        if entity.delivery is not None and entity.delivery.cost is not None:
            order["deliveryCost"] = entity.delivery.cost.amount
        payments = self._payments(entity)
        if payments:
            order["payments"] = payments
        if entity.contact is not None and entity.contact.email:
            order["email"] = entity.contact.email
        if entity.contact is not None and entity.contact.phone:
            order["mobilePhone"] = phone_text(entity.contact.phone)
        custom = self._custom(entity)
        if custom:
            order["customFields"] = custom
        return self._around(change, order)

    def _payments(self, entity: Order) -> list[dict[str, Any]]:
        types, other = self.settings.payment_types, self.settings.fallback_payment_type
        return [
            {"type": types.get(one.method or "", other), "amount": one.amount.amount}
            for one in entity.payments
            if one.amount is not None
        ]

    def _custom(self, entity: Order) -> dict[str, str]:
        custom = {
            word: value
            for name, word in self.settings.order_attributes.items()
            if (value := entity.attributes.get(name))
        }
        if self.settings.order_number_field and entity.number:
            custom[self.settings.order_number_field] = entity.number
        return custom

    def _around(self, change: Change[Order], order: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"order": order}
        if change.customer_external_id is not None:
            body["customer"] = {"ids": {"mindboxId": change.customer_external_id}}
        place = change.entity.shop or self.settings.point_of_contact
        if place:
            body["pointOfContact"] = place
        if change.external_id is None and change.entity.placed_at is not None:
            body["executionDateTimeUtc"] = moment_text(change.entity.placed_at)
        return body

    def status(self, entity: Order) -> str:
        """Return the id of the status of all lines, by the stage of the order."""
        paid = any(one.state in self.settings.paid_states for one in entity.payments)
        return self.settings.line_statuses.of(entity.status, is_paid=paid)

    def _total(self, entity: Order) -> Decimal:
        if entity.status in _GONE:
            return Decimal(0)
        total = entity.goods_total()
        if entity.delivery is not None and entity.delivery.cost is not None:
            total += entity.delivery.cost
        return total.amount

    def _line(self, line: OrderLine, number: int, status: str, entity: Order) -> dict[str, Any]:
        path = f"lines/{number}"
        product = product_ids(line.product, self.settings, path)
        quantity = line.quantity if line.quantity is not None else _WHOLE
        price = line.price or line.base_price
        if price is None:
            msg = "has no price"
            raise TranslationFailed(msg, path=f"{path}/price", operation="write")
        base = line.base_price or price
        row: dict[str, Any] = {
            "lineId": line.id,
            "lineNumber": number,
            "product": {"ids": product},
            "quantity": quantity,
            "basePricePerItem": base.amount,
            "discountedPricePerLine": price.times(quantity).amount,
            "status": status,
        } | quantity_type(quantity)
        saved = base.times(quantity) - price.times(quantity)
        discounts = self._discounts(entity, saved)
        return row | ({"discounts": discounts} if discounts else {})

    def _discounts(self, entity: Order, saved: Money) -> list[dict[str, Any]]:
        """Say why a line is cheaper, as far as the vendor has a word for it."""
        if saved.amount <= 0:
            return []
        codes = _codes(entity)
        if codes:
            return [
                {
                    "type": "promoCode",
                    "promoCode": {"ids": {"code": codes[0]}},
                    "amount": saved.amount,
                }
            ]
        if self.settings.external_promotion:
            promotion = {"ids": {"externalId": self.settings.external_promotion}}
            return [
                {
                    "type": "externalPromoAction",
                    "externalPromoAction": promotion,
                    "amount": saved.amount,
                }
            ]
        return []

    def _held_line(self, line: OrderLine) -> OrderLine:
        return OrderLine(
            id=line.id,
            sort=line.sort,
            product=line.product,
            quantity=line.quantity,
            base_price=line.base_price,
            price=line.price,
        )


def product_ids(product: ProductRef | None, settings: MindboxSettings, path: str) -> dict[str, str]:
    """Return the ids by which the vendor knows a product from the catalogue's feed.

    Raises ``TranslationFailed`` when the product has no such id.
    """
    value = getattr(product, settings.product_id) if product is not None else None
    if not value:
        msg = f"has no {settings.product_id} by which the vendor would know it"
        raise TranslationFailed(msg, path=f"{path}/product", operation="write")
    return {settings.product_key: value}


def quantity_type(quantity: Decimal) -> dict[str, str]:
    """Say that a quantity is no whole number: by default the vendor refuses fractions (6)."""
    return {} if quantity == quantity.to_integral_value() else {"quantityType": "double"}


def _codes(entity: Order) -> tuple[str, ...]:
    """Return the promo codes of an order, of whichever field, in their order and each once."""
    told = [one.code for one in entity.discounts if one.reason is DiscountReason.PROMO_CODE]
    return tuple(dict.fromkeys(code for code in (*told, *entity.promo_codes) if code))


def _held_contact(entity: Order) -> OrderContact | None:
    if entity.contact is None:
        return None
    return OrderContact(phone=entity.contact.phone, email=entity.contact.email)
