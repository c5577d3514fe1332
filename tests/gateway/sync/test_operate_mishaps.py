"""Operations when a process, the store or the connector itself fails in the middle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.contract import OutcomeUnknown, StoreError
from gateway.ports import DeliveryState
from tests.gateway.sync.operating import LEASE_S, Core
from tests.gateway.sync.stepping import Flight, at_once

S = DeliveryState


@pytest.fixture
def core() -> Iterator[Core]:
    """One process over an empty store."""
    made = Core()
    yield made
    made.store.end()


@pytest.mark.parametrize("happened", [False, True], ids=["before the effect", "after the effect"])
def test_an_unexplained_exception_is_tried_three_times_in_all(
    core: Core,
    happened: bool,  # noqa: FBT001 - a case of the table
) -> None:
    """A connector's bug would be repeated forever, or repeat what had its effect."""
    core.submit("k1")
    script: list[Exception | None] = [KeyError("+79161234567")] * 5
    if happened:
        core.ledger.after, core.ledger.on_find = [*script], [*script]
    else:
        core.ledger.before = script
    for _ in range(5):
        core.turn()

    row = core.row()
    assert (row.state, row.attempts, row.unknown) == (S.DEAD, 3, True)
    expected = ["perform", "find", "find"] if happened else ["perform", *["find", "perform"] * 2]
    assert [name for name, _ in core.ledger.calls] == expected
    (letter,) = core.letters()
    assert (letter.cause_code, letter.cause) == ("unexplained", "unexpected KeyError")
    assert "Look for it at the vendor" in letter.remedy


def test_an_answer_that_cannot_be_stored_does_not_stop_the_engine(core: Core) -> None:
    """One connector's bug would end the loop that performs and relays for all accounts."""
    core.submit("k1", "k2")
    core.ledger.answer = {"points": object()}
    assert core.turn() == 2
    assert [core.row(key).state for key in ("k1", "k2")] == [S.RETRY, S.RETRY]
    assert core.row("k1").cause_code == "unexplained"

    core.ledger.answer = {"points": 5}
    core.turn()

    assert [core.row(key).state for key in ("k1", "k2")] == [S.DONE, S.DONE]
    assert [name for name, _ in core.ledger.calls] == ["perform"] * 2 + ["find"] * 2


@pytest.mark.parametrize("happened", [True, False], ids=["after the effect", "before it"])
def test_a_killed_process_leaves_one_unknown_that_is_looked_up(
    core: Core,
    happened: bool,  # noqa: FBT001 - a case of the table
) -> None:
    """What a killed process was sending would be repeated blindly, or wait forever."""
    core.submit("k1", "k2")
    core.ledger.slow = True
    flight = Flight(core.operations.perform(core.account), "first")
    flight.step()
    flight.crash()
    if not happened:
        del core.ledger.booked["k1"]
    core.ledger.slow = False
    account, second = core.process("second")
    assert at_once(second.perform(account)) == 1
    assert (core.row("k1").state, core.row("k2").state) == (S.SENDING, S.DONE)

    core.clock.move(LEASE_S)
    assert at_once(second.perform(account)) == 1

    row = core.row("k1")
    assert (row.state, row.unknown, row.result.get("found")) == (S.DONE, False, happened or None)
    assert core.ledger.calls[2:] == [("find", "k1"), *([] if happened else [("perform", "k1")])]


def test_a_process_that_lost_its_lease_does_not_overwrite_its_successor(core: Core) -> None:
    """A late failure would make due again what the successor knows to be done."""
    core.submit("k1")
    core.ledger.slow = True
    core.ledger.after = [OutcomeUnknown("no answer")]
    flight = Flight(core.operations.perform(core.account), "first")
    flight.step()
    core.clock.move(LEASE_S)
    account, second = core.process("second")
    assert at_once(second.perform(account)) == 1
    flight.step()

    assert flight.done
    assert core.row().state is S.DONE
    assert core.letters() == []
    assert [row.outcome for row in core.story()] == ["submitted", "done"]


def test_a_store_that_fills_up_is_no_fault_of_the_connector(core: Core) -> None:
    """Work that is done would be counted as the connector's bug, and after three times buried."""
    core.submit("k1")
    core.ledger.slow = True
    flight = Flight(core.operations.perform(core.account), "first")
    flight.step()
    core.store.full = True
    with pytest.raises(StoreError):
        flight.step()
    core.store.full = False
    assert (core.row().state, core.row().attempts) == (S.SENDING, 0)

    core.clock.move(LEASE_S)
    assert at_once(core.operations.perform(core.account)) == 1

    assert (core.row().state, core.row().result) == (S.DONE, {"points": 5, "found": True})
