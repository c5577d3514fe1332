"""Fixtures of the alerts' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.ops.alerts.bench import Bench, bench_at, section_of
from tests.gateway.ops.house import house

__all__ = ["house"]

MakeBench = Callable[..., Bench]


@pytest.fixture
async def make_bench(tmp_path: Path) -> AsyncIterator[MakeBench]:
    """Make benches that are closed at the end; arguments are of the section."""
    made: list[Bench] = []

    def make(**more: Any) -> Bench:
        hooks = {"make_hook": more.pop("make_hook")} if "make_hook" in more else {}
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(bench_at(folder, section_of(**more), **hooks))
        return made[-1]

    yield make
    for bench in made:
        await bench.store.close()
