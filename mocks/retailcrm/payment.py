"""The payment of an order (reference, section 10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.shapes import Shape

if TYPE_CHECKING:
    from mocks.retailcrm.feed import Facts

PAYMENT = Shape(
    {
        **dict.fromkeys(("externalId", "type", "status", "comment"), shapes.text),
        "id": shapes.whole,
        "amount": shapes.number,
        "paidAt": shapes.moment,
        "order": Shape(
            {
                "id": shapes.whole,
                "externalId": shapes.text,
                "number": shapes.text,
                "site": shapes.text,
            }
        ),
    }
)
_IN_ORDER = ("id", "status", "type", "externalId", "amount", "paidAt", "comment")


@dataclass(slots=True)
class Payment:
    """One payment row: type, status, amount and, when given, externalId, paidAt, comment."""

    id: int
    values: dict[str, Any] = field(default_factory=dict)

    def facts(self) -> Facts:
        """Return what the feed reports of a payment, by the code after ``payments.``."""
        values = self.values
        plain = (
            ("externalId", "external_id"),
            ("amount", "amount"),
            ("comment", "comment"),
            ("paidAt", "paid_at"),
        )
        facts: Facts = {"status": {"code": values["status"]}, "type": {"code": values["type"]}}
        facts.update((code, values[wire]) for wire, code in plain if values.get(wire) is not None)
        return facts

    def view(self) -> dict[str, Any]:
        """Return the payment as an order shows it."""
        values = {"id": self.id, **self.values}
        return {name: values[name] for name in _IN_ORDER if values.get(name) is not None}

    def stub(self) -> dict[str, Any]:
        """Return the payment as the record of a changed field names it."""
        view = self.view()
        return {name: view[name] for name in ("id", "type", "externalId") if name in view}
