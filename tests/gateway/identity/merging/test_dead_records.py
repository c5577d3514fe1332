"""Records that a vendor joined into a stranger's: nothing is told to them, and nobody is glued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.contract import EntityWriter
from gateway.ports import MERGED_THERE, DeliveryRow, DeliveryState, Tx
from gateway.sync.account import Flow
from gateway.sync.claim import Claimer
from tests.gateway.identity.merging.people import CRM, EMAIL, People, person
from tests.gateway.identity.merging.test_vendors import join_there, letters, look, record_at
from tests.gateway.sync.vendors import DictConnector


@pytest.fixture
def people() -> People:
    """A shop and a CRM."""
    return People()


class Selling(DictConnector):
    """A vendor that is told orders too."""

    @property
    def writers(self) -> Mapping[Kind, EntityWriter[Any]]:
        """Both kinds."""
        return {Kind.CUSTOMER: self.vendor, Kind.ORDER: replace(self.vendor, kind=Kind.ORDER)}


def test_an_order_names_the_record_that_lives(people: People) -> None:
    """It would be refused there, or be nobody's, while an operator thinks about the two."""
    first, second = people.twice()
    order, now = people.order_of(second), people.clock.now()
    gone, into = record_at(people, second), record_at(people, first)
    join_there(people, gone, into)
    join_there(people, into, "crm-9")
    join_there(people, "crm-9", into)
    look(people, "ask")
    every = frozenset({Kind.CUSTOMER, Kind.ORDER})
    account = replace(
        people.world.accounts[CRM], connector=Selling(people.crm), flow=Flow(every, every, every)
    )
    claimer = Claimer(people.world.applier, people.clock, 60.0, lambda: "l-1")

    def work(tx: Tx) -> list[str | None]:
        tx.mark_due([DeliveryRow(order, Kind.ORDER, CRM, DeliveryState.DUE, now)])
        claimed = claimer.claim(tx, account, [order], holder="h")
        return [one.change.customer_external_id for one in claimed.attempts]

    assert people.world.store.now(work) == ["crm-9"]


def test_a_merge_asks_nothing_about_a_record_that_is_a_strangers_now(people: People) -> None:
    """The vendor would join the stranger too; after the undo the dead record would be told to."""
    first, second = people.twice()
    people.crm.create(person("Пётр", email="pyotr@example.ru"))
    people.world.settle_down()
    stranger = people.world.links(CRM)["crm-3"].entity_id
    gone = record_at(people, second)
    join_there(people, gone, record_at(people, stranger))
    look(people, "ask")
    row = people.merge(first, second)
    assert people.operation(f"merge:{row.id}:{CRM}") is None
    people.undo(row.id)
    people.world.settle_down()
    (letter,) = letters(people)
    assert (letter.subject, letter.cause_code) == (second, MERGED_THERE)
    assert people.fields(second)[f"emails/{EMAIL}"] is True
    rows = people.world.store.now(lambda tx: tx.deliveries_of([first, second, stranger]))
    assert [one.attempts for found in rows.values() for one in found if one.attempts] == []
