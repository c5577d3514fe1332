"""Kept: what the law obliges to keep of an order, without the person. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from gateway.canonical import Order
from gateway.canonical.order import OrderStatus
from gateway.canonical.paths import Fields
from gateway.ports import EntityRow

_KEPT = frozenset(
    {
        "number", "channel", "shop", "customer_id", "status", "placed_at", "lines", "discounts",
        "points_spent", "points_earned", "payments", "delivery",
    }
)  # fmt: skip
_OF_DELIVERY = frozenset({"delivery/method", "delivery/cost"})
_CODE, _DISCOUNTS = "code", "discounts"
_UNDER_WAY = frozenset(
    {OrderStatus.NEW, OrderStatus.APPROVAL, OrderStatus.ASSEMBLING, OrderStatus.DELIVERY}
)


def receipt_of(fields: Fields) -> Fields:
    """Return an order with its money, goods and dates, and nothing of who it was for.

    Codes of discounts go too: many are cards, or were given to one person. Vendors make ids of
    discounts of them, so that discounts are numbered instead.
    """
    numbers: dict[str, str] = {}
    return {_numbered(path, numbers): one for path, one in fields.items() if _is_kept(path)}


def is_under_way(row: EntityRow) -> bool:
    """Tell whether an order is neither complete nor given up."""
    return not row.deleted and cast("Order", row.entity).status in _UNDER_WAY


def kept_until(row: EntityRow, days: int) -> datetime:
    """Return until when an order is kept. Units: days from the moment at which it was placed."""
    return (cast("Order", row.entity).placed_at or row.created_at) + timedelta(days=days)


def _numbered(path: str, numbers: dict[str, str]) -> str:
    steps = path.split("/")
    for place, step in enumerate(steps[:-1]):
        if step == _DISCOUNTS:
            one = "/".join(steps[: place + 2])
            steps[place + 1] = numbers.setdefault(one, str(len(numbers) + 1))
            break
    return "/".join(steps)


def _is_kept(path: str) -> bool:
    steps = path.split("/")
    if steps[0] == "delivery":
        return path in _OF_DELIVERY or path.startswith("delivery/cost/")
    is_code = steps[-1] == _CODE and _DISCOUNTS in steps
    return steps[0] in _KEPT and not is_code
