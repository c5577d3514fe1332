"""Following behaviour: each event is one operation per follower, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from gateway.canonical import BasketEvent, BasketEventKind, Kind
from gateway.contract import Happening, Happenings, RejectedRecord, Services, TranslationFailed
from gateway.contract.operations import BEHAVIOUR_TRACK
from gateway.ports import LinkRow
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.follow import PATIENCE, STREAM, Follower
from tests.gateway.sync.operating import Core, Till
from tests.gateway.sync.stepping import SilentLog, at_once

POLL_S = 7.0


@dataclass
class Site:
    """A source that tells what it is given."""

    events: list[Happening] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)

    async def happened(self, cursor: str | None, *, limit: int) -> Happenings:
        """Return what came after the cursor."""
        at = len(self.events) if cursor is None else int(cursor)
        page = self.events[at : at + limit]
        after = at + len(page)
        return Happenings(page, str(after), after < len(self.events), self.rejected)


class World:
    """A site, a follower called loyalty, and the core between them."""

    def __init__(self) -> None:
        self.core = Core()
        self.site = Site()
        connector = Till(self.core.ledger)
        connector.operations = {}
        connector.services = Services(behaviour=self.site)
        circuit = Circuit(CircuitPolicy(), self.core.clock)
        self.account = Account("shop", connector, Flow(poll_s=POLL_S), circuit)
        self._ids = count(1)
        self.follower = self.process("first")

    def process(self, holder: str) -> Follower:
        """Return a follower of another process."""
        core = self.core
        return Follower(
            core.store, core.operations, core.operations.parking, {"shop": ["loyalty"]},
            core.clock, SilentLog(), holder, 15.0,
        )  # fmt: skip

    def tell(self, customer: str | None = None) -> Happening:
        """Let something happen."""
        event = BasketEvent(
            id=f"basket-{next(self._ids)}", kind=BasketEventKind.BASKET_CLEARED,
            at=self.core.clock.now(), visitor_id="v-1",
        )  # fmt: skip
        self.site.events.append(Happening(event, customer))
        return self.site.events[-1]

    def link(self, account: str, external_id: str) -> None:
        """Link the one customer to an account."""
        row = LinkRow("c-1", Kind.CUSTOMER, account, external_id, known={})
        self.core.store.now(lambda tx: tx.put_links([row]))

    def follow(self) -> float:
        """Take over a page."""
        return at_once(self.follower.follow(self.account))

    def operations(self) -> list[dict[str, object]]:
        """Perform all that was put down; return the payloads, as the follower got them."""
        self.core.account.connector.operations[BEHAVIOUR_TRACK] = self.core.ledger  # type: ignore[index]
        self.core.turn()
        return [dict(one) for one in self.core.ledger.booked.values()]


@pytest.fixture
def world() -> Iterator[World]:
    """A site that is followed from now on."""
    made = World()
    assert made.follow() == POLL_S
    yield made
    made.core.store.end()


def test_an_event_is_told_to_its_follower_once(world: World) -> None:
    """A basket would be told twice, or not at all."""
    world.tell()
    world.tell()
    assert world.follow() == POLL_S
    assert world.follow() == POLL_S
    told = world.operations()
    assert sorted(str(one["event"]["id"]) for one in told) == ["basket-1", "basket-2"]  # type: ignore[index]


def test_a_known_customer_is_named_as_the_follower_knows_him(world: World) -> None:
    """The follower would be told another system's number."""
    world.link("shop", "7")
    world.link("loyalty", "m-70")
    world.tell("7")
    world.follow()
    assert [one["customer_external_id"] for one in world.operations()] == ["m-70"]


def test_an_event_waits_for_its_customer_but_not_for_ever(world: World) -> None:
    """A basket of somebody who registered a second ago would be nobody's for good."""
    world.link("shop", "7")
    world.tell("7")
    assert world.follow() < POLL_S
    assert world.operations() == []

    world.link("loyalty", "m-70")
    world.follow()
    assert [one["customer_external_id"] for one in world.operations()] == ["m-70"]

    world.tell("8")
    world.core.clock.move(PATIENCE.total_seconds())
    world.follow()
    assert len(world.operations()) == 2


def test_only_one_process_takes_a_page_over(world: World) -> None:
    """Two processes would tell each event twice."""
    world.tell()
    other = world.process("second")
    assert at_once(other.follow(world.account)) == POLL_S
    assert world.operations() == []
    world.follow()
    assert len(world.operations()) == 1


def test_a_page_that_another_process_has_moved_past_changes_nothing(world: World) -> None:
    """A process that was slow would bring an old page once more."""
    world.tell()
    page = at_once(world.site.happened("0", limit=10))
    world.follow()
    taken = world.core.store.now(
        lambda tx: world.follower._take_over(tx, world.account, "0", page)  # noqa: SLF001 - the race
    )
    assert taken
    assert len(world.operations()) == 1


def test_what_cannot_be_read_is_told_and_spares_its_neighbours(world: World) -> None:
    """One odd basket would stop the feed, or vanish without a word."""
    world.site.rejected.append(RejectedRecord("17", TranslationFailed("no number", path="sum")))
    world.tell()
    world.follow()
    rows = world.core.store.now(lambda tx: tx.story("", limit=99))
    assert [(r.event, r.outcome, r.detail) for r in rows if r.event == STREAM] == [
        ("behaviour", "rejected", {"paths": ["sum"]})
    ]
    assert len(world.operations()) == 1


def test_a_source_that_rests_is_left_alone(world: World) -> None:
    """A vendor in trouble would be asked on and on."""
    world.tell()
    world.account.parked = True
    assert world.follow() <= POLL_S
    world.account.parked = False
    assert world.operations() == []
    world.follow()
    assert len(world.operations()) == 1
