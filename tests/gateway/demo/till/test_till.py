"""A till sells whatever becomes of the gateway, and tells it everything once and in order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.demo.till.api import TillApi
from gateway.demo.till.ledger import DayLedger
from gateway.demo.till.plan import Plan, Ring, Step, Wish, make_plan
from gateway.demo.till.reference import Rules
from gateway.demo.till.till import Till

from .gatekeeper import Gatekeeper

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ONE_SHOP = Wish(shops=1, receipts=40, members=5, spending=0.4, returning=0.3, offline=0.2)


def _plan(seed: int = 3) -> Plan:
    return make_plan(replace(ONE_SHOP, seed=seed))


async def _step() -> None:
    """Nobody watches."""


async def _lived(plan: Plan, keeper: Gatekeeper) -> tuple[Till, DayLedger]:
    ledger = DayLedger.of(plan, Rules())
    async with httpx.AsyncClient(transport=keeper.transport()) as http:
        api = TillApi(http, "http://gateway", "key")
        minutes = count()
        till = Till(
            plan.shops[0],
            api,
            plan.buyers,
            ledger,
            lambda: NOON.replace(second=next(minutes) % 60),
            _step,
            pause_s=0.0,
        )
        await till.live()
        while not await till.caught_up():
            assert keeper.calls < 20_000, "the till never gets through"
    return till, ledger


def _closed(plan: Plan) -> list[str]:
    entries = plan.shops[0].entries
    return [one.id for one in entries if not (isinstance(one, Ring) and one.given_up)]


async def test_a_quiet_day_is_told_as_it_was() -> None:
    """A receipt would be missing, told twice, or told in another order."""
    plan, keeper = _plan(), Gatekeeper(random.Random(1))
    _, ledger = await _lived(plan, keeper)
    assert keeper.effects == _closed(plan)
    assert ledger.findings == []
    spends = {e.id: e.spend for e in plan.shops[0].entries if isinstance(e, Ring) and e.spend}
    assert {name: Decimal(points) for name, points in keeper.reserved.items()} == spends
    gone = {e.id for e in plan.shops[0].entries if isinstance(e, Ring) and e.given_up}
    assert keeper.given_up == gone


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), losing=st.sampled_from([0.05, 0.3, 0.6]))
async def test_lost_answers_lose_and_repeat_nothing(seed: int, losing: float) -> None:
    """A till would close a receipt twice, forget one, or send another body with a used key."""
    plan = _plan(seed)
    keeper = Gatekeeper(random.Random(seed), losing=losing)
    _, ledger = await _lived(plan, keeper)
    assert sorted(keeper.effects) == sorted(_closed(plan))
    assert ledger.findings == []
    balances = ledger.reference.balances()
    assert all(balance >= 0 for balance in balances.values())


async def test_a_gateway_that_is_down_is_sold_without_and_told_afterwards() -> None:
    """Customers would wait at a till whose gateway is down, or their receipts be forgotten."""
    plan = _plan()
    keeper = Gatekeeper(random.Random(1), away=60)
    _, ledger = await _lived(plan, keeper)
    assert keeper.effects == _closed(plan)
    assert ledger.counts["without_points"] > 0
    assert "/receipts" in keeper.paths


async def test_what_is_accepted_is_still_to_be_settled() -> None:
    """The day would be judged before the gateway did what it promised."""
    plan, keeper = _plan(), Gatekeeper(random.Random(1), stage="accepted")
    _, ledger = await _lived(plan, keeper)
    assert ledger.unsettled == set(_closed(plan))
    for name in list(ledger.unsettled):
        ledger.settle(name, "committed")
    assert ledger.unsettled == set()
    assert ledger.counts["lost"] == 0


async def test_a_refused_receipt_is_lost() -> None:
    """A gateway that refuses what was sold would look like one that took it."""
    plan, keeper = _plan(), Gatekeeper(random.Random(1), stage="refused")
    _, ledger = await _lived(plan, keeper)
    assert ledger.counts["lost"] >= len(_closed(plan))


async def test_a_till_repeats_what_it_is_told_to() -> None:
    """The day would never ask anything twice, and prove nothing of repeats."""
    plan = make_plan(replace(ONE_SHOP, repeated=0.5))
    keeper = Gatekeeper(random.Random(1))
    await _lived(plan, keeper)
    repeated = {key for key in keeper.keys if keeper.keys.count(key) > 1}
    assert {key.rpartition(".")[2] for key in repeated} >= set(Step) - {Step.QUOTE, Step.CANCEL}
