"""Payment translator: payments of an order, told apart by their external id. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from gateway.canonical import Money, Payment, PaymentState

from .codes import Books
from .translator import held_moment, moment_of, moment_text
from .translator_lines import born_id
from .wire import PaymentWire


@dataclass(frozen=True, slots=True)
class PaymentTranslator:
    """Translates payments of one account."""

    books: Books
    zone: tzinfo
    currency: str

    def payment_id(self, wire: PaymentWire) -> str:
        """Return the payment's stable id: ours, or one made of the CRM's own."""
        return wire.external_id or born_id(wire.id)

    def payments(self, rows: Iterable[PaymentWire], remarks: list[str]) -> tuple[Payment, ...]:
        """Read payments; unknown codes stay unspoken."""
        found: dict[str, Payment] = {}
        for row in rows:
            name = self.payment_id(row)
            name = born_id(row.id) if name in found else name
            fields: dict[str, Any] = {"paid_at": moment_of(row.paid_at, self.zone)}
            method = self.books.payment_types.meaning(row.type)
            state = self.books.payment_statuses.meaning(row.status)
            if method is None and row.type:
                remarks.append(f"payments.type: {row.type} is not mapped")
            else:
                fields["method"] = method
            if state is None and row.status:
                remarks.append(f"payments.status: {row.status} is not mapped")
            else:
                fields["state"] = state
            if row.amount is not None:
                fields["amount"] = Money(amount=row.amount, currency=self.currency)
            found[name] = Payment(id=name, **fields)
        return tuple(found.values())

    def held(self, payments: Sequence[Payment], known: Sequence[Payment]) -> tuple[Payment, ...]:
        """Reduce payments; what is known stays, because money once noted is not taken back here.

        A payment whose method has no code at all cannot be held.
        """
        before = {one.id: one for one in known}
        held = dict(before)
        for payment in payments:
            reduced = self._held(payment, before.get(payment.id))
            if payment.id in before or self.books.payment_types.code(reduced.method):
                held[payment.id] = reduced
        return tuple(held.values())

    def _held(self, payment: Payment, known: Payment | None) -> Payment:
        before = known or Payment(id=payment.id)
        amount = payment.amount
        if amount is None or amount.currency != self.currency:
            amount = before.amount
        if amount is not None:
            # With its currency spoken, as reading back gives it.
            amount = Money(amount=amount.amount, currency=self.currency)
        types = self.books.payment_types
        fields: dict[str, Any] = {
            "method": types.reduced(payment.method, before.method) or types.meaning(types.fallback),
            "state": self.books.payment_statuses.reduced(payment.state, before.state),
            "amount": amount,
            "paid_at": held_moment(payment.paid_at, self.zone) or before.paid_at,
        }
        if known is None and fields["state"] is None:
            # So the vendor makes a payment of which no state is told.
            fields["state"] = PaymentState.PENDING
        said = {name: value for name, value in fields.items() if value is not None}
        return Payment(id=payment.id, **said)

    def creation(self, payment: Payment) -> dict[str, Any]:
        """Return a payment to add; its external id keeps it from being added twice."""
        wire = self._wire(payment, frozenset(Payment.model_fields))
        return {
            "externalId": payment.id,
            **{name: value for name, value in wire.items() if value is not None},
        }

    def patch(self, payment: Payment, changed: frozenset[str]) -> dict[str, Any]:
        """Return what changed of a payment."""
        return self._wire(payment, changed)

    def _wire(self, payment: Payment, fields: frozenset[str]) -> dict[str, Any]:
        wire: dict[str, Any] = {}
        if "method" in fields and payment.method is not None:
            wire["type"] = self.books.payment_types.code(payment.method)
        if "state" in fields and payment.state is not None:
            wire["status"] = self.books.payment_statuses.code(payment.state)
        if "amount" in fields and payment.amount is not None:
            wire["amount"] = payment.amount.amount
        if "paid_at" in fields and payment.paid_at is not None:
            wire["paidAt"] = moment_text(payment.paid_at, self.zone)
        return wire
