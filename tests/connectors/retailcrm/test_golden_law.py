"""The golden law: what is read back after a write is what was held, for any data.

Each example runs against a fresh double in the same process, over the real client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.retailcrm.codes import books
from connectors.retailcrm.translator_customer import CustomerTranslator
from connectors.retailcrm.translator_order import OrderTranslator
from gateway.canonical import Canonical, Kind, Money, Order, OrderLine
from gateway.canonical.paths import known, spoken
from mocks.retailcrm import settings as double
from mocks.retailcrm.app import build_app
from tests.gateway.contract.fakes import FakeLog

from . import strategies
from .conftest import Bench, Copy, built, own_settings
from .samples import CUSTOMER_KEY, ORDER_KEY

OWN: Mapping[str, Any] = {
    "customer_attributes": {"store": "favourite_store"},
    "order_attributes": {"shift": "pos_shift"},
    "order_methods": {"offline": "till", "shopping-cart": "site"},
    "order_fields": {"edit_mark": "edit_mark"},
    "preferred_statuses": {"new": "new", "complete": "complete", "cancelled": "no-product"},
}
ACCOUNT = own_settings("http://crm.test", **OWN)
HELD: Mapping[Kind, Callable[[Any, Any], Canonical]] = {
    Kind.CUSTOMER: CustomerTranslator(ACCOUNT).held,
    Kind.ORDER: OrderTranslator(ACCOUNT, books(ACCOUNT)).held,
}
thorough = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # Shrinking against a double takes minutes; the example as found is told in full.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def alone(work: Callable[[Bench], Coroutine[Any, Any, None]], **switches: Any) -> None:
    """Run ``work`` against a fresh double in this process."""

    async def run() -> None:
        chosen = replace(double.RetailCrmSettings(), rate_limit_answer="off", **switches)
        transport = httpx.ASGITransport(build_app(chosen))
        log = FakeLog()
        connector = built(ACCOUNT, log=log, transport=transport)
        async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as door:
            await connector.prepare()
            await work(Bench(connector, door, log))

    asyncio.run(run())


async def _holds(bench: Bench, kind: Kind, copy: Copy, snapshot: Canonical) -> None:
    await bench.tell(kind, copy, snapshot)
    assert await bench.news(kind, copy) == {}


@thorough
@given(first=strategies.customers, then=strategies.customers)
def test_any_customer_reads_back_as_held(first: Canonical, then: Canonical) -> None:
    """Some names, phones or addresses would be sent for ever or echo as changes."""

    async def work(bench: Bench) -> None:
        copy = Copy(CUSTOMER_KEY)
        for snapshot in (first, then, first):
            await _holds(bench, Kind.CUSTOMER, copy, snapshot)

    alone(work)


@thorough
@given(first=strategies.orders, then=strategies.orders, kept=st.booleans())
def test_any_order_reads_back_as_held(first: Canonical, then: Canonical, *, kept: bool) -> None:
    """Some prices, quantities or codes would be sent for ever or echo as changes."""

    async def work(bench: Bench) -> None:
        copy = Copy(ORDER_KEY)
        for snapshot in (first, then, first):
            await _holds(bench, Kind.ORDER, copy, snapshot)

    alone(work, edit_items_missing="kept" if kept else "removed")


@thorough
@given(
    pair=st.one_of(
        st.tuples(st.just(Kind.CUSTOMER), strategies.customers, strategies.customers),
        st.tuples(st.just(Kind.ORDER), strategies.orders, strategies.orders),
    )
)
def test_reducing_twice_changes_nothing(pair: tuple[Kind, Canonical, Canonical]) -> None:
    """A reduction that moves each time would make every look at an entity a delivery."""
    kind, one, other = pair
    for base in (None, HELD[kind](one, None)):
        held = HELD[kind](other, base)
        assert known(spoken(HELD[kind](held, base))) == known(spoken(held))


def test_a_kept_discount_is_told_anew_for_another_quantity() -> None:
    """A thousandth of a unit has no discount in kopecks, and the order would be told for ever."""
    held = OrderTranslator(ACCOUNT, books(ACCOUNT)).held
    line = OrderLine(id="1", base_price=Money.of("0.01"), price=Money.of(0))
    base = held(Order(lines=(line,)), None)
    other = Order(lines=(OrderLine(id="1", quantity=Decimal("0.001")),))
    once = held(other, base)
    assert once.lines[0].price == Money.of("0.01")
    assert held(once, base) == once
