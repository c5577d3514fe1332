"""Operations: each key once in effect, and what is left in doubt is for a human."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.contract import (
    AuthRejected,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    Unsupported,
)
from gateway.ports import DeliveryState
from gateway.sync.operate import BATCH
from tests.gateway.sync.operating import Core
from tests.gateway.sync.stepping import Flight, at_once

S = DeliveryState


@pytest.fixture
def core() -> Iterator[Core]:
    """One process over an empty store."""
    made = Core()
    yield made
    made.store.end()


def test_a_key_submitted_twice_is_performed_once(core: Core) -> None:
    """A till that retries would accrue twice, or with the second call's sum."""
    assert core.submit("k1", "k1", "k2") == [True, False, True]
    assert core.submit("k1", points=500) == [False]

    assert core.turn() == 2

    assert core.ledger.booked == {"k1": {"points": 5}, "k2": {"points": 5}}
    assert (core.row().state, core.row().result) == (S.DONE, {"points": 5})
    assert core.turn() == 0
    assert [(row.outcome, row.detail["key"]) for row in core.story()] == [
        ("submitted", "k1"), ("duplicate", "k1"), ("submitted", "k2"), ("duplicate", "k1"),
        ("done", "k1"), ("done", "k2"),
    ]  # fmt: skip


def test_what_one_process_is_sending_no_other_takes(core: Core) -> None:
    """Two processes would send the same key at the same time."""
    core.submit("k1", "k2")
    core.ledger.slow = True
    flight = Flight(core.operations.perform(core.account), "first")
    flight.step()
    assert core.row("k1").state is S.SENDING
    assert core.row("k2").state is S.DUE

    core.ledger.slow = False
    account, second = core.process("second")
    assert at_once(second.perform(account)) == 1
    assert core.row("k2").state is S.DONE
    flight.step()

    assert flight.done
    assert core.row("k1").state is S.DONE
    assert core.ledger.calls == [("perform", "k1"), ("perform", "k2")]


def test_a_turn_is_bounded(core: Core) -> None:
    """A flood at one account would keep the others waiting until it is worked off."""
    core.submit(*[f"k{n:03}" for n in range(BATCH + 1)])
    assert [core.turn(), core.turn()] == [BATCH, 1]
    assert [key for _, key in core.ledger.calls] == sorted(core.ledger.booked)


def test_an_unknown_outcome_is_looked_up_and_not_repeated(core: Core) -> None:
    """An answer that was lost on its way would accrue twice."""
    core.submit("k1")
    core.ledger.after = [OutcomeUnknown("no answer", vendor_code="cut")]
    core.turn()
    row = core.row()
    assert (row.state, row.unknown, row.attempts, row.cause_code) == (S.RETRY, True, 1, "cut")

    core.turn()

    row = core.row()
    assert (row.state, row.unknown) == (S.DONE, False)
    assert row.result == {"points": 5, "found": True}
    assert (row.cause_code, row.cause, row.remedy) == ("", "", "")
    assert core.ledger.calls == [("perform", "k1"), ("find", "k1")]
    assert [row.outcome for row in core.story()] == ["submitted", "retry", "done"]


def test_an_unknown_outcome_that_surely_did_not_happen_is_repeated(core: Core) -> None:
    """Points that never arrived would be given up."""
    core.submit("k1")
    core.ledger.before = [OutcomeUnknown("no answer"), Unavailable("busy"), None]
    core.turn()
    core.turn()
    assert (core.row().state, core.row().unknown) == (S.RETRY, False)

    core.turn()

    assert core.row().state is S.DONE
    assert core.ledger.calls == [
        ("perform", "k1"), ("find", "k1"), ("perform", "k1"), ("perform", "k1"),
    ]  # fmt: skip


def test_a_failing_look_up_is_repeated_before_anything_is_sent(core: Core) -> None:
    """A vendor that is away for the look-up would be sent the operation blindly."""
    core.submit("k1")
    core.ledger.after = [OutcomeUnknown("no answer")]
    core.ledger.on_find = [Unavailable("away"), RateLimited("slow down", retry_after_s=7)]
    core.turn()
    core.turn()
    assert (core.row().state, core.row().unknown) == (S.RETRY, True)
    core.turn()
    row = core.row()
    assert (row.unknown, (row.due_at - core.clock.now()).total_seconds()) == (True, 7)

    core.turn()

    assert core.row().state is S.DONE
    assert core.ledger.calls == [("perform", "k1"), *[("find", "k1")] * 3]


@pytest.mark.parametrize(
    "refusal",
    [Unsupported("this vendor has no look-up"), Rejected("the look-up is refused")],
    ids=["cannot be asked", "refuses to tell"],
)
def test_what_stays_in_doubt_is_held_for_a_human(core: Core, refusal: Exception) -> None:
    """It would be repeated blindly, or called refused although it may have happened."""
    core.submit("k1")
    core.ledger.after = [OutcomeUnknown("no answer")]
    core.ledger.on_find = [refusal]
    core.turn()
    core.turn()

    row = core.row()
    assert (row.state, row.unknown) == (S.HELD, True)
    (letter,) = core.letters()
    assert (letter.source, letter.subject, letter.state) == ("operation", "k1", "open")
    assert (letter.attempts, letter.request) == (2, {"points": 5})
    assert "may have happened" in letter.cause
    assert str(refusal) in letter.cause
    assert "Look for it at the vendor" in letter.remedy
    assert core.turn() == 0
    assert core.ledger.calls == [("perform", "k1"), ("find", "k1")]


def test_a_refusal_is_dead_with_a_letter_that_does_not_promise_a_replay(core: Core) -> None:
    """An operator would replay what cannot be replayed, or never hear of it."""
    core.submit("k1", "k2")
    core.ledger.before = [Rejected("card: is blocked", vendor_code="E7")]
    core.turn()

    assert (core.row("k1").state, core.row("k2").state) == (S.DEAD, S.DONE)
    (letter,) = core.letters()
    assert (letter.cause_code, letter.cause) == ("E7", "card: is blocked")
    assert "new key" in letter.remedy
    assert "replay" not in letter.remedy


def test_an_operation_that_the_account_lacks_is_dead(core: Core) -> None:
    """It would lie there unseen, or stop those behind it."""
    core.submit("k1", name="points.burn")
    core.submit("k2")
    core.turn()
    assert (core.row("k1").state, core.row("k2").state) == (S.DEAD, S.DONE)
    assert "points.burn" in core.letters()[0].cause


def test_refused_credentials_park_the_account_and_leave_the_rest_due(core: Core) -> None:
    """A whole backlog would be sent with a dead key, or die of it."""
    core.submit("k1", "k2", "k3")
    core.ledger.before = [AuthRejected("the key is expired")]
    assert core.turn() == 1

    assert core.account.parked
    assert (core.row("k1").state, core.row("k1").unknown) == (S.RETRY, False)
    assert [(core.row(key).state, core.row(key).attempts) for key in ("k2", "k3")] == [
        (S.DUE, 0), (S.DUE, 0),
    ]  # fmt: skip
    state = core.store.now(lambda tx: tx.account_states())["loyalty"]
    assert (state.parked, state.reason) == (True, "the key is expired")
    assert core.turn() == 0

    at_once(core.operations.parking.resume(core.account))
    assert core.turn() == 3
    assert set(core.ledger.booked) == {"k1", "k2", "k3"}
    assert core.letters() == []


def test_a_vendor_that_is_away_gets_no_more_calls_than_the_circuit_allows(core: Core) -> None:
    """Fifty operations would each wait for a time-out at a vendor known to be away."""
    core.submit("k1", "k2", "k3", "k4")
    core.ledger.before = [Unavailable("away")] * 3
    assert core.turn() == 3
    assert core.row("k4").state is S.DUE

    assert core.turn() == 4
    assert set(core.ledger.booked) == {"k1", "k2", "k3", "k4"}
    assert not core.account.circuit.is_open


@pytest.mark.parametrize("mark", ["parked", "not ready"])
def test_a_resting_account_is_not_called(core: Core, mark: str) -> None:
    """Operations would be sent before the connector is prepared, or with a refused key."""
    core.submit("k1")
    core.account.parked, core.account.ready = mark == "parked", mark != "not ready"
    assert core.turn() == 0
    assert (core.ledger.calls, core.row().state) == ([], S.DUE)
