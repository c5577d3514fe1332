"""Moves of sales: whatever fails and starts again, the last version and each sentence arrive."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store import Sealer, SqlStore, open_store
from gateway.store.sale_file import SaleFile
from gateway.store.sale_mover import SaleMover
from gateway.store.sale_pages import Pages
from tests.store.conftest import KEY
from tests.store.rows import HeldClock, sale
from tests.store.sale_logs import Events, MoodyStore, once, story, told
from tests.stores import upgrade

STEP = st.one_of(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4),
    st.sampled_from(["move", "lose the answer", "store away", "start again", "tidy"]),
)
"""A write of the next versions of some sales, or what happens in between."""
SEALER = Sealer([KEY])


class Shop:
    """One example: a file and a mover over a store that all examples share."""

    def __init__(self, path: Path, store: SqlStore, word: str) -> None:
        self._path = path
        self._store = MoodyStore(store)
        self._word = word
        self._open()
        self.versions: dict[str, int] = {}

    def _open(self) -> None:
        self.pages = Pages(held=3)
        self.file = SaleFile(self._path, sealer=SEALER, landed=self.pages.add)
        self.mover = SaleMover(self.pages, self.file, self._store, story=story, log=Events())

    async def write(self, names: Sequence[str]) -> None:
        """Write the next version of each."""
        rows = []
        for name in names:
            key = f"{self._word}-{name}"
            version = self.versions[f"till-1:{key}"] = self.versions.get(f"till-1:{key}", 0) + 1
            rows.append(sale(key, version))
        await self.file.write(rows)

    async def happen(self, step: str) -> None:
        """Let something happen."""
        if step == "tidy":
            await self.file.forget()
        elif step == "start again":
            await self.file.close()
            self._open()
        else:
            self._store.mood = {"lose the answer": "forgetful", "store away": "away"}.get(step, "")
            await self.mover.drain()
            self._store.mood = ""


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated store."""
    folder = tmp_path_factory.mktemp("moves")
    upgrade(f"sqlite:///{folder}/gateway.db")
    return folder


_words = itertools.count()


@given(steps=st.lists(STEP, max_size=14))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_version_arrives_once(embedded: Path, steps: Sequence[str | list[str]]) -> None:
    """A receipt would be missing in the store, be an old one, or stand twice in its story."""
    word = f"example{next(_words)}"

    async def play() -> None:
        store = open_store(
            f"sqlite:///{embedded}/gateway.db", sealer=SEALER, clock=HeldClock(), group_ms=0
        )
        shop = Shop(embedded / f"{word}.db", store, word)
        for step in steps:
            await (shop.write(step) if isinstance(step, list) else shop.happen(step))
        await shop.happen("start again")
        await shop.happen("move")
        assert len(shop.pages) == 0
        await shop.file.close()
        stored = await store.read(lambda tx: tx.sale_versions(list(shop.versions)))
        assert stored == shop.versions
        for key, version in shop.versions.items():
            assert await told(store, key) == once(*range(1, version + 1))
        await store.close()

    asyncio.run(play())
