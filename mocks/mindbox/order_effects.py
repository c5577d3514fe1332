"""What a saved order does to points, codes, limits and gift cards (section 13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mocks.mindbox import coupons, gift_cards
from mocks.mindbox.actions import BalanceChange
from mocks.mindbox.clock import midnight_after
from mocks.mindbox.customer import Customer
from mocks.mindbox.ledger import Lot
from mocks.mindbox.order import (
    CANCELLED,
    CLOSED,
    EARNING,
    Order,
    OrderLine,
    active_lines,
    category,
)
from mocks.mindbox.project import Project

_TEMPLATES = {
    "paid": "OplataZakaza",
    "returned": "VozvratZakaza",
    "cancelled": "OtmenaZakaza",
}


def write_off(project: Project, order: Order, amount: int) -> list[BalanceChange]:
    """Write points off for an order; a negative amount gives them back."""
    customer = project.customers.get(order.customer_id or 0)
    if customer is None or not amount:
        return []
    ledger = customer.ledger(project.balance_type.system_name)
    if amount > 0:
        ledger.spend(amount, project.now())
    else:
        ledger.add(Lot(-amount))
    return [BalanceChange(-amount, project.balance_type, "RetailOrderPayment")]


def accrue(
    project: Project, order: Order, lines: Sequence[OrderLine], at: datetime
) -> list[BalanceChange]:
    """Accrue what the lines earned, once; it is blocked until its day."""
    fresh = [line for line in lines if not line.is_accrued]
    for line in fresh:
        line.is_accrued = True
    amount = sum(line.earned for line in fresh)
    customer = project.customers.get(order.customer_id or 0)
    if customer is None or not amount:
        return []
    delay = project.settings.accrual_delay_days
    starts = at + timedelta(days=delay) if delay else None
    expires = midnight_after(at, project.settings.accrual_life_days)
    customer.ledger(project.balance_type.system_name).add(Lot(amount, starts, expires, order.id))
    return [
        BalanceChange(
            amount,
            project.balance_type,
            "RetailOrderBonus",
            is_available=starts is None or starts <= project.now(),
            available_from=starts,
            expires=expires,
        )
    ]


def take_back(project: Project, order: Order, lines: Sequence[OrderLine]) -> list[BalanceChange]:
    """Reverse what the lines had accrued."""
    amount = sum(line.earned for line in lines if line.is_accrued)
    for line in lines:
        line.is_accrued = False
    customer = project.customers.get(order.customer_id or 0)
    if customer is None or not amount:
        return []
    ledger = customer.ledger(project.balance_type.system_name)
    touched = ledger.reverse(order.id, amount, project.now())
    return [BalanceChange(-amount, project.balance_type, "RetailOrderBonus", is_available=touched)]


def change_status(
    project: Project,
    order: Order,
    lines: Sequence[OrderLine],
    *,
    status: str,
    at: datetime,
    place: str,
) -> None:
    """Move lines to a status with everything that follows from it."""
    target = category(project, status)
    changes: list[BalanceChange] = []
    moving = [line for line in lines if category(project, line.status) != target]
    if target in CLOSED:
        open_lines = [line for line in moving if category(project, line.status) not in CLOSED]
        changes += write_off(project, order, -sum(line.spent for line in open_lines))
        changes += take_back(project, order, open_lines)
    elif target in EARNING:
        changes += accrue(project, order, moving, at)
    for line in lines:
        line.status = status
    order.changed = project.now()
    _finish(project, order, target)
    if order.customer_id is not None:
        template = _TEMPLATES.get(target, "IzmenenieStatusaZakaza")
        project.act(
            template,
            order.customer_id,
            at=at,
            place=place or order.place,
            order_id=order.id,
            changes=tuple(changes),
        )
    project.tell("orderStatusChanged", order=order, customer=customer_of(project, order))


def customer_of(project: Project, order: Order) -> Customer | None:
    """Return the order's customer."""
    return project.customers.get(order.customer_id or 0)


def _finish(project: Project, order: Order, target: str) -> None:
    """Free codes and limits once nothing of the order is left; activate sold gift cards."""
    if target == "paid":
        gift_cards.activate_sold(project, order)
    if active_lines(project, order):
        return
    if target == CANCELLED or project.settings.coupon_on_return == "release":
        coupons.release(project, order)
    gift_cards.refund(project, order)
    free_limits(project, order)


def free_limits(project: Project, order: Order) -> None:
    """Forget what an order took of limited promotions."""
    for promotion in order.promotions or ():
        if promotion.limit is not None and order.customer_id is not None:
            project.usage[promotion.external_id, order.customer_id].pop(order.id, None)
