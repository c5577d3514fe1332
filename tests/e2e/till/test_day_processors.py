"""One scripted day, four processors: the balances of the reference, whatever dies on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.demo.show import Screen
from gateway.demo.till.plan import Wish
from gateway.demo.till.run import TillWish, live_day

DAY = Wish(shops=3, receipts=75, members=9, seed=11, spending=0.3, returning=0.15)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("processor", ["house", "mindbox", "loymax", "retailcrm"])
async def test_a_day_with_a_kill_and_a_bad_line_ends_right(processor: str, tmp_path: Path) -> None:
    """Points would be lost or doubled where a gateway dies and a processor fails and dawdles."""
    folder = tmp_path / "day"
    wish = TillWish(DAY, processor, kills=1, faults=True, day_s=6.0)
    verdict = await live_day(wish, screen=Screen(quiet=True), keep=folder)
    assert verdict.is_clean, f"{verdict.findings}; {verdict.result}; logs in {folder}"
    assert verdict.result["kills"] == 1
    assert verdict.result["receipts"] + verdict.result["returns"] > 75
    assert verdict.result["repeats"] > 0


@pytest.mark.timeout(300)
async def test_a_processor_that_goes_away_is_told_everything_afterwards(tmp_path: Path) -> None:
    """What tills sold during an outage would never reach the customer's account."""
    folder = tmp_path / "day"
    wish = TillWish(DAY, "mindbox", outage=True, day_s=6.0)
    verdict = await live_day(wish, screen=Screen(quiet=True), keep=folder)
    assert verdict.is_clean, f"{verdict.findings}; {verdict.result}; logs in {folder}"
    assert verdict.result["degraded"] > 0
