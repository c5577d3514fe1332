"""Required contacts (B5): a customer without one waits or is refused, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import (
    Customer,
    EmailContact,
    Kind,
    Order,
    PersonName,
    PhoneContact,
)
from gateway.canonical.paths import known, spoken
from gateway.contract import EntityReader, EntityWriter, Observed
from gateway.ports import INCOMPLETE, DeadLetter, DeliveryState, LetterFilter
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.correct import Corrector
from gateway.sync.incoming import Incoming
from gateway.sync.required import REFUSED, Contact, Required
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.gateway.sync.world import World

PHONE, EMAIL = "+79161112233", "anna@example.ru"
BOTH = frozenset(Contact)
ANNA = PersonName(last="Иванова", first="Анна")


def _all_of_it(entity: Any, known: Any) -> Any:  # noqa: ANN401 - any kind
    del known
    return entity


@dataclass(slots=True)
class Crm(DictConnector):
    """A CRM that is told customers and orders, and read by nobody."""

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


class Shop:
    """A site and a till that tell of customers, and a CRM that requires contacts of them."""

    def __init__(self, required: Required) -> None:
        clock = HeldClock()
        self.people = Vendor("crm", Kind.CUSTOMER, clock, _all_of_it)
        self.orders = Vendor("crm", Kind.ORDER, clock, _all_of_it)
        self.world = World(Vendor("site", Kind.CUSTOMER, clock, _all_of_it), clock=clock)
        self.world.vendors["crm"] = self.people
        self.require(required)

    def require(self, required: Required) -> None:
        """Let the CRM's account be configured so."""
        every = frozenset({Kind.CUSTOMER, Kind.ORDER})
        circuit = Circuit(CircuitPolicy(), self.world.clock)
        flow = Flow(every, every, every, required=required)
        connector = Crm(self.people, orders=self.orders)
        self.world.accounts["crm"] = Account("crm", connector, flow, circuit)

    def told(self, *incoming: Incoming) -> None:
        """Take records in, and send what can be sent."""
        self.world.clock.move(60)
        self.world.store.now(lambda tx: self.world.applier.apply(tx, incoming))
        self.sent()

    def sent(self) -> None:
        """Send what can be sent, until nothing is left that could go."""
        for _ in range(3):
            self.world.do("deliver", "crm")
            self.world.clock.move(61)

    def letters(self, state: str = "open") -> list[DeadLetter]:
        """Letters of the CRM."""
        where = LetterFilter(state=state)
        return list(self.world.store.now(lambda tx: tx.letter_page(where, limit=9, before=None)))

    def corrected(self, values: dict[str, Any]) -> None:
        """Let an operator complete the only one who is held."""
        (letter,) = self.letters()
        corrector = Corrector(self.world.applier, self.world.clock)
        self.world.store.now(
            lambda tx: corrector.correct(tx, letter.subject, values, who="olga", correlation_id="c")
        )
        self.sent()

    def held(self) -> list[tuple[list[str], list[str]]]:
        """Contacts of whom the CRM has, without who made them first."""
        people = [one.entity for one in self.people.records.values()]
        return [
            ([one.number for one in who.phones], [one.address for one in who.emails])
            for who in people
        ]


def customer(account: str, *, phone: str = PHONE, email: str = "") -> Incoming:
    """Return a customer whom an account shows."""
    values: dict[str, Any] = {"name": ANNA}
    if phone:
        values["phones"] = (PhoneContact(number=phone),)
    if email:
        values["emails"] = (EmailContact(address=email),)
    observed = Observed(f"{account}-u", Customer(**values))
    return Incoming(account, Kind.CUSTOMER, observed, None, "c-1")


def order() -> Incoming:
    """Return an order of the site's customer."""
    observed = Observed("o-1", Order(number="К-17"), customer_external_id="site-u")
    return Incoming("site", Kind.ORDER, observed, None, "c-2")


@pytest.fixture
def queue() -> Iterator[Shop]:
    """A CRM for which incomplete customers wait."""
    shop = Shop(Required(BOTH))
    yield shop
    shop.world.close()


def test_incomplete_customer_waits_with_his_order(queue: Shop) -> None:
    """A customer without e-mail reaches the CRM, or the order goes there without its customer."""
    queue.told(customer("site"))
    queue.told(order())
    (letter,) = queue.letters()
    states = queue.world.store.now(lambda tx: tx.count_deliveries())

    assert (queue.people.records, queue.orders.records) == ({}, {})
    assert (letter.cause_code, letter.source, letter.held) == (INCOMPLETE, "delivery", False)
    assert "no e-mail" in letter.cause
    assert "--set emails/VALUE=true" in letter.remedy
    assert states["crm", DeliveryState.HELD] == states["crm", DeliveryState.WAITING] == 1


@pytest.mark.parametrize("source", ["site", "till"])
def test_contact_from_any_source_lets_both_go(queue: Shop, source: str) -> None:
    """The customer stays held although the e-mail came, or only the source could complete him."""
    queue.told(customer("site"))
    queue.told(order())
    queue.told(customer(source, email=EMAIL))
    (there,) = queue.orders.records.values()
    ((key,),) = [{one.key for one in queue.people.records.values()}]

    assert queue.held() == [([PHONE], [EMAIL])]
    assert there.entity.customer_id == key
    assert queue.letters() == []
    assert len(queue.letters("replayed")) == 1


def test_operator_completes_him(queue: Shop) -> None:
    """An operator who asked the customer cannot let the record go."""
    queue.told(customer("site"))
    queue.told(order())
    queue.corrected({f"emails/{EMAIL}": True})

    assert queue.held() == [([PHONE], [EMAIL])]
    assert len(queue.orders.records) == 1
    assert queue.letters() == []


def test_news_that_complete_nothing_leave_one_letter(queue: Shop) -> None:
    """Each edit of a held customer opens a letter of its own, or lets him slip through."""
    queue.told(customer("site"))
    (first,) = queue.letters()
    item = customer("site")
    queue.told(replace(item, observed=Observed("site-u", Customer(name=ANNA, tier="золото"))))
    (again,) = queue.letters()

    assert queue.people.records == {}
    assert again.id == first.id


@pytest.mark.parametrize("refuses", [True, False])
def test_who_is_found_at_the_account_waits_no_more(*, refuses: bool) -> None:
    """The CRM's desk made the record by hand, and the letter about it stays open for ever."""
    shop = Shop(Required(BOTH, refuses=refuses))
    shop.told(customer("site"))
    shop.told(order())
    shop.told(customer("crm"))
    made, orders, left = dict(shop.people.creations), len(shop.orders.records), shop.letters()
    shop.world.close()

    assert (made, orders, left) == ({}, 1, [])


def test_refused_customer_is_a_dead_letter_until_he_is_complete() -> None:
    """A refused customer is lost, told, or can never be told again."""
    shop = Shop(Required(BOTH, refuses=True))
    shop.told(customer("site"))
    shop.told(order())
    (letter,) = shop.letters()
    states = shop.world.store.now(lambda tx: tx.count_deliveries())
    shop.told(customer("site", email=EMAIL))
    held, orders, left = shop.held(), len(shop.orders.records), shop.letters()
    shop.world.close()

    assert letter.cause_code == REFUSED
    assert states["crm", DeliveryState.DEAD] == 1
    assert (held, orders, left) == ([([PHONE], [EMAIL])], 1, [])


def test_who_is_there_already_is_told_of_changes() -> None:
    """A requirement that is configured later keeps changes of old customers back."""
    shop = Shop(Required())
    shop.told(customer("site"))
    shop.require(Required(BOTH))
    changed = Customer(name=PersonName(last="Орлова", first="Анна"))
    shop.told(replace(customer("site"), observed=Observed("site-u", changed)))
    (there,) = shop.people.records.values()
    shop.world.close()

    assert there.entity.name.last == "Орлова"


def test_nothing_is_required_by_default() -> None:
    """Shops that ask for a phone only would stand still after the update."""
    shop = Shop(Required())
    shop.told(customer("site", phone=""))
    there = len(shop.people.records)
    shop.world.close()

    assert there == 1


NEWS = (
    [customer("site")],
    [customer("site"), order()],  # a reading brings the buyer along whom nobody knows yet
    [customer("till", email=EMAIL)],
)


@given(news=st.permutations(NEWS), twice=st.integers(0, 2), refuses=st.booleans())
def test_any_order_of_arrival_ends_alike(
    news: Sequence[Sequence[Incoming]], twice: int, *, refuses: bool
) -> None:
    """What comes first decides what the CRM has in the end, or something is lost on the way."""
    shop = Shop(Required(BOTH, refuses=refuses))
    for items in (*news, news[twice]):
        shop.told(*items)
    held, orders, left = shop.held(), list(shop.orders.records.values()), shop.letters()
    buyers = [one.key for one in shop.people.records.values()]
    shop.world.close()

    assert held == [([PHONE], [EMAIL])]
    assert [one.entity.customer_id for one in orders] == buyers
    assert left == []


@pytest.mark.parametrize(
    ("given_there", "lacking"),
    [
        (Customer(), [Contact.PHONE, Contact.EMAIL]),
        (Customer(phones=(PhoneContact(number=PHONE, raw="8 916"),)), [Contact.EMAIL]),
        (Customer(emails=(EmailContact(address=EMAIL),)), [Contact.PHONE]),
    ],
)
def test_lacking_contacts_are_named(given_there: Customer, lacking: list[Contact]) -> None:
    """A part of a contact counts as one, or another one is asked for."""
    assert Required(BOTH).lacking(known(spoken(given_there))) == lacking
