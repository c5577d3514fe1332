"""Corrections by an operator, and orders that wait for their buyers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Customer, Gender, Kind, Order, OrderLine, PersonName
from gateway.contract import Change, EntityReader, EntityWriter, Failed, Observed, Outcome, Rejected
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.correct import CorrectionRefused, Corrector
from gateway.sync.incoming import Incoming
from tests.gateway.sync.findings import differences
from tests.gateway.sync.reductions import crm_customer, shop_customer, whole_order
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.gateway.sync.world import World


def _world(kind: Kind, shop: Any, crm: Any, first: Any) -> World:  # noqa: ANN401 - any kind
    clock = HeldClock()
    vendors = [Vendor("shop", kind, clock, shop), Vendor("crm", kind, clock, crm)]
    world = World(*vendors, clock=clock)
    vendors[0].create(first)
    world.settle_down()
    return world


@pytest.fixture
def customers() -> Iterator[World]:
    """A customer whom both sides know."""
    anna = Customer(name=PersonName(first="Анна"), gender=Gender.FEMALE, tier="золото")
    world = _world(Kind.CUSTOMER, shop_customer, crm_customer, anna)
    yield world
    world.close()


@pytest.fixture
def orders() -> Iterator[World]:
    """An order of two lines that both sides know."""
    lines = tuple(OrderLine(id=one, quantity=Decimal(1)) for one in "ab")
    world = _world(Kind.ORDER, whole_order, whole_order, Order(number="К-17", lines=lines))
    yield world
    world.close()


def correct(world: World, values: dict[str, Any]) -> None:
    """Let an operator set fields of the only entity."""
    world.clock.move(60)
    (link,) = world.links("shop").values()
    corrector = Corrector(world.applier, world.clock)
    world.store.now(
        lambda tx: corrector.correct(tx, link.entity_id, values, who="olga", correlation_id="c")
    )


def held(world: World) -> list[Any]:
    """What the two sides hold."""
    return [vendor.records[f"{name}-1"].entity for name, vendor in world.vendors.items()]


def test_corrected_value_is_told_to_both(customers: World) -> None:
    """An operator's decision stays in the gateway."""
    correct(customers, {"name/first": "Алёна"})
    customers.settle_down()

    assert [one.name.first for one in held(customers)] == ["Алёна", "Алёна"]
    assert differences(customers) == []


def test_emptied_value_is_told_to_both(customers: World) -> None:
    """A value that an operator takes away stays at the vendors, and nobody knows."""
    correct(customers, {"gender": None})
    customers.settle_down()

    assert [one.gender for one in held(customers)] == [None, None]


def test_item_is_taken_away_at_both(orders: World) -> None:
    """An operator cannot take a line off an order."""
    correct(orders, {"lines/a": None})
    orders.settle_down()

    assert [[line.id for line in one.lines] for one in held(orders)] == [["b"], ["b"]]


def test_reading_before_the_telling_does_not_undo_a_correction(customers: World) -> None:
    """A later edit of another field brings the corrected value back from the vendor."""
    correct(customers, {"name/first": "Алёна"})
    customers.clock.move(60)
    customers.vendors["shop"].edit("shop-1", tier="серебро")
    customers.do("pull", "shop")
    customers.settle_down()

    assert [one.name.first for one in held(customers)] == ["Алёна", "Алёна"]


@pytest.mark.parametrize(
    "values", [{"gender": "Секретова"}, {"nmae": "Секретова"}, {"name/nick": "Секретова"}]
)
def test_correction_that_does_not_fit_is_refused_by_field(
    customers: World, values: dict[str, Any]
) -> None:
    """A slip of an operator breaks the snapshot, or is shown with its value."""
    with pytest.raises(CorrectionRefused) as caught:
        correct(customers, values)

    assert next(iter(values)) in str(caught.value)
    assert "Секретова" not in str(caught.value)


class Refusing(Vendor):
    """A vendor that takes no customer."""

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        """Refuse for good."""
        self.writes += 1
        return [Failed(Rejected("phone: is not allowed")) for _ in changes]


@dataclass(slots=True)
class BothKinds(DictConnector):
    """A connector to a vendor's customers and orders."""

    orders: Vendor | None = None

    @property
    def readers(self) -> Mapping[Kind, EntityReader[Any]]:
        """None: nothing is read."""
        return {}

    @property
    def writers(self) -> Mapping[Kind, EntityWriter[Any]]:
        """Both kinds."""
        assert self.orders is not None
        return {Kind.CUSTOMER: self.vendor, Kind.ORDER: self.orders}


def test_order_whose_buyer_is_refused_does_not_send_the_buyer_for_ever() -> None:
    """A refused customer is sent again every few seconds as long as an order waits for it."""
    clock = HeldClock()
    customers = Refusing("crm", Kind.CUSTOMER, clock, crm_customer)
    orders = Vendor("crm", Kind.ORDER, clock, whole_order)
    world = World(Vendor("shop", Kind.ORDER, clock, whole_order), customers, clock=clock)
    every = frozenset(Kind)
    world.accounts["crm"] = Account(
        "crm", BothKinds(customers, orders=orders), Flow(every, every, every),
        Circuit(CircuitPolicy(), clock),
    )  # fmt: skip
    buyer = Observed("u-1", Customer(name=PersonName(first="Анна")))
    order = Observed("o-1", Order(number="К-17"), customer_external_id="u-1")
    incoming = [
        Incoming("shop", Kind.CUSTOMER, buyer, 0, "c"),
        Incoming("shop", Kind.ORDER, order, 0, "c"),
    ]
    world.store.now(lambda tx: world.applier.apply(tx, incoming))
    for _ in range(20):
        world.do("deliver", "crm")
        clock.move(60)
    world.close()

    assert orders.records == {}
    assert customers.writes == 1
