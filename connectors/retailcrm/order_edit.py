"""Order edit: one order is told what changed, in as many calls as that takes.

Once the first call has had its effect, no later failure may sound as if nothing had happened: the
core would forget what was in flight, and take our own values for the CRM's when it reads them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.canonical import Kind, Order, Payment
from gateway.contract import (
    Change,
    ConnectorError,
    OutcomeUnknown,
    PermanentError,
    Rejected,
    StaleWrite,
    Written,
)

from .client import RetailCrmClient
from .errors import ALREADY_EXISTS
from .touched import touched_items
from .translator import changed_parts, differs
from .translator_order import OrderTranslator
from .wire import OrderWire, PaymentWire

T = TypeVar("T")


@dataclass(slots=True)
class OrderEdit:
    """One edit. ``current`` is the order as it is now, read where lines or payments changed."""

    client: RetailCrmClient
    translator: OrderTranslator
    change: Change[Order]
    current: OrderWire | None
    has_begun: bool = False

    async def run(self) -> Written[Order]:
        """Tell the order, then its payments.

        Raises:
            StaleWrite: the same part of a line or payment changed there too; nothing was sent.
            OutcomeUnknown: some of it may have arrived. All of it can be repeated.
        """
        change = self.change
        if self.current is not None and self.translator.is_overtaken(change, self.current):
            msg = "the order changed at the vendor since it was read, in the same place"
            raise StaleWrite(msg, operation="orders/edit", vendor_code="changed_there")
        try:
            answer = await self._tell_order()
            await self._tell_payments()
        except ConnectorError as error:
            raise self._certain(error) from None
        held = answered(self.translator, change, answer)
        return Written(change.external_id or "", held=held)

    def _certain(self, error: ConnectorError) -> ConnectorError:
        """Return the error, or that of an open outcome when a part of the edit had its effect.

        A refusal keeps its name, because it would come again: a person must see it.
        """
        if not self.has_begun or isinstance(error, PermanentError):
            return error
        return OutcomeUnknown(
            f"the order was edited, but not all of it: {error.reason}",
            operation=error.operation,
            vendor_code=error.vendor_code,
            http_status=error.http_status,
            retry_after_s=error.retry_after_s,
        )

    async def _send(self, call: Awaitable[T]) -> T:
        answer = await call
        self.has_begun = True
        return answer

    async def _edit(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        external_id = self.change.external_id or ""
        body = await self._send(self.client.edit(Kind.ORDER, external_id, row))
        return dict(body.get("order") or {})

    async def _tell_order(self) -> Mapping[str, Any]:
        row = self.translator.patch(self.change, self.current)
        if not row:
            return {}
        answer = await self._edit(row)
        return await self._without_left_lines(answer) if "items" in row else answer

    async def _without_left_lines(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Cancel lines that the edit left standing: not every account removes what is not sent."""
        order = read_order(answer)
        if order is None or not self.translator.settings.removed_line_status:
            return answer
        gone = self.translator.removed_rows(self.change, self.current)
        items = self.translator.line.without(order.items, gone)
        return answer if items is None else await self._edit({"items": items})

    async def _tell_payments(self) -> None:
        touched = touched_items(self.change.changed, "payments")
        for payment in self.change.entity.payments:
            if payment.id in touched:
                await self._pay(payment, touched[payment.id])

    async def _pay(self, payment: Payment, fields: frozenset[str]) -> None:
        row = self._row(self.current, payment)
        if row is None:
            row = await self._added(payment)
        if row is None:
            return
        patch = self.translator.payment.patch(payment, fields)
        if patch:
            await self._send(self.client.edit_payment(str(row.id), patch))

    async def _added(self, payment: Payment) -> PaymentWire | None:
        """Add a payment; return the one that a late commit of an earlier call has added."""
        external_id = self.change.external_id or "0"
        whole = {**self.translator.payment.creation(payment), "order": {"id": int(external_id)}}
        try:
            await self._send(self.client.create_payment(whole))
        except Rejected as error:
            if error.vendor_code != ALREADY_EXISTS:
                raise
            listed = await self.client.by_ids(Kind.ORDER, [external_id])
            row = next((self._row(read_order(one), payment) for one in listed.rows), None)
            if row is None:
                # Another order has it, and that one is not ours to change here.
                raise
            return row
        return None

    def _row(self, order: OrderWire | None, payment: Payment) -> PaymentWire | None:
        name = self.translator.payment.payment_id
        rows = order.payments if order else ()
        return next((row for row in rows if name(row) == payment.id), None)


def read_order(row: Mapping[str, Any]) -> OrderWire | None:
    """Read an order; one that cannot be read is as good as not answered."""
    try:
        return OrderWire.model_validate(row) if row else None
    except ValidationError:
        return None


def answered(
    translator: OrderTranslator, change: Change[Order], answer: Mapping[str, Any]
) -> Order | None:
    """Return the order as the vendor answered it, when that differs from what was sent.

    Payments are told after the edit, so its answer is older than they are.
    """
    order = read_order(answer)
    if order is None:
        return None
    try:
        held = translator.observed(order).entity
    except ValidationError:
        # It is written; what of it cannot be read shows when it is read again.
        return None
    if change.external_id is not None and "payments" in changed_parts(change.changed):
        held = held.model_copy(update={"payments": change.entity.payments})
    return held if differs(held, change.entity) else None
