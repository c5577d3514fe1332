"""The matrix of faults of Loymax: each write, each of its calls, one effect at the end.

A registration and a purchase have no key of ours: what was cut is found by phone, and by number and
time, when it is told again.
"""

from __future__ import annotations

from gateway.canonical import Kind, OrderStatus, PhoneContact
from tests.connectors.bench import Bench, Copy
from tests.connectors.fault_matrix import TROUBLES, cells, written

from .world import ANNA, IVAN, balance, order, part

CALLS = 8
"""A registration takes as many calls, a purchase fewer."""


async def test_a_member_is_registered_once_whatever_breaks(base: Bench) -> None:
    """A customer would have two accounts, or one that stays half registered."""
    wrong, met = [], 0
    for name, rules, number in cells(calls=CALLS):
        phones = (PhoneContact(number=f"+79161230{number:03}", rank=0),)
        member = IVAN.model_copy(update={"phones": phones, "emails": ()})
        change = base.change(Kind.CUSTOMER, Copy(f"c-01hzx000000000{number:04}"), member)
        before = len(await part(base, "customers"))
        await base.faults(*rules)
        met += await written(base.connector, Kind.CUSTOMER, change)
        await base.faults()
        if len(await part(base, "customers")) != before + 1:
            wrong.append(name)
    assert wrong == []
    assert met >= len(TROUBLES)


async def test_a_purchase_is_made_once_whatever_breaks(base: Bench) -> None:
    """Points would be earned twice, or never."""
    wrong, met = [], 0
    for name, rules, number in cells():
        sold = order(OrderStatus.COMPLETE).model_copy(update={"number": f"Ш-{number}"})
        change = base.change(
            Kind.ORDER, Copy(f"o-01hzx00000000{number:04}"), sold, customer_external_id=ANNA
        )
        before, points = len(await part(base, "purchases")), (await balance(base))[0]
        await base.faults(*rules)
        met += await written(base.connector, Kind.ORDER, change)
        await base.faults()
        made, earned = len(await part(base, "purchases")), (await balance(base))[0]
        if (made, earned) != (before + 1, points + 53):
            wrong.append(f"{name}: {made - before}, {earned - points}")
    assert wrong == []
    assert met >= len(TROUBLES)
