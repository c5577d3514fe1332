"""Payments of orders: noted once, changed by one side at a time, refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import Kind, Money, Order, OrderStatus, Payment, PaymentState
from gateway.canonical.paths import known, spoken
from gateway.contract import Failed, Rejected, Written

from .conftest import Bench, Copy, OpenBench, failures, record
from .samples import ORDER_KEY, order

PAID = Payment(id="till/7#1", method="card", amount=Money.of("300.00"), state=PaymentState.PAID)


async def sold(bench: Bench, snapshot: Order) -> Copy:
    """Let the CRM hold an order."""
    copy = Copy(ORDER_KEY)
    await bench.tell(Kind.ORDER, copy, snapshot)
    return copy


@pytest.mark.parametrize("edit_payments", ["ignored", "honoured"])
@pytest.mark.parametrize("payment_duplicate", ["400", "creates_second"])
async def test_a_payment_is_noted_once(
    open_bench: OpenBench, edit_payments: str, payment_duplicate: str
) -> None:
    """Money noted twice would make an unpaid order look paid."""
    bench = await open_bench(edit_payments=edit_payments, payment_duplicate=payment_duplicate)
    copy = await sold(bench, order(payments=()))
    paid = order(
        payments=(
            Payment(
                id="bitrix-55",
                method="card",
                amount=Money.of("1921.00"),
                state=PaymentState.PAID,
                paid_at=order().placed_at,
            ),
        )
    )
    change = bench.change(Kind.ORDER, copy, paid)
    await bench.faults({"kind": "cut_after", "path": "payments/create", "times": 1})
    writer = bench.connector.writers[Kind.ORDER]
    (lost,) = await writer.write([change])
    assert failures([lost]) == ["OutcomeUnknown"]
    (told,) = await writer.write([change])
    assert isinstance(told, Written)
    copy.known = known(spoken(change.entity))
    assert await bench.news(Kind.ORDER, copy) == {}
    payments = (await bench.api(f"orders/{copy.external_id}", by="id"))["order"]["payments"]
    assert [one["externalId"] for one in payments.values()] == ["bitrix-55"]
    refund = order(payments=(paid.payments[0].model_copy(update={"amount": Money.of("1920.00")}),))
    await bench.tell(Kind.ORDER, copy, refund)
    assert await bench.news(Kind.ORDER, copy) == {}


async def test_a_refused_payment_keeps_its_name(bench: Bench) -> None:
    """A payment that the CRM will never take would be tried for ever, unseen."""
    copy = await sold(bench, order(payments=()))
    other = order(payments=(PAID,), number="Б-1206")
    await bench.tell(Kind.ORDER, Copy("o-01jd7fj0r5t8w1zz"), other)
    wanted = order(payments=(PAID,), status=OrderStatus.ASSEMBLING)
    (lost,) = await bench.write(Kind.ORDER, bench.change(Kind.ORDER, copy, wanted))
    assert isinstance(lost, Failed)
    assert isinstance(lost.error, Rejected)
    assert lost.error.vendor_code == "already_exists"
    assert (await record(bench, Kind.ORDER, copy.external_id))["payments"] in ([], {})


async def test_a_payment_changed_on_both_sides_gives_way(bench: Bench) -> None:
    """Money that an operator corrected or took off would be noted again."""
    copy = await sold(bench, order(payments=(PAID,)))
    theirs: dict[str, Any] = {"externalId": ORDER_KEY, "paymentExternalId": PAID.id}
    await bench.act("order.payment", **theirs, payment={"amount": 310})
    ours = PAID.model_copy(update={"amount": Money.of("290.00")})
    change = bench.change(Kind.ORDER, copy, order(payments=(ours,)))
    assert failures(await bench.write(Kind.ORDER, change)) == ["StaleWrite"]
    await bench.act("order.payment", **theirs, delete=True)
    assert failures(await bench.write(Kind.ORDER, change)) == ["StaleWrite"]
    assert (await record(bench, Kind.ORDER, copy.external_id))["payments"] in ([], {})
