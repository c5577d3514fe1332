"""Soak: many orders through a vendor that fails at random; each arrives once in effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.canonical import Kind, Order, OrderStatus, PaymentState
from gateway.canonical.paths import known as valued
from gateway.canonical.paths import spoken
from gateway.contract import Change, Exists, OutcomeUnknown, TransientError, Written

from .conftest import Bench, Copy
from .samples import order

ORDERS = 30
ROUNDS = 60
WEATHER: tuple[dict[str, Any], ...] = (
    {"kind": "status", "probability": 0.1, "status": 503, "body": "<html>"},
    {"kind": "status", "probability": 0.05, "status": 502, "body": "<html>"},
    {"kind": "cut_before", "probability": 0.05},
    {"kind": "cut_after", "probability": 0.1},
)


def _snapshot(number: int, *, paid: bool) -> Order:
    whole = order(number=f"Б-{number}")
    (payment,) = whole.payments
    state = PaymentState.PAID if paid else PaymentState.PENDING
    payment = payment.model_copy(update={"id": f"bitrix-{number}", "state": state})
    status = OrderStatus.ASSEMBLING if paid else OrderStatus.NEW
    return whole.model_copy(update={"payments": (payment,), "status": status})


async def _told(bench: Bench, copies: list[Copy], *, paid: bool) -> None:
    """Write until all hold, asking before each repeat of a creation in doubt, as the core does."""
    writer = bench.connector.writers[Kind.ORDER]
    left: dict[str, Change[Any]] = {
        copy.key: bench.change(Kind.ORDER, copy, _snapshot(number, paid=paid))
        for number, copy in enumerate(copies)
    }
    by_key = {copy.key: copy for copy in copies}
    doubted: set[str] = set()
    for _ in range(ROUNDS):
        if not left:
            return
        found: Mapping[str, str] = {}
        try:
            if doubted:
                found = await writer.find(sorted(doubted))
        except TransientError:
            continue
        batch = [one for one in left.values() if one.external_id or one.key not in found]
        there = [left[key] for key in found if not left[key].external_id]
        outcomes = [*(Exists(found[one.key]) for one in there), *await writer.write(batch)]
        for change, outcome in zip([*there, *batch], outcomes, strict=True):
            if isinstance(outcome, Written | Exists):
                copy = by_key[change.key]
                copy.external_id, copy.known = outcome.external_id, valued(spoken(change.entity))
                doubted.discard(change.key)
                del left[change.key]
            else:
                assert isinstance(outcome.error, OutcomeUnknown | TransientError)
                if isinstance(outcome.error, OutcomeUnknown):
                    doubted.add(change.key)
    assert not left


async def test_each_order_and_payment_arrives_once(bench: Bench) -> None:
    """A vendor with bad weather would end up with lost or repeated orders and payments."""
    copies = [Copy(f"o-01jd7fj0r5t8{number:04}") for number in range(ORDERS)]
    await bench.faults(*WEATHER)
    await _told(bench, copies, paid=False)
    await _told(bench, copies, paid=True)
    await bench.faults()
    told = (await bench.api("orders", limit=100))["orders"]
    assert sorted(one["externalId"] for one in told) == [copy.key for copy in copies]
    assert {one["status"] for one in told} == {"assembling"}
    for one in told:
        assert [payment["status"] for payment in one["payments"].values()] == ["paid"]
        assert len(one["items"]) == 1
