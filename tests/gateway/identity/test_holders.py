"""Holders of cards (B4): who a card that was issued without a name turns out to be of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import CardRef, Customer, Kind
from gateway.ports import PairState
from gateway.sync.incoming import Incoming
from gateway.sync.ownership import Ownership, Rule, RuleKind
from tests.gateway.identity.holding import (
    ANNA,
    EMAIL,
    NO_NAME,
    NUMBER,
    OTHER_NUMBER,
    PHONE,
    PYOTR,
    CardDesk,
    card,
    order,
    person,
)

SHELL = person("erp", "n-1", NO_NAME)


@pytest.fixture
def desk() -> Iterator[CardDesk]:
    """A desk with nothing in it."""
    made = CardDesk()
    yield made
    made.store.end()


def contacts(who: Customer) -> tuple[list[str], list[str], list[str]]:
    """Return phones, e-mails and cards."""
    return (
        [one.number for one in who.phones],
        [one.address for one in who.emails],
        [one.number for one in who.cards],
    )


def test_the_phone_comes_first(desk: CardDesk) -> None:
    """The card goes to whoever has the e-mail, though the phone is somebody else's."""
    desk.take(card())
    desk.take(person("crm", "p-1", phone=PHONE), person("crm", "p-2", email=EMAIL))
    desk.take(order(phone="8 (916) 111-22-33", email=EMAIL))
    anna = desk.of("crm", Kind.CUSTOMER, "p-1")

    assert desk.holders() == [anna]
    assert desk.customer_of("site", Kind.ORDER, "o-1") == anna
    assert desk.customer_of("erp", Kind.CARD, "k-1") == anna
    assert [contacts(one)[:2] for one in desk.people()] == [([PHONE], []), ([], [EMAIL])]


def test_else_the_e_mail_and_the_phone_is_added(desk: CardDesk) -> None:
    """Who gives a new phone becomes a second customer, or the new phone is forgotten."""
    desk.take(card())
    desk.take(person("crm", "p-1", ANNA, email=EMAIL))
    desk.take(order(phone=PHONE, email=EMAIL, name=ANNA))
    (anna,) = desk.people()

    assert contacts(anna) == ([PHONE], [EMAIL], [NUMBER])
    assert desk.customer_of("erp", Kind.CARD, "k-1") == desk.of("crm", Kind.CUSTOMER, "p-1")


def test_else_the_nameless_holder_gets_name_and_contacts(desk: CardDesk) -> None:
    """The nameless customer of 1C stays nameless, and the order makes a second one."""
    desk.take(SHELL, card("n-1"))
    desk.take(order(phone=PHONE, email=EMAIL, name=ANNA))
    (anna,) = desk.people()

    assert (contacts(anna), anna.name) == (([PHONE], [EMAIL], [NUMBER]), ANNA)
    assert desk.customer_of("site", Kind.ORDER, "o-1") == desk.of("erp", Kind.CUSTOMER, "n-1")


def test_else_a_new_customer_is_made_with_the_card(desk: CardDesk) -> None:
    """An order by a card of nobody has no customer, and the card stays nobody's."""
    desk.take(card())
    desk.take(order())
    (somebody,) = desk.people()

    assert somebody == Customer(cards=(CardRef(number=NUMBER),))
    assert desk.holders() == [desk.customer_of("site", Kind.ORDER, "o-1")]
    assert desk.holders() == [desk.customer_of("erp", Kind.CARD, "k-1")]


def test_card_alone_is_enough_for_its_holder(desk: CardDesk) -> None:
    """Who shows his card only is taken for a stranger."""
    desk.take(person("erp", "n-1", ANNA, phone=PHONE), card("n-1"))
    desk.take(order())

    assert desk.customer_of("site", Kind.ORDER, "o-1") == desk.of("erp", Kind.CUSTOMER, "n-1")
    assert len(desk.people()) == 1


def test_nameless_holder_becomes_one_with_a_known_customer(desk: CardDesk) -> None:
    """What was bought with the nameless card stays with nobody for ever."""
    desk.take(SHELL, card("n-1"))
    desk.take(person("site", "u-1", ANNA, phone=PHONE), order(phone=PHONE, named="u-1"))
    anna = desk.of("site", Kind.CUSTOMER, "u-1")
    assert desk.holders() == [anna]
    assert desk.merged() == 1

    assert len(desk.people()) == 1
    assert desk.of("erp", Kind.CUSTOMER, "n-1") == anna
    assert desk.customer_of("erp", Kind.CARD, "k-1") == anna


def test_holder_of_many_nameless_cards_keeps_the_others(desk: CardDesk) -> None:
    """«Розничный покупатель» of 1C, who holds all cards, is made one with the first who orders."""
    other = card("n-1", OTHER_NUMBER, "k-2")
    desk.take(SHELL, card("n-1"), other)
    desk.take(person("site", "u-1", ANNA, phone=PHONE), order(named="u-1"))
    anna, crowd = desk.of("site", Kind.CUSTOMER, "u-1"), desk.of("erp", Kind.CUSTOMER, "n-1")

    assert desk.merged() == 0
    assert (desk.holders(), desk.holders(OTHER_NUMBER)) == ([anna], [crowd])
    assert desk.customer_of("erp", Kind.CARD, "k-1") == anna
    assert desk.customer_of("erp", Kind.CARD, "k-2") == crowd


@pytest.mark.parametrize("named", ["", "u-1"])
def test_card_of_a_named_other_stays_with_him(desk: CardDesk, named: str) -> None:
    """Somebody who types a stranger's number gets the stranger's card, or becomes the stranger."""
    desk.take(person("erp", "n-1", PYOTR, phone="+79035554433"), card("n-1"))
    desk.take(person("site", "u-1", ANNA, phone=PHONE))
    desk.take(order(phone=PHONE, name=ANNA, named=named))
    desk.take(order(phone=PHONE, name=ANNA, named=named))
    pyotr, anna = (desk.of("erp", Kind.CUSTOMER, "n-1"), desk.of("site", Kind.CUSTOMER, "u-1"))
    (pair,) = desk.pairs()

    assert desk.merged() == 0
    assert desk.holders() == [pyotr]
    assert desk.customer_of("erp", Kind.CARD, "k-1") == pyotr
    assert desk.customer_of("site", Kind.ORDER, "o-1") == anna
    assert (set(pair.pair), pair.state) == ({pyotr, anna}, PairState.APART)
    assert [one[:2] for one in desk.story(anna)].count(("card", "disputed")) == 1


def test_doubt_about_a_named_holder_is_put_before_a_person(desk: CardDesk) -> None:
    """A stranger's phone is the way into a card holder's account, or nobody is asked."""
    desk.take(person("erp", "n-1", ANNA, phone="+79035554433"), card("n-1"))
    desk.take(order(phone=PHONE))
    (pair,) = desk.pairs()

    assert len(desk.people()) == 2
    assert desk.holders() == [desk.of("erp", Kind.CUSTOMER, "n-1")]
    assert pair.state is PairState.PROPOSED


def test_the_same_name_and_card_are_the_holder(desk: CardDesk) -> None:
    """Who changed the phone becomes a second customer though name and card are the same."""
    desk.take(person("erp", "n-1", ANNA, phone="+79035554433"), card("n-1"))
    desk.take(order(phone=PHONE, name=ANNA))
    (anna,) = desk.people()

    assert contacts(anna) == (["+79035554433", PHONE], [], [NUMBER])


def test_who_contradicts_does_not_get_the_order(desk: CardDesk) -> None:
    """A household's phone gives the wife's card to the husband."""
    desk.take(person("crm", "p-1", PYOTR, phone=PHONE))
    desk.take(order(phone=PHONE, email=EMAIL, name=ANNA))
    anna = desk.customer_of("site", Kind.ORDER, "o-1")

    assert anna != desk.of("crm", Kind.CUSTOMER, "p-1")
    assert desk.holders() == [anna]
    assert [pair.state for pair in desk.pairs()] == [PairState.APART]


def test_a_placeholder_finds_nobody(desk: CardDesk) -> None:
    """All cards of those who refused to give a phone become one customer's."""
    nobody = "+79999999999"
    desk.take(person("crm", "p-1", ANNA, phone=nobody))
    desk.take(order(phone=nobody))

    assert desk.holders() != [desk.of("crm", Kind.CUSTOMER, "p-1")]


def test_owner_of_holders_is_not_overruled() -> None:
    """A directory that owns its holders is set right by a site's order."""
    desk = CardDesk(Ownership({Kind.CARD: {"customer_id": Rule(RuleKind.OWNER, "erp")}}))
    desk.take(card())
    desk.take(person("site", "u-1", ANNA, phone=PHONE), order(named="u-1"))
    bound, told = (
        desk.customer_of("erp", Kind.CARD, "k-1"),
        desk.story(desk.of("erp", Kind.CARD, "k-1")),
    )
    anna, holders = desk.of("site", Kind.CUSTOMER, "u-1"), desk.holders()
    desk.store.end()

    assert (bound, holders) == (None, [anna])
    assert ("received", "refused", "r-order") in told


def test_a_repeat_and_a_crash_change_nothing(desk: CardDesk) -> None:
    """A second delivery makes a second customer, or a kill leaves the card in no hands."""
    desk.take(SHELL, card("n-1"))
    said = order(phone=PHONE, email=EMAIL, name=ANNA)
    desk.take(said, killed=True)
    assert desk.customer_of("erp", Kind.CARD, "k-1") == desk.of("erp", Kind.CUSTOMER, "n-1")
    desk.take(said)
    once = desk.whole()
    desk.take(said)
    desk.take(card("n-1"), said)

    assert desk.whole() == once


def test_an_order_that_was_erased_makes_nobody(desk: CardDesk) -> None:
    """Who had himself erased comes back as a customer with the next reading of an old order."""
    desk.take(order(phone=PHONE, name=ANNA))
    gone = [
        replace(row, fields={}, deleted=True, version=row.version + 1)
        for row in desk.whole().values()
    ]
    desk.store.now(lambda tx: tx.put_entities(gone))
    desk.store.now(lambda tx: tx.put_matches({row.id: [] for row in gone}))
    desk.take(order(phone=PHONE, name=ANNA))

    assert desk.whole() == {}


def test_the_story_is_one(desk: CardDesk) -> None:
    """Nobody can tell why a customer has a card, a phone and an order."""
    desk.take(card())
    desk.take(person("crm", "p-1", ANNA, email=EMAIL))
    desk.take(order(phone=PHONE, email=EMAIL))
    anna = desk.story(desk.of("crm", Kind.CUSTOMER, "p-1"))
    plastic = desk.story(desk.of("erp", Kind.CARD, "k-1"))
    bought = desk.story(desk.of("site", Kind.ORDER, "o-1"))

    assert anna.count(("received", "merged", "r-order")) == 2
    assert ("received", "merged", "r-order") in plastic
    assert ("buyer", "matched", "r-order") in bought


NEWS: tuple[Sequence[Incoming], ...] = (
    (SHELL, card("n-1")),
    (order(phone=PHONE, email=EMAIL, name=ANNA),),
    (person("site", "u-1", ANNA, phone=PHONE),),
)


@given(news=st.permutations(NEWS), twice=st.integers(0, 2), kill=st.integers(0, 2))
def test_any_order_of_arrival_makes_one_customer(
    news: Sequence[Sequence[Incoming]], twice: int, kill: int
) -> None:
    """Whether the directory or the order comes first decides how many customers there are."""
    desk = CardDesk()
    for place, batch in enumerate((*news, news[twice])):
        if place == kill:
            desk.take(*batch, killed=True)
        desk.take(*batch)
    desk.merged()
    people, holders = desk.people(), desk.holders()
    bound = {
        desk.customer_of("site", Kind.ORDER, "o-1"),
        desk.customer_of("erp", Kind.CARD, "k-1"),
        desk.of("erp", Kind.CUSTOMER, "n-1"),
        desk.of("site", Kind.CUSTOMER, "u-1"),
    }
    desk.store.end()

    assert [contacts(one) for one in people] == [([PHONE], [EMAIL], [NUMBER])]
    assert bound == set(holders)
