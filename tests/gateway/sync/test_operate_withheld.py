"""Operations that are no longer wanted when their turn comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.contract import OutcomeUnknown, Unavailable
from gateway.ports import DeliveryState
from tests.gateway.sync.operating import Core


@pytest.fixture
def core() -> Iterator[Core]:
    """One process over an empty store."""
    made = Core()
    yield made
    made.store.end()


def test_what_is_no_longer_wanted_is_not_sent_and_holds_nothing_up(core: Core) -> None:
    """A mailing would go out after its consent was withdrawn, or the next ones would wait."""
    core.submit("k1", "k2", "k3")
    core.unwanted = {"k1", "k2"}
    assert core.turn() == 1
    assert set(core.ledger.booked) == {"k3"}
    assert (core.row("k1").state, core.row("k1").result) == (DeliveryState.DONE, {"withheld": True})
    told = [(row.outcome, row.detail["key"]) for row in core.story() if row.outcome != "submitted"]
    assert told == [("withheld", "k1"), ("withheld", "k2"), ("done", "k3")]
    assert core.turn() == 0


def test_what_surely_did_nothing_yet_can_still_be_withheld(core: Core) -> None:
    """A provider that was away for hours would send it when it is back."""
    core.ledger.before = [Unavailable("away")]
    core.submit("k1")
    core.turn()
    core.unwanted = {"k1"}
    assert core.turn() == 0
    assert core.ledger.booked == {}
    assert core.row().state is DeliveryState.DONE


def test_what_may_have_been_sent_is_looked_up_as_ever(core: Core) -> None:
    """A message that arrived would be told as never sent."""
    core.ledger.after = [OutcomeUnknown("cut")]
    core.submit("k1")
    core.turn()
    core.unwanted = {"k1"}
    assert core.turn() == 1
    assert core.ledger.calls[-1] == ("find", "k1")
    assert core.row().result == {"points": 5, "found": True}
