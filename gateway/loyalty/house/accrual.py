"""Accrual of orders: what was earned waits until the order is paid and handed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.canonical import Order, OrderStatus, PaymentState
from gateway.canonical.order import FINAL
from gateway.loyalty.house.programme import Programme, earned_lot, locked_sale, lot_of
from gateway.loyalty.house.record import record_of
from gateway.loyalty.house.terms import rules_of
from gateway.ports import Accrual, Tx

_STAGES = tuple(OrderStatus)


def is_handed_over(order: Order, stage: OrderStatus) -> bool:
    """Tell whether an order is paid, by all its payments, and has come to ``stage`` or beyond."""
    if order.status is None or order.status in FINAL:
        return False
    paid = [one.state is PaymentState.PAID for one in order.payments]
    return bool(paid) and all(paid) and _STAGES.index(order.status) >= _STAGES.index(stage)


def hand_over(tx: Tx, programme: Programme, sale_id: str, now: datetime) -> bool:
    """Accrue what waits for a sale; False when nothing does (any more)."""
    row = locked_sale(tx, sale_id)
    if row is None or row.accrual is not Accrual.AWAITING:
        return False
    rules = rules_of(tx, programme, record_of(row.body).version)
    lot = lot_of(
        earned_lot(sale_id),
        now,
        activation_days=rules.activation_days,
        expire_days=rules.expire_days,
    )
    programme.book(tx, row.member_id, now).hand_over(f"hand-over:{sale_id}", lot, sale_id=sale_id)
    tx.put_house_sales([replace(row, accrual=Accrual.DONE, changed_at=now)])
    return True
