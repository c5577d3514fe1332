"""Message translator for orders, outbound: a desired order → the commands that make it so. Pure.

The shop has no call that sets a part of an order conditionally, so a plan is the difference between
what is wanted and what the shop was just read to hold, within the paths that changed. Rows carry
the canonical ids as their external ids: a plan made again after a cut finds what is there already.
The last command of every plan answers with the whole order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from gateway.canonical import Order, OrderStatus
from gateway.contract import Change

from .batch import Command, Ref
from .config import BitrixSettings
from .order_parts import first_id, row_ids, site_of, status_code
from .order_properties import PropertyIds, property_rows
from .order_rows import line_changes, line_fields, payment_changes, payment_fields
from .translator_order import visible_shipments
from .values import clean, site_time
from .wire import WireOrder

_IN_PARTS = frozenset(
    {"lines", "payments", "delivery", "contact", "promo_codes", "card_number", "attributes"}
)


def needs_reading(change: Change[Order]) -> bool:
    """Tell whether the order's parts must be read before it can be edited."""
    heads = {path.partition("/")[0] for path in change.changed}
    return change.known is None or not heads.isdisjoint(_IN_PARTS)


@dataclass(slots=True)
class OrderPlan:
    """Commands for one order; ``current`` is what the shop holds, ``None`` when it was not read."""

    change: Change[Order]
    current: WireOrder | None
    settings: BitrixSettings
    properties: PropertyIds
    created: Command | None = None
    commands: list[Command] = field(default_factory=list)
    _rows: dict[str, object] = field(default_factory=dict)

    def make(self) -> OrderPlan:
        """Fill in the commands.

        Raises: ``Rejected`` when the shop's setup cannot take the order; the text names the remedy.
        """
        if self.order_id is None:
            self._create()
        if self.current is not None or self.created is not None:
            self._lines()
            self._shipment()
            self._payments()
            self._properties()
        self._finish()
        return self

    @property
    def order_id(self) -> object:
        """The order's id: known, read, or to be answered by the command that creates it."""
        if self.created is not None:
            return Ref(self.created, ("order", "id"))
        if self.current is not None:
            return self.current.id
        return self.change.external_id

    @property
    def _wanted(self) -> Order:
        return self.change.entity

    def _add(self, method: str, params: Mapping[str, Any]) -> Command:
        command = Command(method, params)
        self.commands.append(command)
        return command

    def _speaks(self, name: str) -> bool:
        """Tell whether a field is wanted and may be touched."""
        if name not in self._wanted.model_fields_set:
            return False
        changed = {path.partition("/")[0] for path in self.change.changed}
        return self.change.known is None or name in changed

    def _touched(self, name: str, key: str) -> bool:
        """Tell whether an item of a collection may be touched."""
        return bool(self._parts(name, key))

    def _parts(self, name: str, key: str) -> frozenset[str]:
        """Return which fields of an item changed; the empty name stands for the item itself."""
        if self.change.known is None:
            return frozenset({""})
        steps = (path.split("/") for path in self.change.changed)
        return frozenset(
            s[2] if len(s) > 2 else ""  # noqa: PLR2004 - collection, key, field
            for s in steps
            if s[0] == name and len(s) > 1 and unquote(s[1]) == key
        )

    def _create(self) -> None:
        settings, wanted = self.settings, self._wanted
        fields: dict[str, Any] = {
            "lid": site_of(wanted.shop, settings),
            "personTypeId": settings.person_type_id,
            "currency": settings.currency,
            "xmlId": self.change.key,
        }
        if self.change.customer_external_id is not None and settings.flavour == "site":
            fields["userId"] = self.change.customer_external_id
        if wanted.status not in {None, OrderStatus.CANCELLED}:
            fields["statusId"] = status_code(wanted.status or OrderStatus.NEW, settings)
        if wanted.placed_at is not None:
            fields["dateInsert"] = site_time(wanted.placed_at, settings.zone())
        if wanted.customer_comment is not None:
            fields["userDescription"] = wanted.customer_comment
        if wanted.manager_comment is not None:
            fields["comments"] = wanted.manager_comment
        self.created = self._add("sale.order.add", {"fields": fields})

    def _lines(self) -> None:
        rows = {} if self.current is None else {row.id: row for row in self.current.basket_items}
        ids = row_ids(list(rows.values()))
        by_key = {ids[row_id]: row for row_id, row in rows.items()}
        self._rows = {key: row.id for key, row in by_key.items()}
        if not self._speaks("lines"):
            return
        for line in self._wanted.lines:
            row = by_key.get(line.id)
            if not self._touched("lines", line.id):
                continue
            if row is None:
                command = self._add(
                    "sale.basketitem.add",
                    {"fields": {"orderId": self.order_id, **line_fields(line, self.settings)}},
                )
                self._rows[line.id] = Ref(command, ("basketItem", "id"))
            elif changes := line_changes(line, row):
                self._add("sale.basketitem.update", {"id": row.id, "fields": changes})
        for key in self._dropped("lines"):
            if key in by_key:
                self._add("sale.basketitem.delete", {"id": by_key[key].id})

    def _dropped(self, name: str) -> Iterator[str]:
        """Yield ids that the shop was known to hold and that are not wanted any more.

        A row that somebody added meanwhile is not known and stays.
        """
        known = self.change.known
        wanted = {item.id for item in getattr(self._wanted, name)}
        for item in getattr(known, name) if known is not None else ():
            if item.id not in wanted and self._touched(name, item.id):
                yield item.id

    def _shipment(self) -> None:
        """Make the delivery of an order of ours that has none; then it is the shop's own."""
        delivery, settings = self._wanted.delivery, self.settings
        known = self.change.known.delivery if self.change.known else None
        if not self._speaks("delivery") or delivery is None or delivery.cost is None:
            return
        if known is not None and known.cost is not None:
            return
        if self.current is not None and visible_shipments(self.current):
            return
        service = first_id(settings.deliveries, delivery.method, settings.default_delivery)
        fields: dict[str, Any] = {
            "orderId": self.order_id,
            "deliveryId": service,
            "allowDelivery": "N",
            "deducted": "N",
            "basePriceDelivery": delivery.cost.amount,
            "xmlId": f"{self.change.key}-s",
        }
        if delivery.tracking_number is not None:
            fields["trackingNumber"] = delivery.tracking_number
        shipment = self._add("sale.shipment.add", {"fields": fields})
        for line in self._wanted.lines:
            if line.id not in self._rows:
                continue
            item = {
                "orderDeliveryId": Ref(shipment, ("shipment", "id")),
                "basketId": self._rows[line.id],
                "quantity": line.quantity,
            }
            self._add("sale.shipmentitem.add", {"fields": item})

    def _payments(self) -> None:
        rows = [] if self.current is None else self.current.payments
        ids = row_ids(rows)
        by_key = {ids[row.id]: row for row in rows}
        # The sum of a sole open payment follows the price when rows change (2.2), so it is sent
        # again even when it was right before.
        follows = any(command.method.startswith("sale.basketitem") for command in self.commands)
        for payment in self._wanted.payments if self._speaks("payments") or follows else ():
            row = by_key.get(payment.id)
            parts = self._parts("payments", payment.id)
            may_add = self._speaks("payments") and bool(parts)
            if row is None and may_add:
                self._add(
                    "sale.payment.add",
                    {
                        "fields": {
                            "orderId": self.order_id,
                            **payment_fields(payment, self.settings),
                        }
                    },
                )
            elif row is not None and (may_add or follows):
                changes = payment_changes(
                    payment, row, self.settings, parts=parts, is_forced=follows
                )
                if changes:
                    self._add("sale.payment.update", {"id": row.id, "fields": changes})
        for key in self._dropped("payments") if self._speaks("payments") else ():
            if key in by_key and by_key[key].paid != "Y":
                self._add("sale.payment.delete", {"id": by_key[key].id})

    def _properties(self) -> None:
        names = ("contact", "delivery", "promo_codes", "card_number", "attributes")
        spoken = frozenset(name for name in names if self._speaks(name))
        rows = property_rows(
            self._wanted, spoken, self.current, settings=self.settings, ids=self.properties
        )
        if rows is not None:
            fields = {"order": {"id": self.order_id, "propertyValues": rows}}
            self._add("sale.propertyvalue.modify", {"fields": fields})

    def _finish(self) -> None:
        """Send the order's own fields last: a cancellation needs its payments settled before."""
        fields = self._own_fields()
        if fields:
            self._add("sale.order.update", {"id": self.order_id, "fields": fields})
        else:
            self._add("sale.order.get", {"id": self.order_id})

    def _own_fields(self) -> dict[str, Any]:
        wanted, current = self._wanted, self.current
        fields: dict[str, Any] = {}
        if self._speaks("status") and wanted.status is not None:
            fields |= self._status(wanted.status)
        if self._speaks("cancel_reason"):
            there = clean(current.reason_canceled) if current else None
            if wanted.cancel_reason not in {None, there}:
                fields["reasonCanceled"] = wanted.cancel_reason
        if self.created is not None:
            return fields
        for name, wire_name, there in (
            ("customer_comment", "userDescription", current.user_description if current else None),
            ("manager_comment", "comments", current.comments if current else None),
        ):
            text = getattr(wanted, name)
            if self._speaks(name) and text not in {None, clean(there, 2000)}:
                fields[wire_name] = text
        return fields

    def _status(self, status: OrderStatus) -> dict[str, Any]:
        """Return status and cancellation: two fields of the shop, one of the gateway."""
        current = self.current
        if status is OrderStatus.CANCELLED:
            return {} if current and current.canceled == "Y" else {"canceled": "Y"}
        if self.created is not None:
            return {}
        code = status_code(status, self.settings)
        fields: dict[str, Any] = {}
        known = self.change.known
        if current is None or self.settings.statuses.get(current.status_id or "") is not status:
            fields["statusId"] = code
        was_cancelled = known is not None and known.status is OrderStatus.CANCELLED
        if current.canceled == "Y" if current else was_cancelled:
            fields["canceled"] = "N"
        return fields
