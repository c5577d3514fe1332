"""Facts: what was fed in, kept by the demo itself, so that the verdict does not ask the gateway."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from gateway.demo.day import Day, Placed

SITE_STATUS = {
    "N": "new", "A": "approval", "S": "assembling", "D": "delivery", "F": "complete",
}  # fmt: skip
CRM_STATUS = {
    "approval": "client-confirmed", "assembling": "assembling", "delivery": "delivering",
    "complete": "complete", "cancelled": "cancel-other",
}  # fmt: skip


@dataclass(slots=True)
class Facts:
    """Histories of values: ``customers[key][field]`` and ``orders[key][field]``, oldest first.

    ``cards`` are numbers with whether the card works. ``rivals`` are fields that were edited in two
    places at once: either value is right, the same one in both places is what counts.
    """

    day: Day
    customers: dict[int, dict[str, list[Any]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    orders: dict[int, dict[str, list[Any]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    numbers: dict[int, str] = field(default_factory=dict)
    site_users: dict[int, int] = field(default_factory=dict)
    site_orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    rivals: set[tuple[int, str]] = field(default_factory=set)
    cards: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))

    def registered(self, key: int) -> None:
        """Note a new customer."""
        person = self.day.people[key]
        for name in ("last", "first", "patronymic", "birth_date", "phone", "email"):
            self.customers[key][name].append(getattr(person, name))

    def edited(self, key: int, values: dict[str, Any]) -> None:
        """Note an edit of a customer."""
        for name, value in values.items():
            history = self.customers[key][name]
            if name == "first" and len(history) > 1:
                self.rivals.add((key, name))
            history.append(value)

    def placed(self, order: Placed, number: str) -> None:
        """Note an order."""
        history = self.orders[order.key]
        self.numbers[order.key] = number
        history["status"].append("new")
        history["paid"].append(order.paid)
        history["coupon"].append(order.coupon or "")
        history["card"].append(order.card or "")
        history["comment"].append(order.comment)
        history["manager_comment"].append("")
        history["email"].append(self.day.people[order.person].email)
        for line in order.lines:
            history[f"line:{line.product}:quantity"].append(line.quantity)
            history[f"line:{line.product}:price"].append(line.price)

    def changed(self, key: int, name: str, value: object) -> None:
        """Note a change of an order."""
        self.orders[key][name].append(value)
