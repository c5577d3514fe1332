"""Whatever a vendor joins, in whatever mode: nobody is glued, no order lost, no dead record told.

The double has no record any more that it joined into another: to tell it fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from gateway.canonical import Kind
from gateway.identity.merging.join import MergeRefused
from gateway.ports import MergeState, Tx
from gateway.sync.absorbed import survivors
from tests.gateway.identity.merging.people import CRM, SHOP, People, person
from tests.gateway.identity.merging.test_vendors import join_there, look
from tests.gateway.sync.stepping import at_once

CONTACTS = {
    ("Алёна", "phone"): "+79161234567", ("Алёна", "email"): "alyona@example.ru",
    ("Пётр", "phone"): "+79031112233", ("Пётр", "email"): "pyotr@example.ru",
}  # fmt: skip
WHO, BY = st.sampled_from(["Алёна", "Пётр"]), st.sampled_from(["phone", "email"])
ANY = st.integers(0, 99)
T = TypeVar("T")


def two_of(found: Sequence[T], one: int, other: int) -> tuple[T, T]:
    """Pick two, which are different ones where there are several."""
    first, most = one % len(found), max(1, len(found) - 1)
    return found[first], found[(first + 1 + other % most) % len(found)]


class Joins(RuleBasedStateMachine):
    """A shop and a CRM that joins records of its own; one mode of ``merge.vendors``."""

    def __init__(self) -> None:
        super().__init__()
        self.people = People()
        self.mode = "ask"
        self.truth: dict[tuple[str, str], str] = {}
        self.orders: dict[str, str] = {}
        self.names = 0

    @initialize(mode=st.sampled_from(["ask", "tell", "follow"]), one=ANY, older=st.booleans())
    def begin(self, mode: str, one: int, *, older: bool) -> None:
        """Let the CRM have three records of two customers' persons, and join two of them."""
        self.mode = mode
        for by in ("phone", "email"):
            self.register("Алёна", CRM, by)
        self.register("Пётр", CRM, "phone")
        self.order(one)
        self.vendor_joins(int(older), 0)

    @rule(who=WHO, where=st.sampled_from([SHOP, CRM]), by=BY)
    def register(self, who: str, where: str, by: str) -> None:
        """Sign up somewhere with one contact."""
        vendor = self.people.shop if where == SHOP else self.people.crm
        contact: dict[str, Any] = {by: CONTACTS[who, by]}
        self.truth[where, vendor.create(person(who, **contact))] = who
        self.people.world.settle_down()

    @rule(place=ANY)
    def order(self, place: int) -> None:
        """Order from whatever customer a person is here."""
        living = sorted(self._owners().items())
        ref, customer = living[place % len(living)]
        self.orders[self.people.order_of(customer)] = self.truth[ref]

    @rule(one=ANY, other=ANY)
    def vendor_joins(self, one: int, other: int) -> None:
        """Let the CRM join two records: of one person, or of anybody where people are asked."""
        there = sorted(i for where, i in self.truth if where == CRM and i in self._records())
        gone, into = two_of(there, one, other)
        is_one = self.truth[CRM, gone] == self.truth[CRM, into]
        if gone != into and (is_one or self.mode != "follow"):
            join_there(self.people, gone, into)
            look(self.people, self.mode)
            self.edit()

    @rule()
    def edit(self) -> None:
        """Change all names at the shop, which the CRM is told of, but for dead records."""
        self.people.clock.move(60)
        for one in sorted(self.people.shop.records):
            self.names += 1
            self.people.shop.edit(one, name=person(f"Имя{self.names}").name)
        self.people.world.settle_down()

    @rule(one=ANY, other=ANY)
    def merge(self, one: int, other: int) -> None:
        """Vouch for two customers of one person, and take it back perhaps."""
        living = sorted(self._owners().items())
        (ref, ours), (their_ref, theirs) = two_of(living, one, other)
        if ours != theirs and self.truth[ref] == self.truth[their_ref]:
            with suppress(MergeRefused):
                self.people.merge(ours, theirs, despite=True, vouched=True)

    @rule()
    def take_back(self) -> None:
        """Take the last merge back."""
        done = self.people.world.store.now(lambda tx: tx.merges(state=MergeState.DONE, limit=99))
        if done:
            with suppress(MergeRefused):
                self.people.undo(done[-1].id)
        at_once(self.people.merging().work_off())

    @invariant()
    def nobody_is_glued_to_a_stranger(self) -> None:
        """Look at whose records each customer has."""
        people: dict[str, set[str]] = {}
        for ref, customer in self._owners().items():
            people.setdefault(customer, set()).add(self.truth[ref])
        assert all(len(found) == 1 for found in people.values()), people

    @invariant()
    def every_order_is_its_buyers(self) -> None:
        """Look at each order: it is a living customer's who is its buyer."""
        owners = self._owners()
        for order, who in self.orders.items():
            owner = self.people.owner(order)
            assert not self.people.world.entity(owner).deleted
            assert {self.truth[ref] for ref, one in owners.items() if one == owner} <= {who}

    @invariant()
    def no_dead_record_was_told(self) -> None:
        """Look at all tellings: one to a record that is not there fails, and is tried again."""
        ids = sorted({*self._owners().values()})
        found = self.people.world.store.now(lambda tx: tx.deliveries_of(ids))
        failed = [row.cause_code for rows in found.values() for row in rows if row.attempts]
        assert failed == []

    def teardown(self) -> None:
        """Let all that is on its way arrive."""
        self.people.world.settle_down()
        self.nobody_is_glued_to_a_stranger()
        self.every_order_is_its_buyers()
        self.no_dead_record_was_told()
        self.people.world.close()

    def _records(self) -> set[str]:
        return set(self.people.crm.records)

    def _owners(self) -> dict[tuple[str, str], str]:
        """Return who each record that people made is now."""
        return self.people.world.store.now(self._read)

    def _read(self, tx: Tx) -> dict[tuple[str, str], str]:
        linked = {
            (where, external_id): link.entity_id
            for where in (SHOP, CRM)
            for external_id, link in tx.links(
                where, Kind.CUSTOMER, [one for at, one in self.truth if at == where]
            ).items()
        }
        now = survivors(tx, linked.values())
        return {ref: now.get(one, one) for ref, one in linked.items()}


def test_nobody_is_glued_or_lost_whatever_a_vendor_joins() -> None:
    """Some order of a vendor's merges, ours and their undoing would lose somebody's order."""
    run_state_machine_as_test(
        Joins,
        settings=settings(
            max_examples=20, stateful_step_count=8, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
