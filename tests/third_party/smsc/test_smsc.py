"""PyPI's ``smsc`` against the double: it was written for the vendor, and nobody here changed it."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from mocks.serving import serve
from mocks.smsc.app import SmscSettings, build_app

LIMIT_S = 60.0


async def test_the_client_works_unmodified() -> None:
    """The double would answer only to those who were written for it."""
    settings = SmscSettings()
    async with serve(build_app(settings)) as url:
        visitor = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.third_party.smsc.visitor",
            f"{url}/sys/",
            settings.login,
            settings.password,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(LIMIT_S):
            told, _ = await visitor.communicate()
    assert visitor.returncode == 0
    assert json.loads(told) == {
        "parts": 1,
        "cost": pytest.approx(3.1),
        "sent": 1,
        "again": 9,
        "state": 0,
        "text": "Код 4821 — никому не говорите",
        "balance": pytest.approx(996.9),
        "refused": 2,
    }
