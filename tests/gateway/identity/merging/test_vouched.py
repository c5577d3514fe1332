"""Vouched: somebody answers for both, and what either of them proved stays proved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.service import Wanted
from gateway.ports import MergeState, ProofRow
from tests.gateway.identity.merging.people import EMAIL, OTHER_PHONE, PHONE, SHOP, People, person
from tests.gateway.sync.stepping import at_once


@pytest.fixture
def people() -> Iterator[People]:
    """A shop with a CRM."""
    made = People()
    yield made
    made.world.close()


def test_who_answers_for_both_need_not_wait_for_codes_that_were_asked_for(people: People) -> None:
    """A merge that an order had asked for would keep a confirmed questionnaire waiting for ever."""
    survivor, absorbed = people.twice()
    merging = people.merging("sms", "email")
    asked = at_once(merging.propose(Wanted(survivor, absorbed, "order", "gateway")))
    vouched = Wanted(survivor, absorbed, "form", "form:club", vouched=True)
    done = at_once(merging.propose(vouched))
    assert (done.state, done.asked_by) == (MergeState.DONE, "form:club")
    assert at_once(merging.get(asked.id)).state is MergeState.REFUSED


def test_what_was_proved_goes_over_and_comes_back(people: People) -> None:
    """The survivor's phone would be one that somebody typed, though a code was given back."""
    survivor, absorbed = people.twice()
    digest = people.world.applier.digester.digest("email", EMAIL)
    proof = ProofRow(digest, absorbed, "code", "form", people.clock.now())
    people.world.store.now(lambda tx: tx.put_proofs([proof]))
    row = people.merge(survivor, absorbed)
    both = people.world.store.now(lambda tx: tx.proofs([survivor, absorbed]))
    assert {(one.entity_id, one.proof, one.digest) for one in both} == {
        (name, "code", digest) for name in (survivor, absorbed)
    }
    people.undo(row.id)
    assert people.world.store.now(lambda tx: tx.proofs([absorbed])) == [proof]


def test_two_confirmed_phones_that_differ_are_two_persons(people: People) -> None:
    """Two people of one household would become one, with one balance."""
    for number, first in ((PHONE, "Алёна"), (OTHER_PHONE, "Пётр")):
        people.shop.create(person(first, phone=number, email=EMAIL, proved=True))
        people.world.settle_down()
    ids = [link.entity_id for link in people.world.links(SHOP).values()]
    assert len(set(ids)) == 2
    with pytest.raises(MergeRefused, match="confirmed phone"):
        people.merge(ids[0], ids[1])
    asked = Wanted(ids[0], ids[1], "operator", "olga", despite=True)
    row = at_once(people.merging("sms", "email").propose(asked))
    assert set(row.record["needs"]) == {f"sms:{PHONE}", f"sms:{OTHER_PHONE}", f"email:{EMAIL}"}
    at_once(people.merging().refuse(row.id, who="olga", reason="разные люди"))
    assert people.merge(ids[0], ids[1], despite=True).state is MergeState.DONE
