"""``gateway till`` as people and scripts use it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest

from gateway.demo.shop import LOOPBACK
from gateway.demo.show import Screen
from gateway.demo.till.elsewhere import live_elsewhere
from gateway.demo.till.plan import Wish
from gateway.demo.till.run import TillDay, TillWish

KEYS = {
    "processor", "shops", "kills", "receipts", "given_up", "anonymous", "spending",
    "without_points", "returns", "repeats", "points", "calls", "unanswered", "degraded", "usable",
    "answered_in_time", "p50_ms", "p99_ms", "lost", "repeated", "differences", "differing",
    "refused", "unsettled", "day_s", "seconds",
}  # fmt: skip


async def _gateway(*arguments: str, typed: str = "") -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "till", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        stdout, stderr = await process.communicate(typed.encode())
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return process.returncode, stdout.decode(), stderr.decode()


@pytest.mark.timeout(200)
async def test_a_day_prints_one_object_and_ends_well(tmp_path: Path) -> None:
    """A script that reads the day's result would find another form, or noise around it."""
    code, stdout, stderr = await _gateway(
        "day", "--processor", "house", "--shops", "2", "--receipts", "12", "--members", "3",
        "--json", "--keep", str(tmp_path / "day"),
    )  # fmt: skip
    assert stdout, stderr
    result = json.loads(stdout)
    assert set(result) == KEYS
    assert (code, result["lost"], result["differences"]) == (0, 0, 0), result
    assert (result["processor"], result["shops"]) == ("house", 2)


@pytest.mark.timeout(200)
async def test_a_folder_with_an_earlier_day_is_refused(tmp_path: Path) -> None:
    """Two days would be mixed, and the second judged by the first."""
    (tmp_path / "gateway.toml").touch()
    code, _, stderr = await _gateway("day", "--keep", str(tmp_path))
    assert code not in {0, 1}
    assert "not empty" in stderr


@pytest.mark.timeout(200)
async def test_a_till_sells_by_hand_to_the_end_of_its_input() -> None:
    """Somebody who tries the till would see nothing, or could not leave it."""
    typed = "1 x2\n+79160000000\npoints all\npay\n"
    code, stdout, stderr = await _gateway(
        "sell", "--processor", "house", "--language", "en", typed=typed
    )
    assert code == 0, stderr
    for part in ("Customer: ", "SALES RECEIPT", "Paid by points", "THANK YOU!"):
        assert part in stdout, stderr


@pytest.mark.timeout(200)
async def test_a_day_is_told_to_a_gateway_that_runs_already(tmp_path: Path) -> None:
    """A shop could not try its own gateway before its tills are connected."""
    small = Wish(shops=2, receipts=16, members=3, offline=0.3, returning=0.3)
    async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
        day = TillDay(TillWish(small, "house"), Screen(quiet=True), tmp_path, http)
        try:
            gateway, keys = await day.open()
            url = f"http://{LOOPBACK}:{gateway.port}"
            verdict = await live_elsewhere(
                TillWish(small), url, keys.of["S-01"], screen=Screen(quiet=True)
            )
            assert verdict.is_clean, f"{verdict.findings}; {verdict.result}"
            again = await live_elsewhere(
                TillWish(small), url, "no key of this gateway", screen=Screen(quiet=True)
            )
            assert not again.is_clean
        finally:
            await day.close()
