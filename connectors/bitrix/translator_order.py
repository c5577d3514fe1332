"""Message translator for orders, inbound: an order with its parts → a canonical order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    Address,
    Delivery,
    Discount,
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
from gateway.contract import Observed

from .config import BitrixSettings
from .order_parts import PERCENT, codes_in, order_discounts, person_name, property_value, row_ids
from .values import clean, own_key, utc
from .wire import WireItem, WireOrder, WirePayment, WireShipment

TEXT_LIMIT = 2000
CONTACT_TYPE = "3"


def order_from_wire(
    order: WireOrder, coupons: Sequence[str], settings: BitrixSettings
) -> Observed[Order]:
    """Translate an order; ``coupons`` are the codes that the shop used for it."""
    remarks: list[str] = []
    zone = settings.zone()
    key = own_key(order.xml_id)
    said: dict[str, Any] = {
        "shop": settings.shops.get(order.lid or "", order.lid),
        "placed_at": utc(order.date_insert, zone),
        "lines": _lines(order, settings),
        "payments": _payments(order, settings, remarks),
        "delivery": _delivery(order, settings, remarks),
        "contact": _contact(order, settings, remarks),
        "customer_comment": clean(order.user_description, TEXT_LIMIT),
        "manager_comment": clean(order.comments, TEXT_LIMIT),
        "cancel_reason": clean(order.reason_canceled),
        **_status(order, settings, remarks),
        **_reasons(order, coupons, settings),
    }
    if key is None:
        # The number here of an order that was placed elsewhere is not the order's number.
        said["number"] = order.account_number
    if settings.order_attributes:
        said["attributes"] = {
            code: property_value(order.property_values, (name,))
            for code, name in settings.order_attributes.items()
        }
    return Observed(
        external_id=order.id,
        entity=Order(**said),
        key=key,
        changed_at=utc(order.date_update, zone),
        version=order.version,
        customer_external_id=_buyer(order, settings),
        remarks=tuple(remarks),
    )


def _buyer(order: WireOrder, settings: BitrixSettings) -> str | None:
    """Return the buyer: a user of a shop, the first contact of an order of a portal."""
    if settings.flavour == "bitrix24":
        contacts = [one for one in order.clients if one.entity_type_id == CONTACT_TYPE]
        contacts.sort(key=lambda one: one.is_primary != "Y")
        return contacts[0].entity_id if contacts else None
    is_known = order.user_id is not None and order.user_id.isdigit()
    if not is_known or int(order.user_id or 0) in settings.anonymous_user_ids:
        return None
    return order.user_id


def _status(order: WireOrder, settings: BitrixSettings, remarks: list[str]) -> dict[str, Any]:
    if order.canceled == "Y":
        return {"status": OrderStatus.CANCELLED}
    status = settings.statuses.get(order.status_id or "")
    if status is None:
        remarks.append(f"status: code {order.status_id} is not mapped")
        return {}
    return {"status": status}


def _money(amount: Decimal | None, currency: str | None, settings: BitrixSettings) -> Money | None:
    return None if amount is None else Money(amount=amount, currency=currency or settings.currency)


def _lines(order: WireOrder, settings: BitrixSettings) -> tuple[OrderLine, ...]:
    ids = row_ids(order.basket_items)
    rows = sorted(order.basket_items, key=lambda row: int(row.id) if row.id.isdigit() else 0)
    return tuple(
        OrderLine(
            id=ids[row.id],
            product=_product(row, settings),
            quantity=row.quantity,
            base_price=_money(row.base_price, row.currency or order.currency, settings),
            price=_money(row.price, row.currency or order.currency, settings),
            vat_rate=None if row.vat_rate is None else row.vat_rate * PERCENT,
            discounts=_line_discounts(row),
        )
        for row in rows
    )


def _product(row: WireItem, settings: BitrixSettings) -> ProductRef:
    named = settings.product_id(row.product_id, row.product_xml_id)
    return ProductRef(external_id=named, name=clean(row.name))


def _line_discounts(row: WireItem) -> tuple[Discount, ...]:
    """Return why a row is cheaper. The shop does not split amounts between reasons."""
    name, code = clean(row.discount_name), clean(row.discount_coupon)
    if code is not None:
        reason = DiscountReason.PROMO_CODE
        return (Discount(id=f"promo_code:{code}", reason=reason, code=code, name=name),)
    if name is not None:
        return (Discount(id=f"promotion:{name}", reason=DiscountReason.PROMOTION, name=name),)
    return ()


def _reasons(order: WireOrder, coupons: Sequence[str], settings: BitrixSettings) -> dict[str, Any]:
    """Return promo codes, card and promotions, as codes and as reasons of the whole order."""
    properties = settings.properties
    in_property = codes_in(property_value(order.property_values, properties.promo_codes))
    in_rows = [clean(row.discount_coupon) for row in order.basket_items]
    found = {clean(code) for code in (*coupons, *in_rows, *in_property)}
    promo_codes = tuple(sorted(code for code in found if code is not None))
    card = property_value(order.property_values, properties.card)
    named = [
        clean(row.discount_name) for row in order.basket_items if not clean(row.discount_coupon)
    ]
    said: dict[str, Any] = {
        "promo_codes": promo_codes,
        "discounts": order_discounts(promo_codes, card, [name for name in named if name]),
    }
    if properties.card:
        said["card_number"] = card
    return said


def _payments(
    order: WireOrder, settings: BitrixSettings, remarks: list[str]
) -> tuple[Payment, ...]:
    ids = row_ids(order.payments)
    return tuple(
        Payment(id=ids[row.id], **_payment(row, order, settings, remarks)) for row in order.payments
    )


def _payment(
    row: WirePayment, order: WireOrder, settings: BitrixSettings, remarks: list[str]
) -> dict[str, Any]:
    state = PaymentState.PAID if row.paid == "Y" else PaymentState.PENDING
    said: dict[str, Any] = {
        "amount": _money(row.sum, row.currency or order.currency, settings),
        "state": PaymentState.REFUNDED if row.is_return == "Y" else state,
        "paid_at": utc(row.date_paid, settings.zone()),
    }
    method = settings.pay_systems.get(int(row.pay_system_id or 0))
    if method is not None:
        said["method"] = method
    elif settings.pay_systems:
        remarks.append(f"payments.method: pay system {row.pay_system_id} is not mapped")
    return said


def visible_shipments(order: WireOrder) -> list[WireShipment]:
    """Return the order's shipments without hidden and cancelled ones."""
    return [row for row in order.shipments if row.system != "Y" and row.canceled != "Y"]


def _delivery(order: WireOrder, settings: BitrixSettings, remarks: list[str]) -> Delivery:
    said: dict[str, Any] = {}
    shipments = visible_shipments(order)
    if settings.properties.address:
        text = property_value(order.property_values, settings.properties.address)
        said["address"] = None if text is None else Address(text=text)
    if shipments:
        cost = sum((row.price_delivery or Decimal(0) for row in shipments), Decimal(0))
        said["cost"] = _money(cost, shipments[0].currency or order.currency, settings)
        said["tracking_number"] = clean(shipments[0].tracking_number)
        method = settings.deliveries.get(int(shipments[0].delivery_id or 0))
        if method is not None:
            said["method"] = method
        elif settings.deliveries:
            remarks.append(
                f"delivery.method: delivery service {shipments[0].delivery_id} is not mapped"
            )
    return Delivery(**said)


def _contact(order: WireOrder, settings: BitrixSettings, remarks: list[str]) -> OrderContact:
    properties, values = settings.properties, order.property_values
    said: dict[str, Any] = {"name": person_name(property_value(values, properties.name))}
    phone = property_value(values, properties.phone)
    email = property_value(values, properties.email)
    said["phone"], said["email"] = normal_phone(phone), normal_email(email)
    for name, text in (("phone", phone), ("email", email)):
        if text is not None and said[name] is None:
            del said[name]
            remarks.append(f"contact.{name}: cannot be read")
    return OrderContact(**said)
