"""The law of writers: what the shop shows after a write is what ``held`` said that it would hold.

The writes run through batches on the double's engine, so encoding, plans and reading are all in it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.bitrix.connector import BitrixConnector
from gateway.canonical import Canonical, Customer, Kind, Order, OrderStatus, PhoneContact
from gateway.canonical.paths import MODELS, folded, known, spoken
from gateway.contract import Exists, Failed, Observed, Written
from tests.connectors.bitrix.strategies import customers, orders
from tests.connectors.bitrix.world import CUSTOMER_KEY, ORDER_KEY, creation, edit, in_process

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PHONE = PhoneContact(number="+79031112233", rank=7)


def stored(kind: Kind, entity: Canonical) -> Any:  # noqa: ANN401 - of the given kind
    """Return an entity as the core keeps it: without what has no value."""
    return folded(MODELS[kind], known(spoken(entity)))


async def read(connector: BitrixConnector, kind: Kind, external_id: str) -> Observed[Any]:
    """Read one record that must be there."""
    reading = await connector.readers[kind].get([external_id])
    assert not reading.rejected
    (item,) = reading.items
    return item


def shown(observed: Observed[Any], *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a reading says, less what the shop decides by itself."""
    return {k: v for k, v in known(spoken(observed.entity)).items() if k not in without}


async def _customer_law(first: Customer, second: Customer) -> None:
    connector, _, _ = in_process()
    writer = connector.writers[Kind.CUSTOMER]
    first = stored(Kind.CUSTOMER, first.model_copy(update={"phones": (*first.phones, PHONE)}))
    change = creation(connector, CUSTOMER_KEY, first)
    (outcome,) = await writer.write([change])
    assert isinstance(outcome, Written), outcome
    observed = await read(connector, Kind.CUSTOMER, outcome.external_id)
    assert shown(observed) == known(spoken(change.entity))
    update = edit(connector, observed, stored(Kind.CUSTOMER, second))
    (outcome,) = await writer.write([update])
    assert isinstance(outcome, Written), outcome
    observed = await read(connector, Kind.CUSTOMER, outcome.external_id)
    assert shown(observed) == known(spoken(update.entity))


@QUICK
@given(customers, customers)
def test_customers_read_back_as_they_were_held(first: Customer, second: Customer) -> None:
    """A customer would be told for ever, or our own telling would look like the shop's edit."""
    asyncio.run(_customer_law(first, second))


async def _order_law(first: Order, second: Order) -> None:
    connector, _, _ = in_process(on_cancel_paid="return")
    writer = connector.writers[Kind.ORDER]
    change = creation(connector, ORDER_KEY, stored(Kind.ORDER, first))
    (outcome,) = await writer.write([change])
    assert isinstance(outcome, Written), outcome
    observed = await read(connector, Kind.ORDER, outcome.external_id)
    # Date, names of goods of its catalogue and status of an order that came without are the shop's.
    own = _decided_there(change.entity, observed)
    assert shown(observed, without=own) == known(spoken(change.entity))
    if observed.entity.status is OrderStatus.CANCELLED:
        return
    update = edit(connector, observed, stored(Kind.ORDER, second))
    (outcome,) = await writer.write([update])
    assert isinstance(outcome, Written), outcome
    observed = await read(connector, Kind.ORDER, outcome.external_id)
    own = _decided_there(update.entity, observed)
    assert shown(observed, without=own) == known(spoken(update.entity))
    assert outcome.held is not None
    assert known(spoken(outcome.held)) == shown(observed)


def _decided_there(held: Order, observed: Observed[Any]) -> tuple[str, ...]:
    said = known(spoken(held))
    free = [path for path in ("placed_at", "status") if path not in said]
    names = [
        path
        for path in shown(observed)
        if path.startswith("lines/") and path.endswith("/product/name") and path not in said
    ]
    return (*free, *names)


@QUICK
@given(orders, orders)
def test_orders_read_back_as_they_were_held(first: Order, second: Order) -> None:
    """An order would be told for ever, or our own telling would look like the shop's edit."""
    asyncio.run(_order_law(first, second))


async def _twice(entity: Canonical, kind: Kind, key: str) -> None:
    connector, site, _ = in_process()
    change = creation(connector, key, stored(kind, entity))
    first = (await connector.writers[kind].write([change]))[0]
    if isinstance(first, Failed):
        return
    before = len(site.users.rows), len(site.orders.rows), len(site.basket_items.rows)
    again = (await connector.writers[kind].write([change]))[0]
    assert isinstance(first, Written)
    assert again == Exists(first.external_id)
    assert (len(site.users.rows), len(site.orders.rows), len(site.basket_items.rows)) == before


@QUICK
@given(st.one_of(customers, orders))
def test_writing_twice_leaves_one_record(entity: Customer | Order) -> None:
    """A repeat after a lost answer would double a person, an order or a line of goods."""
    kind = Kind.CUSTOMER if isinstance(entity, Customer) else Kind.ORDER
    asyncio.run(_twice(entity, kind, CUSTOMER_KEY if kind is Kind.CUSTOMER else ORDER_KEY))


@QUICK
@given(customers, st.none() | customers)
def test_holding_a_held_customer_changes_nothing(entity: Customer, before: Customer | None) -> None:
    """Two rounds of reduction would differ, and the account would never be at rest."""
    connector, _, _ = in_process()
    writer = connector.writers[Kind.CUSTOMER]
    base = None if before is None else writer.held(before, None)
    held = writer.held(entity, base)
    assert spoken(writer.held(held, base)) == spoken(held)


@QUICK
@given(orders, st.none() | orders)
def test_holding_a_held_order_changes_nothing(entity: Order, before: Order | None) -> None:
    """Two rounds of reduction would differ, and the account would never be at rest."""
    connector, _, _ = in_process()
    writer = connector.writers[Kind.ORDER]
    base = None if before is None else writer.held(before, None)
    held = writer.held(entity, base)
    assert spoken(writer.held(held, base)) == spoken(held)
