"""Cards and products: recognised by number and code, and a card waits for its holder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Canonical, Card, CardRef, CardState, Customer, Kind, Order, Product
from gateway.canonical.order import OrderContact
from gateway.contract import EntityReader, EntityWriter, Observed
from gateway.ports import EntityRow
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.incoming import Incoming
from gateway.sync.late_buyers import LateBuyers
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.gateway.sync.world import World

NUMBER = "2000000000017"


def _all_of_it(entity: Any, known: Any) -> Any:  # noqa: ANN401 - any kind
    del known
    return entity


def _world(kind: Kind) -> World:
    clock = HeldClock()
    return World(
        Vendor("erp", kind, clock, _all_of_it),
        Vendor("shop", kind, clock, _all_of_it),
        clock=clock,
    )


@pytest.mark.parametrize(
    ("kind", "here", "there"),
    [
        pytest.param(
            Kind.CARD,
            Card(number=NUMBER, discount_percent=Decimal(5)),
            Card(number=NUMBER, state=CardState.ACTIVE),
            id="card",
        ),
        pytest.param(
            Kind.PRODUCT,
            Product(code="0a1b-88", name="Варенье из ежевики"),
            Product(code="0a1b-88", sku="ВЕ-88"),
            id="product",
        ),
    ],
)
def test_one_thing_at_two_accounts_is_one(kind: Kind, here: Canonical, there: Canonical) -> None:
    """The site gets every card of the directory a second time, or every product."""
    world = _world(kind)
    erp, shop = world.vendors.values()
    erp.create(here)
    shop.create(there)
    world.settle_down()
    (link,) = world.links("shop").values()
    fields = dict(world.entity(link.entity_id).fields)
    world.close()

    assert len(erp.records) == len(shop.records) == 1
    assert fields.keys() >= here.model_fields_set | there.model_fields_set


def test_another_number_is_another_card() -> None:
    """Two cards become one because neither has anything but a number."""
    world = _world(Kind.CARD)
    erp, shop = world.vendors.values()
    erp.create(Card(number=NUMBER))
    shop.create(Card(number="2000000000024"))
    world.settle_down()
    world.close()

    assert len(erp.records) == len(shop.records) == 2


@dataclass(slots=True)
class Holders(DictConnector):
    """A connector to a vendor's customers and cards."""

    cards: Vendor | None = None

    @property
    def readers(self) -> Mapping[Kind, EntityReader[Any]]:
        """None: nothing is read."""
        return {}

    @property
    def writers(self) -> Mapping[Kind, EntityWriter[Any]]:
        """Both kinds."""
        assert self.cards is not None
        return {Kind.CUSTOMER: self.vendor, Kind.CARD: self.cards}


@pytest.fixture
def shop() -> Iterator[tuple[World, Holders]]:
    """A shop that is told customers and cards, and an account that tells them."""
    clock = HeldClock()
    connector = Holders(
        Vendor("shop", Kind.CUSTOMER, clock, _all_of_it),
        cards=Vendor("shop", Kind.CARD, clock, _all_of_it),
    )
    world = World(Vendor("erp", Kind.CARD, clock, _all_of_it), connector.vendor, clock=clock)
    every = frozenset(Kind)
    world.accounts["shop"] = Account(
        "shop", connector, Flow(every, every, every), Circuit(CircuitPolicy(), clock)
    )
    yield world, connector
    world.close()


def _told(world: World, *observed: tuple[Kind, Observed[Any]]) -> None:
    incoming = [Incoming("erp", kind, one, None, "c") for kind, one in observed]
    world.store.now(lambda tx: world.applier.apply(tx, incoming))
    for _ in range(4):
        world.do("deliver", "shop")
        world.clock.move(60)


def test_holder_comes_before_the_card_and_gets_it(shop: tuple[World, Holders]) -> None:
    """A card reaches the site without the holder whom everybody knows."""
    world, connector = shop
    holder = Observed("u-1", Customer(tier="золото"))
    card = Observed("k-1", Card(number=NUMBER), customer_external_id="u-1")
    _told(world, (Kind.CUSTOMER, holder), (Kind.CARD, card))
    assert connector.cards is not None
    (there,) = connector.cards.records.values()
    (person,) = connector.vendor.records.values()

    assert there.entity.customer_id == person.key
    assert person.entity.cards == (CardRef(number=NUMBER),)


def test_card_that_finds_its_holder_later_is_told_again(shop: tuple[World, Holders]) -> None:
    """A card that was issued without a name stays without one at the site for ever."""
    world, connector = shop
    _told(world, (Kind.CARD, Observed("k-1", Card(number=NUMBER))))
    holder = Observed("u-1", Customer(tier="золото"))
    card = Observed("k-1", Card(number=NUMBER), customer_external_id="u-1")
    _told(world, (Kind.CUSTOMER, holder), (Kind.CARD, card))
    assert connector.cards is not None
    (there,) = connector.cards.records.values()

    assert there.entity.customer_id is not None


def _known(world: World, kind: Kind, external_id: str) -> str:
    return world.store.now(lambda tx: tx.links("erp", kind, [external_id]))[external_id].entity_id


def test_an_order_that_comes_before_its_buyer_is_his_later(shop: tuple[World, Holders]) -> None:
    """Messages come in any order: his order would be nobody's, and his card never his."""
    world, connector = shop
    noticed: list[EntityRow] = []
    world.applier = replace(world.applier, noticed=lambda _, orders: noticed.extend(orders))
    card = Observed("k-1", Card(number=NUMBER), customer_external_id="u-1")
    contact = OrderContact(phone="+79161234567", email="olga@example.ru")
    order = Observed(
        "o-1", Order(number="17", contact=contact, card_number=NUMBER), customer_external_id="u-1"
    )
    other = Observed("o-2", Order(number="18"), customer_external_id="u-2")
    erp, every = world.accounts["erp"], frozenset(Kind)
    world.accounts["erp"] = replace(erp, flow=Flow(reads=every))
    _told(world, (Kind.CARD, card), (Kind.ORDER, order))
    _told(world, (Kind.ORDER, other))
    late = LateBuyers(world.store, world.applier, lambda: "late", lambda _: None)
    assert asyncio.run(late.work_off()) == 0
    noticed.clear()
    _told(world, (Kind.CUSTOMER, Observed("u-1", Customer(tier="золото"))))
    assert asyncio.run(late.work_off()) == 2
    assert asyncio.run(late.work_off()) == 0
    row = world.entity(_known(world, Kind.ORDER, "o-1"))
    person = _known(world, Kind.CUSTOMER, "u-1")
    assert row.fields["customer_id"] == person
    assert row.fields["contact/phone"] == contact.phone, "what it said of its contact is left"
    assert f"cards/{NUMBER}" in world.entity(person).fields
    assert [one.id for one in noticed] == [row.id], "its contacts were not looked at for doubles"
    _told(world)
    assert connector.cards is not None
    (there,) = connector.cards.records.values()
    assert there.entity.customer_id is not None
    story = world.store.now(lambda tx: tx.story(row.id, limit=9))
    assert ("buyer", "came") in {(one.event, one.outcome) for one in story}
    until = world.clock.now() + timedelta(days=1)
    assert world.store.now(lambda tx: tx.purge_awaited(before=until, limit=9)) == 1
    assert asyncio.run(late.work_off()) == 0


def test_customer_with_the_number_is_not_the_card(shop: tuple[World, Holders]) -> None:
    """A person and a card are made one entity because both are found by the card's number."""
    world, connector = shop
    person = Observed("u-1", Customer(cards=(CardRef(number=NUMBER),)))
    _told(world, (Kind.CUSTOMER, person), (Kind.CARD, Observed("k-1", Card(number=NUMBER))))
    assert connector.cards is not None

    assert len(connector.cards.records) == len(connector.vendor.records) == 1
