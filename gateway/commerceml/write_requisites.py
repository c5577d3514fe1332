"""Writing ``ЗначенияРеквизитов`` of orders and payments.

Source: vendor reference of Bitrix, sections 3.4-3.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from gateway.canonical import Order, OrderStatus, Payment, PaymentState
from gateway.contract import Observed

from .mapping import CommerceMlMapping
from .markup import box, requisite
from .payments import ONEC_PAYMENT
from .requisites import SEPARATE
from .rows import Sender
from .values import KOPECK, written
from .words import named

_T_FORM = "%Y-%m-%dT%H:%M:%S"
_SITE_FORM = "%d.%m.%Y %H:%M:%S"


def flag(value: object) -> str:
    """Write a switch."""
    return "true" if value else "false"


def order_requisites(
    record: Observed[Order], mapping: CommerceMlMapping, version: Decimal, sender: Sender
) -> str:
    """Write the requisites of an order. Raises ``TranslationFailed`` for a code without an id."""
    order = record.entity
    rows = [
        *_payment_of(order, mapping, version, sender),
        *_delivery(order, mapping),
        *_status(order, mapping),
        *_texts(order, mapping, sender),
        *([("ПометкаУдаления", "true")] if record.deleted else []),
    ]
    return box("ЗначенияРеквизитов", *(requisite(name, text) for name, text in rows))


def _payment_of(
    order: Order, mapping: CommerceMlMapping, version: Decimal, sender: Sender
) -> Iterator[tuple[str, str | None]]:
    """Go through what the order says of its payment: one at most has room."""
    if not order.payments:
        return
    paid = [it for it in order.payments if it.state is PaymentState.PAID]
    if sender is Sender.ONEC:
        if paid and paid[0].paid_at and version < SEPARATE:
            yield from _method(paid[0], mapping)
            yield "Дата оплаты по 1С", _local(paid[0].paid_at, mapping, _T_FORM)
            number = paid[0].id
            yield "Номер оплаты по 1С", None if number == ONEC_PAYMENT else number
        return
    yield from _method(order.payments[0], mapping)
    yield "Заказ оплачен", flag(len(paid) == len(order.payments))
    if version < SEPARATE and paid and paid[0].paid_at:
        yield "Дата оплаты", _local(paid[0].paid_at, mapping, _SITE_FORM)


def _method(payment: Payment, mapping: CommerceMlMapping) -> Iterator[tuple[str, str]]:
    if payment.method is not None:
        id_ = named(mapping.payment_methods, payment.method, "payments/method")
        yield "Метод оплаты", id_
        yield "Метод оплаты ИД", id_


def _delivery(order: Order, mapping: CommerceMlMapping) -> Iterator[tuple[str, str | None]]:
    delivery = order.delivery
    if delivery is None:
        return
    if delivery.method is not None:
        id_ = named(mapping.delivery_methods, delivery.method, "delivery/method")
        yield "Способ доставки", id_
        yield "Метод доставки ИД", id_
    if delivery.address is not None and delivery.address.text:
        yield "Адрес доставки", delivery.address.text
    if "tracking_number" in delivery.model_fields_set:
        yield "Идентификатор отправления", delivery.tracking_number


def _status(order: Order, mapping: CommerceMlMapping) -> Iterator[tuple[str, str | None]]:
    """Go through the status; one that is not mapped cannot be said, save that it is cancelled."""
    if order.status is None:
        return
    yield "Отменен", flag(order.status is OrderStatus.CANCELLED)
    yield "Финальный статус", flag(order.status is OrderStatus.COMPLETE)
    id_ = next((it for it, status in mapping.statuses.items() if status is order.status), None)
    if id_ is not None:
        yield "Статуса заказа ИД", id_
    if order.cancel_reason is not None:
        yield "Причина отмены", order.cancel_reason


def _texts(
    order: Order, mapping: CommerceMlMapping, sender: Sender
) -> Iterator[tuple[str, str | None]]:
    said = order.model_fields_set
    # A site's only comment is read as the buyer's, unless the buyer's stands here as well.
    is_here = "manager_comment" in said if sender is Sender.SITE else "customer_comment" in said
    if is_here:
        yield "Комментарии покупателя", order.customer_comment
    if order.shop is not None:
        yield "Сайт", f"[{named(mapping.shops, order.shop, 'shop')}]"
    if mapping.card_requisite and "card_number" in said:
        yield mapping.card_requisite, order.card_number
    if mapping.promo_requisite and "promo_codes" in said:
        yield mapping.promo_requisite, " ".join(order.promo_codes)
    for code, text in order.attributes.items():
        name = mapping.order_attributes.get(code)
        if name is not None:
            yield name, text


def payment_requisites(payment: Payment, mapping: CommerceMlMapping, sender: Sender) -> str:
    """Write the requisites of a payment document (2.10 and later)."""
    is_paid = payment.state is not PaymentState.PENDING
    is_back = payment.state is PaymentState.REFUNDED
    at = None if payment.paid_at is None else _local(payment.paid_at, mapping, _T_FORM)
    if sender is Sender.ONEC:
        rows = [("Оплачен", flag(is_paid)), ("ПризнакВозврата", flag(is_back))]
        rows += [("Дата оплаты по 1С", at), ("Номер оплаты по 1С", payment.id)] if at else []
    else:
        rows = [("Оплачено", flag(is_paid)), ("Признак возврата", flag(is_back))]
        rows += [("Отменен", "false"), *([("Дата оплаты", at)] if at else [])]
    all_rows = [*_method(payment, mapping), *rows]
    return box("ЗначенияРеквизитов", *(requisite(name, text) for name, text in all_rows))


def shipment_requisites(record: Observed[Order], mapping: CommerceMlMapping) -> str:
    """Write the requisites of a site's shipment; it left when the order is under way or there."""
    order = record.entity
    cost = order.delivery.cost if order.delivery else None
    is_cancelled = record.deleted or order.status is OrderStatus.CANCELLED
    rows = [
        ("Сумма доставки", None if cost is None else written(cost.amount, KOPECK)),
        ("Отгружено", flag(order.status in {OrderStatus.DELIVERY, OrderStatus.COMPLETE})),
        ("Отменен", flag(is_cancelled)),
        *(
            ("Метод доставки" if n == "Способ доставки" else n, t)
            for n, t in _delivery(order, mapping)
        ),
    ]
    return box("ЗначенияРеквизитов", *(requisite(name, text) for name, text in rows))


def _local(at: datetime, mapping: CommerceMlMapping, form: str) -> str:
    return at.astimezone(mapping.zone).strftime(form)
