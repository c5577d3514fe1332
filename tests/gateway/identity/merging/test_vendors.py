"""Merges that vendors make: followed, asked about or told, in any order, and never as an echo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.canonical import Customer, Kind
from gateway.contract import Observed
from gateway.identity.matching.texts import finding_text, rule_text
from gateway.identity.merging.vendors import VendorMerges
from gateway.ops.reviews import Reviews
from gateway.ports import (
    MERGED_THERE,
    DeadLetter,
    LetterFilter,
    MergeState,
    PairRow,
    PairState,
    VendorMergeRow,
)
from gateway.sync.incoming import Incoming
from tests.gateway.identity.merging.people import CRM, EMAIL, PHONE, People, person
from tests.gateway.sync.stepping import at_once


@pytest.fixture
def people() -> People:
    """A shop and a CRM."""
    return People()


def record_at(people: People, entity_id: str, account: str = CRM) -> str:
    """Return somebody's record at an account."""
    links = people.world.store.now(lambda tx: tx.links_of([entity_id]))[entity_id]
    return next(str(one.external_id) for one in links if one.account == account)


def join_there(people: People, gone: str, into: str, *, twice: bool = False) -> None:
    """Let the CRM join two records, and its feed say so."""
    people.crm.records.pop(gone, None)
    word = Observed(gone, Customer(), deleted=True, merged_into=into)
    item = Incoming(CRM, Kind.CUSTOMER, word, None, "feed-1")
    for _ in range(2 if twice else 1):
        people.world.store.now(lambda tx: people.world.applier.apply(tx, [item]))


def look(people: People, mode: str) -> int:
    """Do what the process does every few seconds."""
    vendors = VendorMerges(
        people.world.store, people.clock, people.world.applier, people.merging(), mode,
        lambda _: None,
    )  # fmt: skip
    done = at_once(vendors.work_off())
    at_once(people.merging().work_off())
    return done


def pair_of(people: People, one: str, other: str) -> PairRow | None:
    """Return what stands about two."""
    pair = (min(one, other), max(one, other))
    return people.world.store.now(lambda tx: tx.pairs([pair])).get(pair)


def letters(people: People) -> list[DeadLetter]:
    """Return what waits for people."""
    where = LetterFilter(state="open")
    return list(people.world.store.now(lambda tx: tx.letter_page(where, limit=9, before=None)))


@pytest.mark.parametrize("older_goes", [False, True])
def test_a_vendors_merge_is_followed(people: People, *, older_goes: bool) -> None:
    """Two customers would stay here for one person there, and one be told to a dead record."""
    first, second = people.twice()
    order = people.order_of(second)
    ids = [record_at(people, one) for one in (first, second)]
    gone, into = ids if older_goes else ids[::-1]
    join_there(people, gone, into, twice=True)
    assert look(people, "follow") == 1
    (row,) = people.world.store.now(lambda tx: tx.merges(state=MergeState.DONE, limit=9))
    assert (row.survivor, row.absorbed, row.asked_by) == (first, second, CRM)
    assert people.operation(f"merge:{row.id}:{CRM}") is None
    assert people.owner(order) == first
    people.world.settle_down()
    assert record_at(people, first) == into
    assert gone not in people.crm.records
    held: Customer = people.crm.records[into].entity
    assert ([one.number for one in held.phones], [one.address for one in held.emails]) == (
        [PHONE], [EMAIL],
    )  # fmt: skip
    assert look(people, "follow") == 0
    assert people.undo(row.id) == [CRM]


def test_an_operator_is_asked(people: People) -> None:
    """Two customers would be glued together because somebody at the vendor made a mistake."""
    first, second = people.twice()
    gone, into = record_at(people, second), record_at(people, first)
    join_there(people, gone, into)
    look(people, "ask")
    asked = pair_of(people, first, second)
    assert asked is not None
    assert (asked.state, asked.decided_by) == (PairState.OPEN, CRM)
    assert rule_text(asked.rule, "en") == "a vendor joined both records"
    assert finding_text(asked.findings["supports"][-1], "ru") == (
        f"{CRM} объединил запись {gone} с записью {into}"
    )
    assert not people.world.entity(second).deleted
    row = people.merge(first, second)
    assert people.operation(f"merge:{row.id}:{CRM}") is None


def test_a_person_is_asked_again_once_and_not_overruled(people: People) -> None:
    """A vendor would overrule the operator who knows mother and daughter, or ask for ever."""
    first, second = people.twice()
    gone, into = record_at(people, second), record_at(people, first)
    pair, now = (min(first, second), max(first, second)), people.clock.now()
    known = PairRow(pair, PairState.DIFFERENT, "score", 100, {}, now, now, "olga")
    people.world.store.now(lambda tx: tx.put_pairs([known]))
    join_there(people, gone, into)
    look(people, "follow")
    asked = pair_of(people, first, second)
    assert asked is not None
    assert (asked.state, asked.points) == (PairState.OPEN, 100)
    assert not people.world.entity(second).deleted
    again = VendorMergeRow(CRM, gone, into, now, now)

    def decide(tx: Any) -> None:  # noqa: ANN401 - the transaction
        tx.put_pairs([replace(asked, state=PairState.DIFFERENT, decided_by="olga")])
        tx.put_vendor_merge(again)

    people.world.store.now(decide)
    assert look(people, "follow") == 1
    after = pair_of(people, first, second)
    assert after is not None
    assert (after.state, after.decided_by) == (PairState.DIFFERENT, "olga")


def test_where_vendors_merges_are_told_nothing_follows(people: People) -> None:
    """A shop that decides all by itself would find reviews that it never asked for."""
    first, second = people.twice()
    join_there(people, record_at(people, second), record_at(people, first))
    assert look(people, "tell") == 1
    assert pair_of(people, first, second) is None
    assert [one.outcome for one in people.steps(second)][-1:] != ["absorbed"]
    assert any(one.outcome == "deleted_there" for one in people.steps(second))


@pytest.mark.parametrize("mode", ["ask", "tell"])
@pytest.mark.parametrize("older_goes", [False, True])
def test_a_dead_record_is_told_nothing_until_somebody_decides(
    people: People, mode: str, *, older_goes: bool
) -> None:
    """The second customer would be told to the record that his vendor no more has, again and again.

    The double's vendor has no such record: a telling to it would be a fault of this test.
    """
    pair = people.twice()
    first, second = pair[::-1] if older_goes else pair
    gone, into = record_at(people, second), record_at(people, first)
    join_there(people, gone, into)
    look(people, mode)
    for name in ("Алёнушка", "Алевтина"):
        people.clock.move(60)
        people.shop.edit(record_at(people, second, "shop"), name=person(name).name)
        people.world.settle_down()
        look(people, mode)
    (letter,) = letters(people)
    assert (letter.subject, letter.account, letter.cause_code) == (second, CRM, MERGED_THERE)
    assert (gone in letter.cause, into in letter.cause) == (True, True)
    assert people.crm.records[into].entity.name == person("Алёна").name or older_goes
    held = [one.outcome for one in people.steps(second) if one.event == "delivery"]
    assert held == [MERGED_THERE]
    assert people.merge(*pair).state is MergeState.DONE
    people.world.settle_down()
    assert letters(people) == []
    assert record_at(people, pair[0]) == into
    assert people.crm.records.keys() == {into}
    told = people.crm.records[into].entity.name
    assert told is not None
    assert told.first == people.fields(pair[0])["name/first"]


def test_whoever_is_called_another_person_gets_a_record_of_his_own(people: People) -> None:
    """He would be told nowhere for ever, because a vendor joined mother and daughter."""
    first, second = people.twice()
    gone, into = record_at(people, second), record_at(people, first)
    join_there(people, gone, into)
    look(people, "ask")
    reviews = Reviews(people.world.store, people.clock, people.merging())
    pair_id = ".".join(sorted((first, second)))
    at_once(reviews.decide(pair_id, same=False, reason="мать и дочь", who="olga"))
    people.world.settle_down()
    assert letters(people) == []
    assert record_at(people, first) == into
    assert record_at(people, second) not in {gone, into}
    held: Customer = people.crm.records[record_at(people, second)].entity
    assert [one.address for one in held.emails] == [EMAIL]


def test_our_own_merge_does_not_come_back_as_the_vendors(people: People) -> None:
    """Each merge would ask for a review of what it has done."""
    first, second = people.twice()
    gone, into = record_at(people, second), record_at(people, first)
    row = people.merge(first, second)
    people.perform(f"merge:{row.id}:{CRM}")
    join_there(people, gone, into)
    before = people.world.links(CRM)
    assert look(people, "follow") == 1
    assert people.world.links(CRM) == before
    assert pair_of(people, first, second) is None
    assert len(people.world.store.now(lambda tx: tx.merges_of([first]))) == 1


def test_who_was_merged_here_is_told_to_the_record_that_lives_there(people: People) -> None:
    """The person would be told to a dead record for ever, and a letter be opened each time."""
    first, second = people.twice()
    gone, into = record_at(people, first), record_at(people, second)
    people.merge(first, second)
    join_there(people, gone, into)
    assert look(people, "ask") == 1
    assert (record_at(people, first), record_at(people, second)) == (into, gone)
    people.world.settle_down()
    assert gone not in people.crm.records
    assert [one.number for one in people.crm.records[into].entity.phones] == [PHONE]


def test_the_word_may_come_before_the_record(people: People) -> None:
    """A merge would be forgotten because its survivor was read a moment later."""
    first, _ = people.twice()
    join_there(people, record_at(people, first), "crm-9")
    assert look(people, "ask") == 0
    people.crm.put("crm-9", person("Пётр", phone="+79035556677"), None)
    people.world.settle_down()
    assert look(people, "ask") == 1
    fresh = people.world.links(CRM)["crm-9"].entity_id
    asked = pair_of(people, first, fresh)
    assert asked is not None
    assert asked.state is PairState.OPEN


def test_a_record_that_never_comes_is_not_waited_for_for_ever(people: People) -> None:
    """Merges of another site of the vendor would be looked at again and again."""
    first, _ = people.twice()
    join_there(people, record_at(people, first), "elsewhere")
    for _ in range(9):
        look(people, "ask")
        people.clock.move(86_400)
    assert not people.world.store.now(
        lambda tx: tx.vendor_merges_due(now=people.clock.now(), limit=9)
    )
