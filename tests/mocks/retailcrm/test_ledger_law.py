"""The law of the ledger: whatever happens to orders, the operations add up to the balance."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mocks.retailcrm.app import build_app
from mocks.retailcrm.programs import Level, Program
from tests.mocks.retailcrm.conftest import Crm, ManualClock, settings_for

CLUB = Program(
    2,
    "Клуб",
    (Level(3, "Серебро", size=5), Level(4, "Золото", sum=1500, size=7.5)),
    cap_percent=50,
    delay_days=1,
    life_days=3,
)
Step = tuple[str, str, int]


SHRUNK: list[Step] = [("apply", "o-1", 150), ("items", "o-1", 5), ("status", "o-1", 1)]
RETURNED: list[Step] = [
    ("apply", "o-2", 120),
    ("status", "o-2", 1),
    ("day", "o-2", 0),
    ("charge", "o-2", 90),
    ("status", "o-2", 2),
    ("cancel", "o-2", 0),
    ("day", "o-2", 0),
]
MERGED: list[Step] = [
    ("apply", "o-3", 100),
    ("status", "o-3", 1),
    ("merge", "o-3", 0),
    ("items", "o-3", 1),
    ("delete", "o-3", 0),
]


class State(NamedTuple):
    """The participation, its operations, what still waits, and the orders."""

    member: Any
    operations: list[Any]
    waits: Any
    orders: list[Any]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "apply",
                "cancel",
                "status",
                "items",
                "delete",
                "credit",
                "charge",
                "day",
                "privilege",
                "member",
                "program",
                "merge",
            )
        ),
        st.sampled_from(("o-1", "o-2", "o-3")),
        st.integers(0, 400),
    ),
    max_size=14,
)
STATUSES = ("new", "complete", "cancel-other")
MEMBER = ("activated", "deactivated")
PRIVILEGES = ("none", "loyalty_level", "personal_discount")


async def _do(crm: Crm, step: Step) -> None:
    name, order, number = step
    locator = {"externalId": order}
    if name == "apply":
        await crm.post("orders/loyalty/apply", order=locator, bonuses=str(number))
    elif name == "cancel":
        await crm.post("orders/loyalty/cancel-bonus-operations", order=locator)
    elif name == "status":
        await crm.post(f"orders/{order}/edit", order={"status": STATUSES[number % 3]})
    elif name == "privilege":
        await crm.post(f"orders/{order}/edit", order={"privilegeType": PRIVILEGES[number % 3]})
    elif name == "items":
        line = {"offer": {"externalId": "sku-1"}, "initialPrice": number + 0.35, "quantity": 3}
        await crm.post(f"orders/{order}/edit", order={"items": [line]})
    elif name == "delete":
        await crm.client.post("/__mock__/act", json={"action": "order.delete", **locator})
    elif name in {"credit", "charge"}:
        await crm.post(f"loyalty/account/71/bonus/{name}", amount=str(number))
    else:
        await _turn(crm, name, number)


async def _turn(crm: Crm, name: str, number: int) -> None:
    """Do what is not about one order."""
    if name == "day":
        crm.clock.move(86400)
    elif name == "member":
        await crm.act("loyalty.status", account=71, status=MEMBER[number % 2])
    elif name == "program":
        await crm.act("loyalty.program", id=2, blocked=bool(number % 2))
    elif name == "merge":
        numbers = {"customers": [9002], "resultCustomer": 9001}
        await crm.client.post("/__mock__/act", json={"action": "customer.combine", **numbers})


async def _run(steps: Sequence[Step]) -> State:
    """Do the steps; return what the API shows then."""
    clock = ManualClock()
    chosen = replace(settings_for(clock, {}), programs=(CLUB,))
    transport = httpx.ASGITransport(app=build_app(chosen))
    async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as client:
        crm = Crm(client, clock)
        names = ("c-1", "c-2")
        people = [{"externalId": name, "personalDiscount": 10} for name in names]
        members = [{"customer": {"externalId": name}, "amount": 200} for name in names]
        seeded = {"customers": people, "participations": members}
        await client.post("/__mock__/seed", json=seeded)
        line = {"offer": {"externalId": "sku-1"}, "initialPrice": 333.33, "quantity": 2}
        for name, party in (("o-1", "c-1"), ("o-2", "c-1"), ("o-3", "c-2")):
            order = {"externalId": name, "customer": {"externalId": party}, "items": [line]}
            made = {**order, "privilegeType": "loyalty_level"}
            await crm.post("orders/create", order=made)
        for step in steps:
            await _do(crm, step)
        return await _state(crm)


async def _state(crm: Crm) -> State:
    path = "loyalty/account/71/bonus"
    shown = (await crm.get("loyalty/account/71")).json()["loyaltyAccount"]
    rows = (await crm.get(f"{path}/operations", {"limit": 100})).json()["bonusOperations"]
    waits = (await crm.get(f"{path}/waiting_activation/details")).json()["statistic"]
    orders = (await crm.get("orders")).json()["orders"]
    return State(shown, rows, waits["totalAmount"], orders)


def _spent(state: State, order: int) -> Decimal:
    """Return what the ledger says that an order has spent."""
    kinds = {"charge_for_order", "cancel_of_charge"}
    return -sum(
        (
            Decimal(str(row["amount"]))
            for row in state.operations
            if row["type"] in kinds and row["order"]["id"] == order
        ),
        Decimal(0),
    )


def _goods(order: Any) -> Decimal:  # noqa: ANN401 - JSON
    """Return the sum of the goods before discounts, less all discounts that the lines name."""
    total = Decimal(0)
    for item in order["items"]:
        total += Decimal(str(item["initialPrice"])) * Decimal(str(item["quantity"]))
        total -= sum((Decimal(str(one["amount"])) for one in item["discounts"]), Decimal(0))
    return total


@settings(max_examples=50, deadline=None)
@given(steps=STEPS)
@example(steps=SHRUNK)
@example(steps=RETURNED)
@example(steps=MERGED)
def test_the_operations_add_up_to_the_balance(steps: list[Step]) -> None:
    """A bonus made from nothing or lost without an operation would never be found at the vendor."""
    state = asyncio.run(_run(steps))
    total = sum((Decimal(str(row["amount"])) for row in state.operations), Decimal(0))
    assert Decimal(str(state.member["amount"])) + Decimal(str(state.waits)) == total
    assert state.member["amount"] >= 0
    assert state.member["ordersSum"] >= 0


@settings(max_examples=50, deadline=None)
@given(steps=STEPS)
@example(steps=SHRUNK)
@example(steps=RETURNED)
@example(steps=MERGED)
def test_an_order_shows_what_the_ledger_charged(steps: list[Step]) -> None:
    """Lines, sums and ledger tell one story: a difference would be money in nobody's books."""
    state = asyncio.run(_run(steps))
    for order in state.orders:
        assert _goods(order) == Decimal(str(order["summ"]))
        if order["customer"]["id"] == 9001 and order["externalId"] != "o-3":
            assert _spent(state, order["id"]) == Decimal(str(order["bonusesChargeTotal"]))
