"""Points of the house whatever a vendor joins: to the kopeck each person's, together or apart.

What each person has is reckoned by the test alone, from what he was given and what he spent.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from gateway.canonical import Customer, EmailContact, PhoneContact
from gateway.identity.merging.join import MergeBusy, MergeRefused
from gateway.identity.merging.service import Merging
from gateway.loyalty.house.estate import HouseEstate
from gateway.loyalty.house.lots import holdings
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import Programme
from gateway.ports import MergeState
from tests.gateway.identity.merging.people import People
from tests.gateway.identity.merging.test_vendor_machine import ANY, BY, CONTACTS, WHO, Joins, two_of
from tests.gateway.loyalty.house.shop import Told, line, rules, sale
from tests.gateway.sync.stepping import at_once

KOPECKS = st.integers(1, 99_999)
SHARE = 2
"""A half of a price may be paid by points, and a tenth of the rest comes back."""


class Members(People):
    """The shop and the CRM, with the house programme in the same store."""

    def __init__(self) -> None:
        super().__init__()
        numbers = count(1)
        self.programme = Programme(
            rules(), self.world.applier.digester, lambda: f"{next(numbers):08d}", Told()
        )
        self.house = House(self.world.store, self.programme, self.clock)
        self.office = Office(self.house, self.programme, self.clock)

    def merging(self, *channels: str) -> Merging:
        """Return the service that brings points together too."""
        return Merging(
            self.world.store, self.clock, self.world.applier,
            lambda: f"m-{next(self._numbers)}", channels, 3600.0, lambda _: None,
            HouseEstate(self.programme),
        )  # fmt: skip

    def lots(self, member: str) -> dict[Any, Decimal]:
        """Return what the ledger keeps for a member, by account and lot."""
        sums = self.world.store.now(lambda tx: tx.house_lots(member))
        return {(one.account, one.lot): one.points for one in sums if one.points}

    def available(self, member: str) -> Decimal:
        """Return the points that a member has, less what he owes."""
        held = holdings(self.world.store.now(lambda tx: tx.house_lots(member)), self.clock.now())
        return held.available - held.debt


class PointsMachine(Joins):
    """The machine of vendors' merges, whose people are members of the house."""

    def __init__(self) -> None:
        super().__init__()
        self.people: Members = Members()
        self.members: dict[str, str] = {}
        self.due: Counter[str] = Counter()
        self.keys = count(1)

    @initialize()
    def enroll_both(self) -> None:
        """Let one person be a member twice, by his phone and by his e-mail, with points on both."""
        for by, kopecks in (("phone", 12_345), ("email", 67)):
            self.enroll("Алёна", by)
            self.give(list(self.members).index(self._member("Алёна", by)), kopecks)

    @rule(who=WHO, by=BY)
    def enroll(self, who: str, by: str) -> None:
        """Become a member by one contact; whoever is one already is found."""
        self.members.setdefault(self._member(who, by), who)

    @rule(place=ANY, kopecks=KOPECKS)
    def give(self, place: int, kopecks: int) -> None:
        """Give points, of which a hundredth is the least."""
        member = self._any(place)
        points = Decimal(kopecks) / 100
        key = f"gift-{next(self.keys)}"
        at_once(self.people.office.adjust(member, points, key=key, reason="test"))
        self.due[self.members[member]] += kopecks

    @rule(place=ANY, kopecks=KOPECKS)
    def buy(self, place: int, kopecks: int) -> None:
        """Spend what there is on a half of a sale, and earn by the rest."""
        member, house = self._any(place), self.people.house
        found = at_once(house.balance(member))[0].available
        held = int(found.points * 100) if found is not None else 0
        spent = max(0, min(kopecks, held))
        price = Decimal(SHARE * max(spent, 1)) / 100
        more: dict[str, Any] = {"spends": str(Decimal(spent) / 100)} if spent else {}
        made = sale(f"s-{next(self.keys)}", member, line(price=str(price)), **more)
        kept = at_once(house.reserve(made, key=f"r-{made.id}")) if spent else None
        closed = at_once(house.commit(made, kept, key=f"c-{made.id}"))
        earned = closed.points_earned.points if closed.points_earned is not None else Decimal(0)
        self.due[self.members[member]] += int(earned * 100) - spent

    @rule(one=ANY, other=ANY)
    def merge_and_take_back(self, one: int, other: int) -> None:
        """Merge two and take it back at once: everything is as if nobody had asked."""
        living = sorted(self._owners().items())
        (ref, ours), (their_ref, theirs) = two_of(living, one, other)
        if ours == theirs or self.truth[ref] != self.truth[their_ref]:
            return
        before = self._state()
        try:
            row = self.people.merge(ours, theirs, despite=True, vouched=True)
        except MergeRefused:
            return
        if row.state is MergeState.DONE:
            with suppress(MergeRefused, MergeBusy):
                left = self.people.undo(row.id)
                after = self._state()
                assert [after["lots"], after["orders"]] == [before["lots"], before["orders"]]
                assert left or after["records"] == before["records"]

    @invariant()
    def points_are_each_persons_to_the_kopeck(self) -> None:
        """Look at the ledger: whoever had them has them, on whichever of his members."""
        held: Counter[str] = Counter()
        for member, who in self.members.items():
            held[who] += int(self.people.available(member) * 100)
        assert {who: held[who] for who in self.due} == dict(self.due)
        sums = self.people.world.store.now(lambda tx: tx.house_sums())
        assert sum(sums.values(), Decimal(0)) == 0

    def _state(self) -> dict[str, Any]:
        return {
            "lots": {one: self.people.lots(one) for one in self.members},
            "orders": {one: self.people.owner(one) for one in self.orders},
            "records": self._owners(),
        }

    def _member(self, who: str, by: str) -> str:
        value = CONTACTS[who, by]
        said = Customer(emails=(EmailContact(address=value),))
        if by == "phone":
            said = Customer(phones=(PhoneContact(number=value),))
        made = at_once(self.people.house.register(said, key=f"register-{who}-{by}"))
        return str(made.external_id)

    def _any(self, place: int) -> str:
        found = sorted(self.members)
        return found[place % len(found)]


def test_points_are_neither_made_nor_lost_whatever_a_vendor_joins() -> None:
    """A vendor's merge would double somebody's points, or leave them with who is no more."""
    run_state_machine_as_test(
        PointsMachine,
        settings=settings(
            max_examples=8, stateful_step_count=8, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
