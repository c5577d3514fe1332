"""A stored order and how it is found (sections 13, 14, 16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.parts import Discount
from mocks.mindbox.project import Project
from mocks.mindbox.promotions import Promotion
from mocks.mindbox.reading import Json, camel, node, text
from mocks.mindbox.stock import PromoCode

CHECKED_OUT, PAID, DELIVERED = "checkedOut", "paid", "delivered"
CANCELLED, RETURNED = "cancelled", "returned"
CLOSED = frozenset({CANCELLED, RETURNED})
EARNING = frozenset({PAID, DELIVERED})


@dataclass
class OrderLine:
    """One line; ``total`` is the price of the line after everything, in kopecks."""

    line_id: str
    number: int
    product: Json
    quantity: Decimal
    price: int
    floor: int
    status: str
    total: int
    discounts: list[Discount] = field(default_factory=list)
    spent: int = 0
    earned: int = 0
    is_accrued: bool = False
    custom: Json = field(default_factory=dict)
    gift_card: str = ""
    quantity_type: str = "int"


@dataclass
class Order:
    """One order. ``promotions`` and ``available`` are what its first save could use."""

    id: int
    created: datetime
    changed: datetime
    ids: dict[str, str] = field(default_factory=dict)
    customer_id: int | None = None
    place: str = ""
    area: str = ""
    lines: list[OrderLine] = field(default_factory=list)
    delivery: int = 0
    delivery_discounts: list[tuple[Promotion, int]] = field(default_factory=list)
    payments: list[Json] = field(default_factory=list)
    coupons: list[str] = field(default_factory=list)
    issued: list[tuple[Promotion, PromoCode]] = field(default_factory=list)
    custom: Json = field(default_factory=dict)
    promotions: tuple[Promotion, ...] | None = None
    available: int = 0
    transaction: str = ""
    is_open: bool = False
    stated_total: int | None = None
    gift_payments: dict[str, int] = field(default_factory=dict)


def category(project: Project, status: str, where: str = "/order/lines/status") -> str:
    """Return the category of a status.

    Raises:
        ProtocolRefused: the project has no such status.
    """
    found = project.settings.statuses.get(status)
    if found is None:
        msg = f"{where}: статус позиции заказа {status} не найден"
        raise ProtocolRefused(msg)
    return found


def total(project: Project, order: Order) -> int:
    """Return the price after cancelled and returned lines; nothing left, no delivery either."""
    active = active_lines(project, order)
    if order.stated_total is not None and len(active) == len(order.lines):
        return order.stated_total
    return sum(line.total for line in active) + order.delivery if active else 0


def active_lines(project: Project, order: Order) -> list[OrderLine]:
    """Return the lines that are neither cancelled nor returned."""
    return [line for line in order.lines if category(project, line.status) not in CLOSED]


def read_ids(project: Project, sent: Mapping[str, object]) -> dict[str, str]:
    """Return the ids of an ``order`` node; ``mindboxId`` is left as it is.

    Raises:
        ProtocolRefused: an id of a system that the project does not know.
    """
    found: dict[str, str] = {}
    for key, value in sent.items():
        if not text(value):
            continue
        if key == "mindboxId":
            found[key] = text(value)
            continue
        for known in project.settings.order_id_keys:
            if key in {known, camel(known)}:
                found[known] = text(value)
                break
        else:
            msg = f"/order/ids/{key}: неизвестная внешняя система"
            raise ProtocolRefused(msg)
    return found


def lookup(project: Project, ids: Mapping[str, str]) -> Order | None:
    """Find an order by any of its ids.

    Raises:
        ProtocolRefused: the ids belong to different orders.
    """
    found: set[int] = set()
    for key, value in ids.items():
        if key == "mindboxId":
            number = int(value) if value.isascii() and value.isdigit() else None
            number = number if number in project.orders else None
        else:
            number = project.order_by_id.get((key, value))
        if number is not None:
            found.add(number)
    if len(found) > 1:
        msg = "/order/ids: идентификаторы принадлежат разным заказам"
        raise ProtocolRefused(msg)
    return project.orders[found.pop()] if found else None


def existing(project: Project, body: Json) -> Order:
    """Return the order that a step cannot do without, and bind further ids to it (13.2).

    Raises:
        ProtocolRefused: there is none.
    """
    ids = read_ids(project, node(body, "order", "ids"))
    if not ids:
        msg = "/order/ids: не передан идентификатор заказа"
        raise ProtocolRefused(msg)
    order = lookup(project, ids)
    if order is None:
        msg = "/order/ids: заказ не найден"
        raise ProtocolRefused(msg)
    bind(project, order, ids)
    return order


def bind(project: Project, order: Order, ids: Mapping[str, str]) -> None:
    """Give an order further external ids."""
    for key, value in ids.items():
        if key != "mindboxId":
            order.ids[key] = value
            project.order_by_id[key, value] = order.id


def ids_block(project: Project, order: Order, *, is_suffixed: bool) -> Json:
    """Return ``ids`` with keys as sent, or as history and exports spell them (section 6)."""
    suffix = "Id" if is_suffixed and project.settings.order_id_suffix == "suffixId" else ""
    return {
        "mindboxId": order.id,
        **{camel(key) + suffix: value for key, value in order.ids.items()},
    }
