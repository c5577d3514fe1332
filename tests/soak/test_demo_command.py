"""``gateway demo --json`` as scripts outside of the project use it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

KEYS = {
    "customers", "orders", "received", "duplicates_dropped", "echoes_ignored", "deliveries",
    "kills", "lost", "repeated", "stale", "differences", "seconds",
}  # fmt: skip
DELIVERY_KEYS = {"sent", "unchanged", "retried", "held", "dead"}


@pytest.mark.timeout(300)
async def test_the_demo_prints_one_object_and_ends_well(tmp_path: Path) -> None:
    """A script that reads the demo's result would find another form, or noise around it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "demo", "--json",
        "--customers", "20", "--orders", "40", "--day", "8", "--keep", str(tmp_path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        stdout, stderr = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert stdout, f"{stderr.decode()}; logs in {tmp_path}"
    result = json.loads(stdout)
    assert set(result) == KEYS
    assert set(result["deliveries"]) == {"cdp", "crm", "erp", "loyalty", "shop"}
    assert all(set(row) == DELIVERY_KEYS for row in result["deliveries"].values())
    wrong = {name: result[name] for name in ("lost", "repeated", "stale", "differences")}
    assert wrong == dict.fromkeys(wrong, 0), f"logs in {tmp_path}"
    assert (result["customers"], result["orders"], result["kills"]) == (20, 40, 1)
    assert process.returncode == 0
