"""Lines and payments, outbound: the fields of a row to send. Pure functions."""

from __future__ import annotations

from typing import Any

from gateway.canonical import OrderLine, Payment, PaymentState

from .config import BitrixSettings
from .order_parts import NAMELESS, PERCENT, catalogue_id, pay_system
from .values import site_time, utc
from .wire import WireItem, WirePayment


def line_fields(line: OrderLine, settings: BitrixSettings) -> dict[str, Any]:
    """Return the fields of a new basket row, all but its order."""
    named = line.product.external_id if line.product else None
    number = catalogue_id(named, settings)
    fields: dict[str, Any] = {
        "productId": number or 0,
        "currency": settings.currency,
        "quantity": line.quantity,
        "xmlId": line.id,
        **_prices(line),
        **_rate(line),
    }
    if number is None and named is not None:
        fields["productXmlId"] = named
    name = line.product.name if line.product else NAMELESS
    return fields if name is None else {**fields, "name": name}


def line_changes(line: OrderLine, row: WireItem) -> dict[str, Any]:
    """Return the fields to send: the quantity always, prices together (2.2), or nothing."""
    fields: dict[str, Any] = {}
    prices, rate = _prices(line), _rate(line)
    if prices and (prices["price"], prices["basePrice"]) != (row.price, row.base_price):
        fields |= prices
    if rate and rate["vatRate"] != row.vat_rate:
        fields |= rate
    if not fields and line.quantity == row.quantity:
        return {}
    return {"quantity": line.quantity, **fields}


def _prices(line: OrderLine) -> dict[str, Any]:
    if line.price is None or line.base_price is None:
        return {}
    base, price = line.base_price.amount, line.price.amount
    return {"price": price, "basePrice": base, "discountPrice": base - price}


def _rate(line: OrderLine) -> dict[str, Any]:
    if line.vat_rate is None:
        return {}
    return {"vatRate": line.vat_rate / PERCENT, "vatIncluded": "Y"}


def payment_fields(payment: Payment, settings: BitrixSettings) -> dict[str, Any]:
    """Return the fields of a new payment, all but its order."""
    fields: dict[str, Any] = {
        "paySystemId": pay_system(payment.method, settings),
        "xmlId": payment.id,
        **_state(payment, settings),
    }
    return fields if payment.amount is None else {**fields, "sum": payment.amount.amount}


def payment_changes(
    payment: Payment,
    row: WirePayment,
    settings: BitrixSettings,
    *,
    parts: frozenset[str],
    is_forced: bool,
) -> dict[str, Any]:
    """Return the fields to send, the pay system always among them (2.3), or nothing.

    Only ``parts`` are sent, the empty one standing for all: a payment that was marked as paid at
    the shop a moment ago must not be unmarked by an edit of something else. ``is_forced`` sends the
    sum of an open payment although it is right, because the shop may be about to change it.
    """
    whole = "" in parts
    fields: dict[str, Any] = {}
    amount = payment.amount.amount if payment.amount else None
    is_open = row.paid != "Y" and row.is_return != "Y"
    is_wanted = whole or "amount" in parts
    if amount is not None and ((is_wanted and amount != row.sum) or (is_forced and is_open)):
        fields["sum"] = amount
    state = _state(payment, settings)
    is_same = (state["paid"], state["isReturn"]) == (row.paid or "N", row.is_return or "N")
    is_other = not is_same or _is_dated_otherwise(payment, row, settings)
    if is_other and (whole or not parts.isdisjoint({"state", "paid_at"})):
        fields |= state
    system: object = row.pay_system_id
    there = settings.pay_systems.get(int(row.pay_system_id or 0))
    if payment.method not in {None, there} and (whole or "method" in parts):
        system = pay_system(payment.method, settings)
        fields["paySystemId"] = system
    return {**fields, "paySystemId": system} if fields else {}


def _is_dated_otherwise(payment: Payment, row: WirePayment, settings: BitrixSettings) -> bool:
    is_paid = payment.paid_at is not None and payment.state is not PaymentState.PENDING
    return is_paid and payment.paid_at != utc(row.date_paid, settings.zone())


def _state(payment: Payment, settings: BitrixSettings) -> dict[str, Any]:
    fields = {
        "paid": "N" if payment.state is PaymentState.PENDING else "Y",
        "isReturn": "Y" if payment.state is PaymentState.REFUNDED else "N",
    }
    if payment.paid_at is not None and payment.state is not PaymentState.PENDING:
        fields["datePaid"] = site_time(payment.paid_at, settings.zone())
    return fields
