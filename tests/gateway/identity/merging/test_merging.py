"""Merges: one person afterwards, everything of his with him, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.canonical.paths import known
from gateway.identity.merging.join import MergeBusy, MergeRefused
from gateway.identity.merging.orders import OrderDuplicates
from gateway.identity.merging.service import Wanted
from gateway.ports import MergeState
from tests.gateway.identity.merging.people import (
    CRM,
    EMAIL,
    OTHER_PHONE,
    PHONE,
    SHOP,
    People,
    person,
)
from tests.gateway.sync.stepping import at_once


@pytest.fixture
def people() -> Iterator[People]:
    """A shop with a CRM."""
    made = People()
    yield made
    made.world.close()


def test_everything_of_both_is_the_survivors(people: People) -> None:
    """A contact, a card or an order would be lost with the record that vanishes."""
    survivor, absorbed = people.twice()
    orders = [people.order_of(survivor), people.order_of(absorbed)]
    row = people.merge(survivor, absorbed)
    assert row.state is MergeState.DONE
    fields = people.fields(survivor)
    assert fields[f"phones/{PHONE}"] is True
    assert fields[f"emails/{EMAIL}"] is True
    assert [people.owner(order) for order in orders] == [survivor, survivor]
    gone = people.world.entity(absorbed)
    assert gone.deleted
    assert gone.fields == {}


def test_a_vendor_that_can_merge_is_asked_once_and_the_other_keeps_two(people: People) -> None:
    """The CRM would go on with two persons, or be asked again and again."""
    survivor, absorbed = people.twice()
    row = people.merge(survivor, absorbed)
    operation = people.operation(f"merge:{row.id}:{CRM}")
    assert operation is not None
    assert len(operation.payload["losers"]) == 1
    assert people.operation(f"merge:{row.id}:{SHOP}") is None
    assert row.record["apart"].keys() == {SHOP, CRM}


def test_an_order_of_the_vanished_record_is_the_survivors(people: People) -> None:
    """An order that comes later under the old id would belong to nobody."""
    survivor, absorbed = people.twice()
    people.merge(survivor, absorbed)
    third = people.crm.create(person("Алёна Петровна"))
    people.world.settle_down()
    other = people.world.links(CRM)[third].entity_id
    people.merge(other, survivor)
    now = people.world.store.now(lambda tx: tx.absorbed_into([absorbed, survivor]))
    assert now == {absorbed: survivor, survivor: other}


def test_what_is_changed_at_a_second_record_reaches_the_person(people: People) -> None:
    """Somebody who logs in with his old account would talk to a wall."""
    survivor, absorbed = people.twice()
    people.merge(survivor, absorbed)
    people.world.settle_down()
    links = people.world.store.now(lambda tx: tx.links_of([absorbed]))[absorbed]
    old = next(link.external_id for link in links if link.account == SHOP)
    assert old is not None
    people.clock.move(60)
    people.shop.edit(old, phones=person("x", phone=OTHER_PHONE).phones)
    people.world.settle_down()
    assert people.fields(survivor)[f"phones/{OTHER_PHONE}"] is True
    assert people.world.entity(absorbed).fields == {}


def test_undo_restores_the_exact_earlier_state(people: People) -> None:
    """Somebody who is almost as before is a third person."""
    survivor, absorbed = people.twice()
    orders = [people.order_of(survivor), people.order_of(absorbed)]
    before = [people.world.entity(one) for one in (survivor, absorbed)]
    row = people.merge(survivor, absorbed)
    assert people.undo(row.id) == []  # the CRM had not begun
    after = [people.world.entity(one) for one in (survivor, absorbed)]
    assert [known(one.fields) for one in after] == [one.fields for one in before]
    assert [dict(one.origins) for one in after] == [dict(one.origins) for one in before]
    assert [people.owner(order) for order in orders] == [survivor, absorbed]
    assert people.operation(f"merge:{row.id}:{CRM}") is None
    writes = people.world.writes()
    people.world.settle_down()
    assert people.world.writes() == writes  # nobody had been told anything else


def test_what_a_vendor_has_merged_is_said_and_made_anew(people: People) -> None:
    """Undo would claim what it cannot do."""
    survivor, absorbed = people.twice()
    row = people.merge(survivor, absorbed)
    people.perform(f"merge:{row.id}:{CRM}")
    people.world.settle_down()
    assert len(people.crm.records) == 1
    assert people.undo(row.id) == [CRM]
    people.world.settle_down()
    assert len(people.crm.records) == 2
    emails = {one.entity.emails for one in people.crm.records.values()}
    assert len(emails) == 2


def test_a_change_since_the_merge_survives_the_undo(people: People) -> None:
    """Undo would roll back what the person did meanwhile."""
    survivor, absorbed = people.twice()
    row = people.merge(survivor, absorbed)
    people.world.settle_down()
    late = people.order_of(survivor)
    one = next(
        link.external_id
        for link in people.world.store.now(lambda tx: tx.links_of([survivor]))[survivor]
        if link.account == SHOP
    )
    assert one is not None
    people.clock.move(60)
    people.shop.edit(one, name=person("Алевтина").name)
    people.world.settle_down()
    people.undo(row.id)
    assert people.fields(survivor)["name/first"] == "Алевтина"
    assert people.owner(late) == survivor
    assert people.fields(absorbed)[f"emails/{EMAIL}"] is True


def test_nothing_is_merged_while_something_is_on_its_way(people: People) -> None:
    """An order that is being paid would come back to a customer who is no more."""
    survivor, absorbed = people.twice()
    people.clock.move(60)
    record = next(iter(people.shop.records))
    people.shop.edit(record, name=person("Алёнушка").name)
    people.world.do("pull", SHOP)
    flight = people.world.start("deliver", CRM)
    row = people.merge(survivor, absorbed)
    assert row.state is MergeState.CONFIRMED
    while not flight.done:
        people.world.step(flight)
    assert at_once(people.merging().work_off()) == 1
    done = at_once(people.merging().get(row.id))
    assert done.state is MergeState.DONE


def test_a_merge_whose_other_half_is_gone_is_ended(people: People) -> None:
    """It would stop all merges that wait behind it, again and again."""
    survivor, absorbed = people.twice()
    third = people.crm.create(person("Ольга", phone=OTHER_PHONE))
    people.world.settle_down()
    people.clock.move(60)
    record = next(iter(people.shop.records))
    people.shop.edit(record, name=person("Алёнушка").name)
    people.world.do("pull", SHOP)
    flight = people.world.start("deliver", CRM)
    row = people.merge(survivor, absorbed)
    assert row.state is MergeState.CONFIRMED
    last = people.world.links(CRM)[third].entity_id
    assert people.merge(last, absorbed, despite=True).state is MergeState.DONE
    while not flight.done:
        people.world.step(flight)
    assert at_once(people.merging().work_off()) == 0
    ended = at_once(people.merging().get(row.id))
    assert ended.state is MergeState.REFUSED
    assert ended.note


def test_nothing_is_taken_back_while_something_is_on_its_way(people: People) -> None:
    """The answer of a telling would restore what was just given back."""
    survivor, absorbed = people.twice()
    row = people.merge(survivor, absorbed)
    flight = people.world.start("deliver", SHOP)
    assert not flight.done
    with pytest.raises(MergeBusy):
        people.undo(row.id)


def test_one_confirmation_of_two_is_not_enough(people: People) -> None:
    """Whoever reads somebody's e-mail would get his orders and points."""
    survivor, absorbed = people.twice()
    merging = people.merging("sms", "email")
    row = at_once(merging.propose(Wanted(survivor, absorbed, "order", "gateway")))
    assert row.state is MergeState.ASKED
    assert set(row.record["needs"]) == {f"sms:{PHONE}", f"email:{EMAIL}"}
    row = at_once(merging.confirmed(row.id, f"email:{EMAIL}", giver="olga"))
    assert row.state is MergeState.ASKED
    assert not people.world.entity(absorbed).deleted
    with pytest.raises(MergeRefused, match="nobody was asked there"):
        at_once(merging.confirmed(row.id, f"sms:{OTHER_PHONE}", giver="olga"))
    row = at_once(merging.confirmed(row.id, f"sms:{PHONE}", giver="olga"))
    assert row.state is MergeState.DONE


def test_a_confirmation_that_comes_too_late_counts_for_nothing(people: People) -> None:
    """A letter of last year would merge two accounts today."""
    survivor, absorbed = people.twice()
    merging = people.merging("sms", "email")
    row = at_once(merging.propose(Wanted(survivor, absorbed, "order", "gateway")))
    people.clock.move(4000)
    with pytest.raises(MergeRefused, match="in time"):
        at_once(merging.confirmed(row.id, f"sms:{PHONE}", giver="olga"))


def test_who_cannot_be_asked_is_not_merged(people: People) -> None:
    """A record without contacts could be anybody's."""
    survivor, _ = people.twice()
    nameless = people.shop.create(person("Без контактов"))
    people.world.settle_down()
    other = people.world.links(SHOP)[nameless].entity_id
    merging = people.merging("sms", "email")
    with pytest.raises(MergeRefused, match="neither phone nor e-mail"):
        at_once(merging.propose(Wanted(survivor, other, "scan", "gateway")))
    vouched = Wanted(survivor, other, "operator", "olga", vouched=True)
    assert at_once(merging.propose(vouched)).state is MergeState.DONE


def test_the_same_pair_is_asked_for_once(people: People) -> None:
    """Each new order would send another code."""
    survivor, absorbed = people.twice()
    merging = people.merging("sms", "email")
    first = at_once(merging.propose(Wanted(survivor, absorbed, "order", "gateway")))
    second = at_once(merging.propose(Wanted(absorbed, survivor, "scan", "olga")))
    assert first.id == second.id
    at_once(merging.refuse(first.id, who="olga", reason="разные люди"))
    with pytest.raises(MergeRefused, match="refused already"):
        at_once(merging.refuse(first.id, who="olga", reason="разные люди"))


def test_merges_are_taken_back_in_their_order(people: People) -> None:
    """A survivor who was absorbed himself has nothing left to give back."""
    survivor, absorbed = people.twice()
    first = people.merge(survivor, absorbed)
    third = people.shop.create(person("Третья"))
    people.world.settle_down()
    last = people.merge(people.world.links(SHOP)[third].entity_id, survivor)
    with pytest.raises(MergeRefused, match=f"take the merge {last.id} back first"):
        people.undo(first.id)
    people.undo(last.id)
    people.undo(first.id)
    assert people.fields(absorbed)[f"emails/{EMAIL}"] is True


def test_the_story_of_both_tells_it(people: People) -> None:
    """Nobody would find out where the old record went."""
    survivor, absorbed = people.twice()
    row = people.merge(survivor, absorbed)
    people.undo(row.id)
    steps = {one: people.steps(one) for one in (survivor, absorbed)}
    told = {
        one: [(step.event, step.outcome) for step in found if step.account == "identity"]
        for one, found in steps.items()
    }
    assert told == {
        survivor: [("merge", "asked"), ("person", "merged"), ("person", "parted")],
        absorbed: [("merge", "asked"), ("person", "absorbed"), ("person", "parted")],
    }
    text = str([step.detail for found in steps.values() for step in found])
    for personal in (PHONE, EMAIL, "Ёжикова"):
        assert personal not in text


def test_an_order_with_the_contacts_of_two_asks_for_their_merge(people: People) -> None:
    """Duplicates would stay until somebody stumbles over them."""
    survivor, absorbed = people.twice()
    order = people.world.entity(people.order_of(survivor))
    fields = {**order.fields, "contact/phone": PHONE, "contact/email": EMAIL.upper()}
    notice = OrderDuplicates(people.world.applier.digester, people.merging("sms", "email"))
    people.world.store.now(lambda tx: notice(tx, [replace(order, fields=fields)]))
    people.world.store.now(lambda tx: notice(tx, [replace(order, fields=fields)]))
    (row,) = people.world.store.now(lambda tx: tx.merges(state=MergeState.ASKED, limit=10))
    assert {row.survivor, row.absorbed} == {survivor, absorbed}
    assert row.cause == "order"
    assert not people.world.entity(absorbed).deleted
    alone = replace(order, fields={**order.fields, "contact/phone": PHONE})
    people.world.store.now(lambda tx: notice(tx, [alone]))
    assert len(people.world.store.now(lambda tx: tx.merges(state=MergeState.ASKED, limit=10))) == 1
