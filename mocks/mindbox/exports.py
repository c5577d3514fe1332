"""Export tasks and their files (21.1 to 21.3)."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from mocks.mindbox import customer_view
from mocks.mindbox.actions import Action
from mocks.mindbox.clock import write
from mocks.mindbox.customer import Customer, names, subscriptions
from mocks.mindbox.order import Order, ids_block, total
from mocks.mindbox.order_answers import delivery_promotions
from mocks.mindbox.order_reads import line_block
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, amount

KEPT = timedelta(days=180)


@dataclass
class Export:
    """One task; it becomes ready after a number of polls."""

    id: str
    kind: str
    since: datetime | None
    till: datetime | None
    segment: str
    polls_left: int
    files: list[bytes] = field(default_factory=list)
    ready_at: datetime | None = None
    cancelled: str = ""

    @property
    def is_running(self) -> bool:
        """Tell whether the task is still at work."""
        return self.ready_at is None and not self.cancelled

    def names_same(self, other: Export) -> bool:
        """Tell whether another task has the same filters."""
        mine = self.kind, self.since, self.till, self.segment
        return mine == (other.kind, other.since, other.till, other.segment)


def finish(project: Project, export: Export) -> None:
    """Write the files with the present state of the project."""
    found = _rows(project, export)
    size = project.settings.export_part_rows
    parts = [found[at : at + size] for at in range(0, len(found), size)] or [[]]
    export.files = [
        gzip.compress(orjson.dumps({export.kind: part}), compresslevel=1, mtime=0) for part in parts
    ]
    export.ready_at = project.now()


def _rows(project: Project, export: Export) -> list[Json]:
    if export.kind == "customers":
        return [
            _customer(project, one)
            for one in list(project.customers.values())
            if _inside(export, one.changed)
            and (not export.segment or export.segment in one.segments.values())
        ]
    if export.kind == "orders":
        return [
            _order(project, one) for one in project.orders.values() if _inside(export, one.changed)
        ]
    return [_action(project, one) for one in project.actions if _inside(export, one.created)]


def _inside(export: Export, moment: datetime) -> bool:
    return (export.since is None or moment >= export.since) and (
        export.till is None or moment < export.till
    )


def _customer(project: Project, customer: Customer) -> Json:
    project.settle(customer)
    row: Json = {"ids": customer.all_ids(), **names(customer)}
    contacts = customer_view.contacts(project, customer)
    row |= {key: value for key, value in contacts.items() if not key.endswith("Confirmed")}
    if customer.area:
        row["area"] = {"ids": {"externalId": customer.area}}
    row["changeDateTimeUtc"] = write(customer.changed)
    if customer.custom:
        row["customFields"] = dict(customer.custom)
    if customer.subscriptions:
        row["subscriptions"] = subscriptions(customer)
    cards = [
        {
            "ids": {"number": card.number},
            "status": card.status,
            "type": {"ids": {"externalId": card.type_id}, "name": card.type_name},
        }
        for card in project.cards.values()
        if card.customer_id == customer.id
    ]
    if cards:
        row["discountCards"] = cards
    row["balances"] = customer_view.balances(project, customer)
    row["segmentations"] = _segmentations(project, customer)
    return row


def _segmentations(project: Project, customer: Customer) -> list[Json]:
    return [
        {
            "ids": {"externalId": segmentation},
            "name": project.segmentations.get(segmentation, segmentation),
            "segment": {
                "ids": {"externalId": segment},
                "name": project.segments.get((segmentation, segment), segment),
            },
        }
        for segmentation, segment in customer.segments.items()
    ]


def _order(project: Project, order: Order) -> Json:
    lines = []
    for line in order.lines:
        row = line_block(project, line)
        row["number"], row["id"] = row.pop("lineNumber"), row.pop("lineId")
        lines.append(row)
    found: Json = {
        "deliveryCost": amount(order.delivery),
        "totalPrice": amount(total(project, order)),
        "ids": ids_block(project, order, is_suffixed=True),
        "firstAction": {"dateTimeUtc": write(order.created)},
        "appliedPromotions": delivery_promotions(order.delivery_discounts),
        "lines": lines,
    }
    if order.place:
        found["firstAction"]["channel"] = {"ids": {"externalId": order.place}}
    customer = project.customers.get(order.customer_id or 0)
    if customer is not None:
        found["customer"] = {"ids": customer.all_ids()}
    if order.area:
        found["area"] = {"ids": {"externalId": order.area}}
    if order.custom:
        found["customFields"] = order.custom
    if order.transaction:
        found["transaction"] = {"ids": {"externalId": order.transaction}}
    return found


def _action(project: Project, action: Action) -> Json:
    row = action.head()
    row["creationDateTimeUtc"] = write(action.created)
    if action.place:
        row["channel"] = {"ids": {"externalId": action.place}}
    customer = project.customers.get(action.customer_id)
    if customer is not None:
        row["customer"] = {"ids": customer.all_ids()}
    order = project.orders.get(action.order_id or 0)
    if order is not None:
        row["order"] = {"ids": ids_block(project, order, is_suffixed=True)}
    if action.changes:
        row["customerBalanceChanges"] = [
            change.as_json(kind_is_text=True) for change in action.changes
        ]
    return row | action.details


def file_of(project: Project, exports: Sequence[Export], number: str, part: int) -> bytes | None:
    """Return a file, None when there is none or its time is over."""
    for export in exports:
        if export.id == number and export.ready_at is not None:
            if project.now() >= export.ready_at + KEPT or not 1 <= part <= len(export.files):
                return None
            return export.files[part - 1]
    return None
