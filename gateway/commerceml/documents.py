"""``Документ`` → a canonical order, or what is attached to one. Pure.

Up to 2.09 a document is an order with its payment in requisites; from 2.10 on payments and
shipments are documents of their own (``Attached``), which a connector joins with their order.
Source: vendor reference of 1C, section 4.5; of Bitrix, sections 3.3-3.6 and 10.15.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gateway.canonical import Address, Delivery, Money, Order, OrderStatus, Payment
from gateway.contract import Observed

from .mapping import code_of
from .nodes import NO_ID, Element, Unreadable, every, fields, text, value
from .parties import buyer_of, contact_from
from .payments import OPERATIONS, attached_payment, payments_from
from .requisites import Hearing, Paper
from .rows import Sender, discounts_from, reductions_from, rows_from
from .values import moment, plain_id, switch

ORDER = "Заказ товара"
SHIPMENT = "Отпуск товара"
BELOW, ONE_BELOW = "ПодчиненныеДокументы", "ПодчиненныйДокумент"
_OTHER_OPERATION = "the operation is none of an order"
_METHODS = ("Метод доставки ИД", "Способ доставки", "Метод доставки")
_BUYERS_COMMENT = "Комментарии покупателя"


@dataclass(frozen=True, slots=True)
class Attached:
    """A payment or a shipment that is a document of its own.

    Shape: ``order`` is ``Основание``, the order's id or number at the site, or the id of the order
    below which it stands. One of ``payment`` and
    ``delivery`` is set; ``operation`` is ``ХозОперация``. ``deleted``: it was cancelled or deleted.
    """

    external_id: str
    order: str | None
    operation: str
    number: str | None = None
    payment: Payment | None = None
    delivery: Delivery | None = None
    shipped: bool | None = None
    deleted: bool = False
    version: str | None = None
    remarks: tuple[str, ...] = ()


def documents_from(element: Element, hearing: Hearing) -> list[Observed[Order] | Attached]:
    """Translate a document and the shipments below it; payments below it are of the order's own.

    Raises ``Unreadable`` with the element that cannot be read.
    """
    document = _document(element, hearing)
    found: list[Observed[Order] | Attached] = [document]
    for row in every(fields(element).get(BELOW), ONE_BELOW):
        paper = Paper.of(row, hearing)
        if text(paper.own.get("ХозОперация")) == SHIPMENT:
            id_ = text(paper.own.get("Ид"))
            if id_ is None:
                raise Unreadable(NO_ID, row)
            shipment = _attached(plain_id(id_), paper, SHIPMENT)
            found.append(replace(shipment, order=document.external_id))
    return found


def _document(element: Element, hearing: Hearing) -> Observed[Order] | Attached:
    paper = Paper.of(element, hearing)
    id_ = text(paper.own.get("Ид"))
    if id_ is None:
        raise Unreadable(NO_ID, element)
    operation = text(paper.own.get("ХозОперация")) or ORDER
    if operation in OPERATIONS or operation == SHIPMENT:
        return _attached(plain_id(id_), paper, operation)
    if operation != ORDER:
        raise Unreadable(_OTHER_OPERATION, paper.own["ХозОперация"])
    return _order(plain_id(id_), paper)


def _is_deleted(paper: Paper) -> bool:
    marked = value(paper.own.get("ПометкаУдаления"), switch)
    return bool(marked or paper.said.switch("ПометкаУдаления"))


def _order(id_: str, paper: Paper) -> Observed[Order]:
    own = paper.own
    told: dict[str, Any] = {}
    if "Номер" in own:
        told["number"] = text(own["Номер"])
    if "Дата" in own:
        clock = text(own.get("Время")) or ""
        told["placed_at"] = value(own["Дата"], lambda its: moment(its, paper.mapping.zone, clock))
    _say_status(told, paper)
    _say_comments(told, paper)
    buyer = buyer_of(own.get("Контрагенты"))
    if buyer is not None:
        told["contact"] = contact_from(buyer, paper.remarks)
    _say_goods(told, paper)
    payments = payments_from(paper)
    if payments is not None:
        told["payments"] = payments
    _say_shop(told, paper)
    _say_codes(told, paper)
    _say_attributes(told, paper)
    party = None if buyer is None else text(fields(buyer).get("Ид"))
    return Observed(
        external_id=id_,
        entity=Order(**told),
        version=text(own.get("НомерВерсии")),
        customer_external_id=party and plain_id(party),
        deleted=_is_deleted(paper),
        remarks=tuple(paper.remarks),
    )


def _say_status(told: dict[str, Any], paper: Paper) -> None:
    """Cancelled wins; then the status by its id, its whole text, its code in brackets, its name."""
    if paper.said.switch("Отменен") or _is_deleted(paper):
        told["status"] = OrderStatus.CANCELLED
        return
    shown = paper.said.text("Статус заказа") or ""
    code, bracket, name = shown.removeprefix("[").partition("] ")
    id_ = paper.said.text("Статуса заказа ИД")
    names = [it for it in (id_, shown, *((code, name) if bracket else ())) if it]
    known = paper.mapping.statuses
    status = next((known[it] for it in names if it in known), None)
    if status is not None:
        told["status"] = status
    elif names:
        paper.remarks.append(f"status: {names[0]} is not mapped")


def _say_comments(told: dict[str, Any], paper: Paper) -> None:
    """A site's comment is the buyer's unless a requisite has that one; 1C's is the manager's."""
    own, said = paper.own, paper.said
    if _BUYERS_COMMENT in said:
        told["customer_comment"] = said.text(_BUYERS_COMMENT)
    if "Комментарий" in own:
        is_buyers = paper.hearing.sender is Sender.SITE and _BUYERS_COMMENT not in said
        told["customer_comment" if is_buyers else "manager_comment"] = text(own["Комментарий"])
    if "Причина отмены" in said:
        told["cancel_reason"] = said.text("Причина отмены")


def _say_goods(told: dict[str, Any], paper: Paper) -> None:
    """Say lines, discounts, delivery. Where goods are listed, no delivery row is free delivery."""
    own, hearing, currency = paper.own, paper.hearing, paper.currency
    delivery: dict[str, Any] = {}
    if "Товары" in own:
        rows = rows_from(own["Товары"], hearing.sender, currency, hearing.mapping)
        told["lines"] = rows.lines
        delivery["cost"] = Money(amount=rows.delivery_cost, currency=currency)
    if "Скидки" in own:
        told["discounts"] = discounts_from(tuple(reductions_from(own["Скидки"])), currency)
    delivery |= _delivery(paper)
    if delivery:
        told["delivery"] = Delivery(**delivery)


def _delivery(paper: Paper) -> dict[str, Any]:
    """Read how goods travel. Names differ between orders and shipments."""
    said = paper.said
    told: dict[str, Any] = {}
    method = code_of(paper.mapping.delivery_methods, *(said.text(it) for it in _METHODS))
    if method is not None:
        told["method"] = method
    elif first := said.first(*_METHODS):
        paper.remarks.append(f"delivery.method: {first} is not mapped")
    if address := said.text("Адрес доставки"):
        told["address"] = Address(text=address)
    if "Идентификатор отправления" in said:
        told["tracking_number"] = said.text("Идентификатор отправления")
    return told


def _say_shop(told: dict[str, Any], paper: Paper) -> None:
    shown = paper.said.text("Сайт")
    if shown is None:
        return
    code = shown.removeprefix("[").partition("]")[0]
    shop = code_of(paper.mapping.shops, code, shown)
    if shop is None:
        paper.remarks.append(f"shop: {code} is not mapped")
    else:
        told["shop"] = shop


def _say_codes(told: dict[str, Any], paper: Paper) -> None:
    """Say card and promo codes: of the account's own requisites, and those of discounts."""
    said, mapping = paper.said, paper.mapping
    if mapping.card_requisite and mapping.card_requisite in said:
        told["card_number"] = said.text(mapping.card_requisite)
    discounts = [*told.get("discounts", ())]
    discounts += [it for line in told.get("lines", ()) for it in line.discounts]
    codes = {discount.code for discount in discounts if discount.code}
    if mapping.promo_requisite and mapping.promo_requisite in said:
        codes |= set((said.text(mapping.promo_requisite) or "").replace(",", " ").split())
    elif not codes:
        return
    told["promo_codes"] = tuple(sorted(codes))


def _say_attributes(told: dict[str, Any], paper: Paper) -> None:
    """Say attributes by requisite, else by an element of the document (``Номер1С``)."""
    wanted = paper.mapping.order_attributes
    if wanted:
        leaves = {name: text(it) for name, it in paper.own.items() if not len(it)}
        known = {**leaves, **paper.said.texts}
        attributes = {code: known[name] for code, name in wanted.items() if name in known}
        if attributes:
            told["attributes"] = attributes


def _attached(id_: str, paper: Paper, operation: str) -> Attached:
    payment = delivery = shipped = None
    if operation == SHIPMENT:
        delivery = Delivery(**_delivery(paper))
        shipped = paper.said.switch("Отгружено", "Отгружен")
    else:
        payment = attached_payment(id_, paper, operation)
    return Attached(
        external_id=id_,
        order=text(paper.own.get("Основание")),
        operation=operation,
        number=text(paper.own.get("Номер")),
        payment=payment,
        delivery=delivery,
        shipped=shipped,
        deleted=_is_deleted(paper) or bool(paper.said.switch("Отменен")),
        version=text(paper.own.get("НомерВерсии")),
        remarks=tuple(paper.remarks),
    )
