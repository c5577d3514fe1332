"""Which share of its vendor's limit an account used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.contract import RateLimit
from gateway.contract.steered import SteeredBudget
from gateway.ops.spending import Limit, spending_of
from gateway.ports import Grain, Slowed, TallyRow
from tests.gateway.contract.fakes import FakeBudget, FakeClock
from tests.store.rows import NOON

NOW = NOON.replace(second=30)
MINUTE = NOW.replace(second=0, microsecond=0)


def row(back: int, count: int, what: str = "calls") -> TallyRow:
    """Return a figure of some minutes ago."""
    return TallyRow(MINUTE - timedelta(minutes=back), Grain.MINUTE, "crm", what, count)


def budget(limit: RateLimit | None) -> SteeredBudget:
    """Return a budget with a limit."""
    return SteeredBudget("crm", FakeBudget(), limit, FakeClock())


def test_where_operations_count_by_themselves_the_busiest_is_shown() -> None:
    """A vendor that refuses one operation would look half empty."""
    rows = [row(1, 90), row(1, 60, "calls orders"), row(1, 30, "calls customers"), row(9, 6)]
    limit = RateLimit(100, 60.0, by_operation=True)
    spent = spending_of(budget(limit), None, rows, now=NOW)
    assert (spent.calls_minute, spent.calls_hour) == (90, 96)
    assert spent.share_minute == pytest.approx(0.6)
    assert spent.limit == Limit(100, 60.0, by_operation=True)


def test_without_a_limit_there_is_no_share() -> None:
    """Nothing of nothing would be shown as everything."""
    spent = spending_of(budget(None), None, [row(1, 90)], now=NOW)
    assert (spent.calls_minute, spent.share_minute, spent.share_hour) == (90, None, None)


def test_the_minute_under_way_and_other_figures_do_not_count() -> None:
    """What was told would look like calls, and half a minute like a quiet one."""
    rows = [row(0, 999), row(1, 5), row(1, 999, "told"), row(60, 7), row(61, 999)]
    spent = spending_of(budget(RateLimit(1, 1.0)), None, rows, now=NOW)
    assert (spent.calls_minute, spent.calls_hour) == (5, 12)


def test_an_operators_pace_is_shown_beside_the_limit() -> None:
    """An operator would take a colleague's pace for the vendor's limit."""
    slowed = Slowed(2, 3.0, NOON, "anna")
    spent = spending_of(budget(RateLimit(10, 1.0)), slowed, [], now=NOW)
    assert (spent.limit, spent.slowed, spent.slowed_by) == (Limit(10, 1.0), Limit(2, 3.0), "anna")
