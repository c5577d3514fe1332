"""Writer of orders in both directions, document by document.

As a site (``Sender.SITE``, vendor reference of Bitrix, 3.3-3.5): discounted unit prices, payment in
requisites up to 2.09, documents of their own from 2.10 on, units and contact types by version.
As 1C (``Sender.ONEC``, sections 3.6 and 10.15): prices before discounts, in the order of the
schema. What real systems add outside the schema 2.10: ``НомерВерсии`` (when there is a version),
``Основание`` of payments and shipments that stand beside their order, the type
``Электронная почта``, the complex ``Единица`` of sites.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from gateway.canonical import Order, Payment, PaymentState
from gateway.contract import Observed, TranslationFailed

from .documents import BELOW, ONE_BELOW, ORDER, SHIPMENT
from .mapping import CommerceMlMapping
from .markup import (
    COMMENT_LIMIT,
    ID_LIMIT,
    ROOT,
    WriteOptions,
    box,
    checked_id,
    encoded,
    leaf,
    root,
)
from .payments import CASHLESS
from .requisites import SEPARATE
from .rows import Sender
from .values import KOPECK, written
from .write_parties import counterparties
from .write_requisites import order_requisites, payment_requisites, shipment_requisites
from .write_rows import RowWriter, order_reductions, order_total

Orders: TypeAlias = "Iterable[Observed[Order]]"
OLD = Decimal("2.05")
_SITE_FORMATS = (
    ("ФорматДаты", "ДФ=yyyy-MM-dd; ДЛФ=DT"),
    ("ФорматВремени", "ДФ=ЧЧ:мм:сс; ДЛФ=T"),
    ("РазделительДатаВремя", "T"),
    ("ФорматСуммы", "ЧЦ=18; ЧДЦ=2; ЧРД=."),
    ("ФорматКоличества", "ЧЦ=18; ЧДЦ=2; ЧРД=."),
)
_EMPTY_DATE = "0001-01-01"
_TWO_CURRENCIES = "the document has one currency and the order has several"


@dataclass(frozen=True, slots=True)
class OrderWriter:
    """Writes files of orders in the words of one account.

    The file comes in pieces of bytes. ``TranslationFailed`` is raised for an order that the format
    cannot hold, before anything of it is written; ``path`` names the field.
    """

    mapping: CommerceMlMapping
    options: WriteOptions
    sender: Sender

    def orders(self, orders: Orders) -> Iterator[bytes]:
        """Write ``Документ`` for each order; from 2.10 on payments and shipment have their own.

        Beside the order 1C writes no shipment: it would need the site's number of it. Below the
        order (``WriteOptions.below``) there is no need for one.
        """
        return encoded(self._texts(orders), self.options)

    def _texts(self, orders: Orders) -> Iterator[str]:
        options = self.options
        if self.sender is Sender.SITE:
            # A site prints the version as the float that it compares: 2.10 is 2.1.
            shown = replace(options, version=written(options.number))
            yield root(shown, self.mapping.zone, _SITE_FORMATS)
        else:
            yield root(options, self.mapping.zone)
        for record in orders:
            yield "".join(self._documents(record))
        yield f"</{ROOT}>"

    def _documents(self, record: Observed[Order]) -> Iterator[str]:
        currency, options = self._currency(record.entity), self.options
        is_separate = options.number >= SEPARATE
        attached = tuple(self._attached(record, currency)) if is_separate else ()
        yield self._order(record, currency, attached if options.below else ())
        if not options.below:
            yield from attached

    def _attached(self, record: Observed[Order], currency: str) -> Iterator[str]:
        for payment in record.entity.payments:
            yield self._payment(record, payment, currency)
        is_told = self.sender is Sender.SITE or self.options.below
        if is_told and record.entity.delivery is not None:
            yield self._shipment(record, currency)

    def _currency(self, order: Order) -> str:
        amounts = [line.price for line in order.lines] + [line.base_price for line in order.lines]
        amounts += [payment.amount for payment in order.payments]
        amounts += [order.delivery.cost] if order.delivery else []
        found = {amount.currency for amount in amounts if amount is not None}
        if len(found) > 1:
            raise TranslationFailed(_TWO_CURRENCIES, path="lines")
        return found.pop() if found else self.mapping.currency

    def _order(self, record: Observed[Order], currency: str, below: Sequence[str]) -> str:
        order, number = record.entity, self.options.number
        rows = RowWriter(self.mapping, number, self.sender)
        parts = [
            self._opening(record.external_id, order.number, order.placed_at, ORDER),
            self._sums(currency, order_total(order), record.version),
            counterparties(record, number, self.sender),
            leaf("Время", self._local(order.placed_at, "%H:%M:%S")) if order.placed_at else "",
            self._comment(order),
            order_reductions(order),
            rows.goods(order),
            order_requisites(record, self.mapping, self.options.number, self.sender),
            box(BELOW, *below) if below else "",
        ]
        return box("Документ", *parts)

    def _payment(self, record: Observed[Order], payment: Payment, currency: str) -> str:
        is_back = payment.state is PaymentState.REFUNDED
        operation = self.mapping.payment_operations.get(payment.method or "", CASHLESS)
        if is_back:
            operation = operation.replace("Выплата", "Возврат")
        amount = payment.amount.amount if payment.amount else Decimal(0)
        based_on = record.external_id
        if self.sender is Sender.ONEC:
            based_on = record.entity.number or based_on
        at = payment.paid_at or record.entity.placed_at
        parts = [
            self._opening(payment.id, payment.id, at, operation, based_on),
            self._sums(currency, amount, None),
            counterparties(record, self.options.number, self.sender),
            leaf("Время", self._local(at, "%H:%M:%S")) if at else "",
            payment_requisites(payment, self.mapping, self.sender),
        ]
        return self._paper(*parts)

    def _shipment(self, record: Observed[Order], currency: str) -> str:
        """Write the only shipment; an order's delivery has no id, so it is the order's with -1."""
        order, number = record.entity, self.options.number
        id_ = f"{record.external_id}-1"
        parts = [
            self._opening(id_, id_, order.placed_at, SHIPMENT, record.external_id),
            self._sums(currency, order_total(order), None),
            counterparties(record, number, self.sender),
            leaf("Время", self._local(order.placed_at, "%H:%M:%S")) if order.placed_at else "",
            RowWriter(self.mapping, number, self.sender).goods(order),
            shipment_requisites(record, self.mapping),
        ]
        return self._paper(*parts)

    def _paper(self, *parts: str) -> str:
        """Write what is attached to an order: a document of its own, or one below the order."""
        return box(ONE_BELOW if self.options.below else "Документ", *parts)

    def _opening(
        self,
        id_: str,
        number: str | None,
        at: datetime | None,
        operation: str,
        based_on: str | None = None,
    ) -> str:
        parts = [
            leaf("Ид", checked_id(id_, ID_LIMIT, "external_id")),
            leaf("Номер", number or id_),
            # Below its order a document needs no ground, and the schema has none.
            leaf("Основание", based_on) if based_on and not self.options.below else "",
            leaf("Дата", self._local(at, "%Y-%m-%d") if at else _EMPTY_DATE),
            leaf("ХозОперация", operation),
            leaf("Роль", "Продавец"),
        ]
        return "".join(parts)

    def _sums(self, currency: str, total: Decimal, version: str | None) -> str:
        parts = [leaf("Валюта", currency), leaf("Курс", "1"), leaf("Сумма", written(total, KOPECK))]
        if version and self.options.number > OLD:
            parts.append(leaf("НомерВерсии", version))
        return "".join(parts)

    def _comment(self, order: Order) -> str:
        """Write the comment that the reader takes for it: see ``documents``."""
        said = order.model_fields_set
        is_buyers = self.sender is Sender.SITE and "manager_comment" not in said
        if is_buyers and "customer_comment" in said:
            return leaf("Комментарий", order.customer_comment, COMMENT_LIMIT)
        if "manager_comment" in said:
            return leaf("Комментарий", order.manager_comment, COMMENT_LIMIT)
        return ""

    def _local(self, at: datetime, form: str) -> str:
        return at.astimezone(self.mapping.zone).strftime(form)
