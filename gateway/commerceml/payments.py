"""Payments of an order, in the places where they travel by version and sender. Pure.

- A site up to 2.09: requisites of the order (one payment of the order's sum).
- 1C: ``Дата оплаты по 1С`` and ``Номер оплаты по 1С``; nothing is said while the date is empty.
- ``Оплаты`` (2.09), ``ПодчиненныеДокументы`` (2.10), documents of their own (2.10 and later).

Source: vendor reference of 1C, section 4.5; of Bitrix, sections 3.4-3.6.
"""

from __future__ import annotations

from typing import Any

from gateway.canonical import Money, Payment, PaymentState

from .mapping import code_of
from .nodes import Element, every, fields, text, value
from .requisites import SEPARATE, Paper
from .rows import Sender
from .values import moment, number, plain_id

CASHLESS = "Выплата безналичных денег"
OPERATIONS = {
    CASHLESS: False,
    "Выплата наличных денег": False,
    "Эквайринговая операция": False,
    "Возврат безналичных денег": True,
    "Возврат наличных денег": True,
}
"""``ХозОперация`` of payments → whether money is given back."""
SITE_PAYMENT = "site"
ONEC_PAYMENT = "1c"
_METHODS = ("Метод оплаты ИД", "Метод оплаты")


def payments_from(paper: Paper) -> tuple[Payment, ...] | None:
    """Return the payments of an order; ``None`` where the document is silent about them."""
    own, said = paper.own, paper.said
    found = [_listed(row, paper) for row in every(own.get("Оплаты"), "Оплата")]
    found += _subordinate(paper)
    if found:
        return tuple({payment.id: payment for payment in found if payment is not None}.values())
    zone, hearing = paper.mapping.zone, paper.hearing
    if hearing.sender is Sender.SITE and hearing.version >= SEPARATE:
        return None
    if hearing.sender is Sender.ONEC:
        paid_at = said.moment(zone, "Дата оплаты по 1С")
        if paid_at is None:
            return None
        told: dict[str, Any] = {"state": PaymentState.PAID, "paid_at": paid_at}
        told |= _sum(paper) | _method(paper)
        return (Payment(id=said.text("Номер оплаты по 1С") or ONEC_PAYMENT, **told),)
    if not any(name in said for name in (*_METHODS, "Заказ оплачен")):
        return None
    told = _sum(paper) | _method(paper)
    is_paid = said.switch("Заказ оплачен")
    if is_paid is not None:
        told["state"] = PaymentState.PAID if is_paid else PaymentState.PENDING
    if "Дата оплаты" in said:
        told["paid_at"] = said.moment(zone, "Дата оплаты")
    return (Payment(id=SITE_PAYMENT, **told),)


def _sum(paper: Paper) -> dict[str, Any]:
    total = value(paper.own.get("Сумма"), number)
    return {} if total is None else {"amount": Money(amount=total, currency=paper.currency)}


def _method(paper: Paper) -> dict[str, Any]:
    method = code_of(paper.mapping.payment_methods, *(paper.said.text(it) for it in _METHODS))
    if method is not None:
        return {"method": method}
    if first := paper.said.first(*_METHODS):
        paper.remarks.append(f"payments.method: {first} is not mapped")
    return {}


def _listed(row: Element, paper: Paper) -> Payment | None:
    """Read one of ``Оплаты`` of 2.09: a payment that was made on the site."""
    parts = fields(row)
    its_id = text(parts.get("НомерТранзакции")) or text(parts.get("НомерДокумента"))
    if its_id is None:
        return None
    told: dict[str, Any] = {"state": PaymentState.PAID}
    total = value(parts.get("СуммаОплаты"), number)
    if total is not None:
        told["amount"] = Money(amount=total, currency=paper.currency)
    if "ДатаОплаты" in parts:
        zone = paper.mapping.zone
        told["paid_at"] = value(parts["ДатаОплаты"], lambda its: moment(its, zone))
    names = (text(parts.get("ИдСпособаОплаты")), text(parts.get("СпособОплаты")))
    method = code_of(paper.mapping.payment_methods, *names)
    if method is not None:
        told["method"] = method
    return Payment(id=its_id, **told)


def _subordinate(paper: Paper) -> list[Payment]:
    """Read payments among ``ПодчиненныеДокументы`` of 2.10."""
    found = []
    for row in every(paper.own.get("ПодчиненныеДокументы"), "ПодчиненныйДокумент"):
        below = Paper.of(row, paper.hearing)
        operation, its_id = text(below.own.get("ХозОперация")), text(below.own.get("Ид"))
        if operation in OPERATIONS and its_id:
            found.append(attached_payment(plain_id(its_id), below, str(operation)))
    return found


def attached_payment(id_: str, paper: Paper, operation: str) -> Payment:
    """Read a payment document; its ``Номер`` is the payment's id at the site."""
    said = paper.said
    told = _sum(paper) | _method(paper)
    is_paid = said.switch("Оплачен", "Оплачено")
    is_back = OPERATIONS[operation] or said.switch("Признак возврата", "ПризнакВозврата")
    if is_back:
        told["state"] = PaymentState.REFUNDED
    elif is_paid is not None:
        told["state"] = PaymentState.PAID if is_paid else PaymentState.PENDING
    paid_at = said.moment(paper.mapping.zone, "Дата оплаты", "Дата оплаты по 1С")
    if paid_at is not None:
        told["paid_at"] = paid_at
    return Payment(id=text(paper.own.get("Номер")) or id_, **told)
