"""Reduction of orders to what the shop holds (a part of the message translator). Pure functions.

What the gateway wants is laid over what the shop holds. After creation the shop keeps its own
number, site, buyer, date, products and delivery; reasons of discounts are its own, except that
promo codes and a card number can be written down in order properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    Address,
    Delivery,
    DiscountReason,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    ProductRef,
    normal_email,
    normal_phone,
)

from .config import BitrixSettings
from .order_parts import (
    NAMELESS,
    PROPERTY_LIMIT,
    catalogue_id,
    first_id,
    full_name,
    is_one_code,
    joined,
    one_line,
    order_discounts,
    own_money,
    pay_system,
    person_name,
    site_of,
    status_code,
)
from .translator_order import TEXT_LIMIT
from .values import clean, quantity, utc

_KEPT = (
    "number", "shop", "placed_at", "lines", "payments", "delivery", "contact", "status",
    "promo_codes", "discounts", "card_number", "customer_comment", "manager_comment",
    "cancel_reason", "attributes",
)  # fmt: skip
_RATE_STEP = Decimal("0.01")


def held_order(entity: Order, known: Order | None, settings: BitrixSettings) -> Order:
    """Reduce an order to what the shop holds after writing it over ``known``. Pure."""
    held: dict[str, Any] = {}
    if known is not None:
        held = {name: getattr(known, name) for name in _KEPT if name in known.model_fields_set}
    held |= {
        name: value
        for name, value in {
            "shop": _shop(entity, known, settings),
            "placed_at": _placed_at(entity, known, settings),
            "status": _status(entity, known, settings),
            "contact": _contact(entity, known, settings),
            "delivery": _delivery(entity, known, settings),
            "customer_comment": clean(entity.customer_comment, TEXT_LIMIT),
            "manager_comment": clean(entity.manager_comment, TEXT_LIMIT),
            "cancel_reason": clean(entity.cancel_reason),
        }.items()
        if value is not None
    }
    if entity.lines:
        held["lines"] = tuple(_line(line, known, settings) for line in entity.lines)
    payments = _payments(entity, known, settings, is_cancelled=_is_cancelled(held))
    if payments:
        held["payments"] = payments
    attributes = _attributes(entity, known, settings)
    if attributes:
        held["attributes"] = attributes
    return Order(**{**held, **_reasons(entity, known, settings)})


def _is_cancelled(held: Mapping[str, Any]) -> bool:
    return held.get("status") is OrderStatus.CANCELLED


def _shop(entity: Order, known: Order | None, settings: BitrixSettings) -> str:
    if known is not None and known.shop is not None:
        return known.shop
    return settings.shops.get(site_of(entity.shop, settings), site_of(entity.shop, settings))


def _placed_at(entity: Order, known: Order | None, settings: BitrixSettings) -> object:
    if known is not None and known.placed_at is not None:
        return known.placed_at
    return utc(entity.placed_at, settings.zone())


def _status(entity: Order, known: Order | None, settings: BitrixSettings) -> OrderStatus | None:
    if entity.status is None or entity.status is OrderStatus.CANCELLED:
        return entity.status
    code = status_code(entity.status, settings)
    if known is not None and known.status is not None:
        is_open = known.status is not OrderStatus.CANCELLED
        if is_open and status_code(known.status, settings) == code:
            return known.status
    return settings.statuses[code]


def _line(line: OrderLine, known: Order | None, settings: BitrixSettings) -> OrderLine:
    before = next((old for old in known.lines if old.id == line.id), None) if known else None
    said: dict[str, Any] = {
        "id": line.id,
        "product": before.product
        if before and before.product
        else _product(line.product, settings),
        "quantity": _quantity(line, before),
    }
    base, price = _prices(line, before, settings)
    if base is not None and price is not None:
        said |= {"base_price": base, "price": price}
    rate = line.vat_rate if line.vat_rate is not None else before.vat_rate if before else None
    if rate is not None:
        said["vat_rate"] = rate.quantize(_RATE_STEP)
    if before is not None and "discounts" in before.model_fields_set:
        said["discounts"] = before.discounts
    return OrderLine(**said)


def _product(product: ProductRef | None, settings: BitrixSettings) -> ProductRef:
    """Return the product as a row names it: a row outside the catalogue must have a name."""
    named = (clean(product.external_id) or clean(product.sku)) if product else None
    said: dict[str, Any] = {"external_id": named}
    name = clean(product.name) if product else None
    if name is not None or not catalogue_id(named, settings):
        said["name"] = name or named or NAMELESS
    return ProductRef(**said)


def _quantity(line: OrderLine, before: OrderLine | None) -> Decimal:
    if line.quantity is not None:
        return quantity(line.quantity)
    return before.quantity if before and before.quantity is not None else Decimal(1)


def _prices(
    line: OrderLine, before: OrderLine | None, settings: BitrixSettings
) -> tuple[Money | None, Money | None]:
    """Return (base, price): each stands in for the other, and the shop's own for both."""
    wanted, before_discounts = (own_money(m, settings) for m in (line.price, line.base_price))
    base, price = before_discounts or wanted, wanted or before_discounts
    if base is None and before is not None:
        return before.base_price, before.price
    return base, price


def _payments(
    entity: Order, known: Order | None, settings: BitrixSettings, *, is_cancelled: bool
) -> tuple[Payment, ...]:
    before = {payment.id: payment for payment in (known.payments if known else ())}
    wanted = {payment.id: payment for payment in entity.payments}
    held = [
        _payment(payment, before.get(payment.id), settings)
        for payment in entity.payments
        if payment.id in before or pay_system(payment.method, settings) is not None
    ]
    # What was paid stays at the shop, even when nobody else knows of it.
    held += [
        payment
        for key, payment in before.items()
        if key not in wanted and (not wanted or payment.state is not PaymentState.PENDING)
    ]
    if is_cancelled and settings.on_cancel_paid == "return":
        held = [_returned(payment) for payment in held]
    return tuple(held)


def _returned(payment: Payment) -> Payment:
    if payment.state is not PaymentState.PAID:
        return payment
    return payment.model_copy(update={"state": PaymentState.REFUNDED})


def _payment(payment: Payment, before: Payment | None, settings: BitrixSettings) -> Payment:
    said: dict[str, Any] = {"id": payment.id}
    amount = own_money(payment.amount, settings) or (before.amount if before else None)
    if amount is not None:
        said["amount"] = amount
    method = _method(payment, before, settings)
    if method is not None:
        said["method"] = method
    state = payment.state or (before.state if before else None) or PaymentState.PENDING
    said["state"] = state
    paid_at = utc(payment.paid_at, settings.zone()) or (before.paid_at if before else None)
    if paid_at is not None and state is not PaymentState.PENDING:
        said["paid_at"] = paid_at
    return Payment(**said)


def _method(payment: Payment, before: Payment | None, settings: BitrixSettings) -> str | None:
    """Return the method as the shop will tell it: one that it does not know becomes the default."""
    if payment.method in settings.pay_systems.values():
        return payment.method
    if before is not None:
        return before.method
    return settings.pay_systems.get(pay_system(payment.method, settings) or 0)


def _delivery(entity: Order, known: Order | None, settings: BitrixSettings) -> Delivery | None:
    before = known.delivery if known else None
    said: dict[str, Any] = {}
    if before is not None:
        names = ("method", "cost", "tracking_number", "address")
        said = {name: getattr(before, name) for name in names if name in before.model_fields_set}
    wanted = entity.delivery
    if wanted is not None:
        text = one_line(wanted.address) if settings.properties.address else None
        if text is not None:
            said["address"] = Address(text=text)
        # Only orders born at the shop have a number there, and these it ships by itself.
        is_born_there = known is not None and known.number is not None
        if said.get("cost") is None and not is_born_there:
            said |= _shipment(wanted, settings)
    return Delivery(**said) if said else None


def _shipment(wanted: Delivery, settings: BitrixSettings) -> dict[str, Any]:
    """Return what a shipment made for the order will hold; without a service there is none."""
    number = first_id(settings.deliveries, wanted.method, settings.default_delivery)
    is_needed = wanted.method is not None or bool(wanted.cost and wanted.cost.amount)
    if number is None or not is_needed:
        return {}
    cost = own_money(wanted.cost, settings) or Money.of(0, settings.currency)
    said: dict[str, Any] = {"cost": cost}
    if number in settings.deliveries:
        said["method"] = settings.deliveries[number]
    tracking = clean(wanted.tracking_number)
    return {**said, "tracking_number": tracking} if tracking else said


def _contact(entity: Order, known: Order | None, settings: BitrixSettings) -> OrderContact | None:
    said: dict[str, Any] = {}
    properties = settings.properties
    before = known.contact if known else None
    if before is not None:
        names = ("name", "phone", "email")
        said = {name: getattr(before, name) for name in names if name in before.model_fields_set}
    if entity.contact is not None:
        name = person_name(full_name(entity.contact.name)) if properties.name else None
        phone = normal_phone(entity.contact.phone) if properties.phone else None
        email = normal_email(entity.contact.email) if properties.email else None
        wanted = {"name": name, "phone": phone, "email": email}
        said |= {part: value for part, value in wanted.items() if value is not None}
    return OrderContact(**said) if said else None


def _reasons(entity: Order, known: Order | None, settings: BitrixSettings) -> dict[str, Any]:
    """Return promo codes, card and the reasons made of them.

    A code that the shop used cannot be taken back, so codes are only added.
    """
    properties = settings.properties
    codes = set(known.promo_codes) if known else set()
    for code in sorted(entity.promo_codes) if properties.promo_codes else ():
        # All codes share one property, which must not lose the end of its text.
        if is_one_code(code) and len(joined({*codes, code})) <= PROPERTY_LIMIT:
            codes.add(code)
    before = known.card_number if known else None
    card = (clean(entity.card_number, PROPERTY_LIMIT) or before) if properties.card else None
    promotions = [
        discount.name
        for discount in (known.discounts if known else ())
        if discount.reason is DiscountReason.PROMOTION and discount.name
    ]
    said: dict[str, Any] = {}
    if codes:
        said["promo_codes"] = tuple(sorted(codes))
    if card is not None:
        said["card_number"] = card
    discounts = order_discounts(sorted(codes), card, promotions)
    return {**said, "discounts": discounts} if discounts else said


def _attributes(
    entity: Order, known: Order | None, settings: BitrixSettings
) -> dict[str, str | None]:
    held: dict[str, str | None] = {}
    for code in settings.order_attributes:
        for source in (known, entity):
            value = clean(source.attributes.get(code), PROPERTY_LIMIT) if source else None
            if value is not None:
                held[code] = value
    return held
