"""One scripted day, four processors: the balances of the reference, whatever dies on the way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.demo.show import Screen
from gateway.demo.till.plan import Wish
from gateway.demo.till.processors import PROCESSORS
from gateway.demo.till.run import TillWish, live_day

DAY = Wish(shops=3, receipts=36, members=6, seed=11, spending=0.3, returning=0.2, repeated=0.3)


@pytest.mark.timeout(400)
async def test_a_day_with_a_kill_and_a_bad_line_ends_right_at_each_processor(
    tmp_path: Path,
) -> None:
    """Points would be lost or doubled where a gateway dies and a processor fails and dawdles.

    The days are lived side by side, for most of each is waiting.
    """
    wishes = [
        TillWish(DAY, name, kills=1, faults=True, outage=name == "mindbox", day_s=4.0)
        for name in PROCESSORS
    ]
    days = [
        live_day(wish, screen=Screen(quiet=True), keep=tmp_path / wish.processor) for wish in wishes
    ]
    for verdict in await asyncio.gather(*days):
        result = verdict.result
        assert verdict.is_clean, f"{verdict.findings}; {result}; logs in {tmp_path}"
        assert result["kills"] == 1
        assert result["receipts"] + result["given_up"] == DAY.receipts
        assert result["returns"] > 0
        assert result["repeats"] > 0
        assert result["degraded"] or result["processor"] != "mindbox"
