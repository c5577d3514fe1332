"""The verdict finds what it is there to find."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.demo.till.api import Call, Meter, Reply
from gateway.demo.till.ledger import DayLedger
from gateway.demo.till.plan import Plan, Ring, Wish, make_plan
from gateway.demo.till.reference import ZERO, Rules
from gateway.demo.till.verdict import Held, is_settled, judge

PLAN: Plan = make_plan(Wish(shops=1, receipts=10, members=3, spending=0, returning=0))


def _day() -> DayLedger:
    ledger = DayLedger.of(PLAN, Rules())
    for entry in PLAN.shops[0].entries:
        assert isinstance(entry, Ring)
        ledger.closed(entry, ZERO)
    return ledger


def _right(ledger: DayLedger, sales: int | None = 10) -> Held:
    return Held(ledger.reference.balances(), sales)


def test_a_right_day_is_clean() -> None:
    """No day could ever be clean."""
    ledger = _day()
    held = _right(ledger)
    assert is_settled(ledger, held)
    assert judge(ledger, held, Meter(asked=10), killed=False).is_clean


@pytest.mark.parametrize(
    ("sales", "off", "what"),
    [
        pytest.param(9, 0, "lost", id="a receipt is missing"),
        pytest.param(11, 0, "repeated", id="one was counted twice"),
        pytest.param(10, 1, "differences", id="a balance is off by a kopeck"),
    ],
)
def test_what_is_wrong_is_named(sales: int, off: int, what: str) -> None:
    """A lost or doubled receipt, or a kopeck, would pass."""
    ledger = _day()
    balances = dict(ledger.reference.balances())
    balances[0] += Decimal(off) / 100
    held = Held(balances, sales)
    verdict = judge(ledger, held, Meter(asked=10), killed=False)
    assert not is_settled(ledger, held)
    assert not verdict.is_clean
    assert verdict.result[what] == 1


def test_a_till_that_is_not_answered_is_no_clean_day_unless_somebody_kills() -> None:
    """A gateway that leaves tills waiting would be called available."""
    ledger = _day()
    held = _right(ledger)
    assert not judge(ledger, held, Meter(asked=9_000, unanswered=1), killed=False).is_clean
    assert judge(ledger, held, Meter(asked=10_001, unanswered=1), killed=False).is_clean
    assert judge(ledger, held, Meter(asked=10, unanswered=5), killed=True).is_clean


def test_open_promises_and_other_answers_to_repeats_are_no_clean_day() -> None:
    """What was accepted and never done, or told otherwise the second time, would pass."""
    ledger = _day()
    call = Call("commit", "/sales/s/commit", {}, "k")
    ledger.answered("s", call, Reply(200, {"stage": "accepted"}, 0.1))
    assert judge(ledger, _right(ledger), Meter(asked=1), killed=False).result["unsettled"] == 1
    ledger.settle("s", "committed")
    committed, refused = Reply(200, {"stage": "committed"}, 0.1), Reply(409, {"type": "u:x"}, 0.1)
    ledger.same(call, committed, refused)
    verdict = judge(ledger, _right(ledger), Meter(asked=1), killed=False)
    assert verdict.result["differing"] == 1
    assert not verdict.is_clean
